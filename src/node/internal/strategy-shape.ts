/** What a module's default export must have to be a strategy. */
import type { Strategy } from '../../strategy/index.js';

/** A strategy whose state and configuration types are its own affair. */
// biome-ignore lint/suspicious/noExplicitAny: state and config types are the module's own
export type AnyStrategy = Strategy<any, any>;

const PARTS: readonly (readonly [keyof AnyStrategy, 'string' | 'function'])[] = [
  ['id', 'string'],
  ['version', 'string'],
  ['parseConfig', 'function'],
  ['init', 'function'],
  ['onEvent', 'function'],
];

/** Names of the parts that are absent or of the wrong type. */
export function missingParts(candidate: unknown): string[] {
  if (typeof candidate !== 'object' || candidate === null) return PARTS.map(([name]) => name);
  const record = candidate as Readonly<Record<string, unknown>>;
  return PARTS.filter(([name, type]) => typeof record[name] !== type || record[name] === '').map(
    ([name, type]) => `${name} (${type})`,
  );
}
