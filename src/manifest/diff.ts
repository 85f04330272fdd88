/** What differs between two manifests, field by field. @module */
import { canonicalIntegerJson } from '../core/index.js';

/** One field that differs. Values are canonical JSON; undefined where the field is absent. */
export interface FieldDifference {
  /** Dotted path, `a.b[3].c`; empty for the whole value. */
  readonly path: string;
  readonly left: string | undefined;
  readonly right: string | undefined;
}

const DIFFERENCES_MAX = 1000;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string | undefined {
  return value === undefined ? undefined : canonicalIntegerJson(value);
}

function walk(left: unknown, right: unknown, path: string, out: FieldDifference[]): void {
  if (out.length >= DIFFERENCES_MAX || left === right) return;
  if (Array.isArray(left) && Array.isArray(right)) {
    const size = Math.max(left.length, right.length);
    for (let i = 0; i < size; i += 1) walk(left[i], right[i], `${path}[${i}]`, out);
    return;
  }
  if (isRecord(left) && isRecord(right)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    for (const key of [...keys].sort()) {
      const a = Object.hasOwn(left, key) ? left[key] : undefined;
      const b = Object.hasOwn(right, key) ? right[key] : undefined;
      walk(a, b, path === '' ? key : `${path}.${key}`, out);
    }
    return;
  }
  const a = show(left);
  const b = show(right);
  if (a !== b) out.push({ path, left: a, right: b });
}

/**
 * The leaves in which two JSON values of integers differ, in key order; at most 1000.
 *
 * @param left - e.g. what was recorded
 * @param right - e.g. what a replay made
 * @returns no entry when the values are equal
 * @throws QuantlaxmiError QL_JSON_VALUE when a differing leaf has no canonical integer form
 * @example
 * ```ts
 * import { diffJson } from 'quantlaxmi/manifest';
 *
 * diffJson({ qty: 5, side: 'buy' }, { qty: 6, side: 'buy' });
 * // => [{ path: 'qty', left: '5', right: '6' }]
 * ```
 */
export function diffJson(left: unknown, right: unknown): readonly FieldDifference[] {
  const out: FieldDifference[] = [];
  walk(left, right, '', out);
  return out;
}

/**
 * The fields in which two manifests of one kind differ.
 *
 * @param left - e.g. the recorded run's
 * @param right - e.g. another run's
 * @example
 * ```ts
 * import { diffManifests } from 'quantlaxmi/manifest';
 *
 * const recorded = { env: { tz: 'UTC' }, mode: 'paper' };
 * diffManifests(recorded, { ...recorded, env: { tz: 'Asia/Kolkata' } });
 * // => [{ path: 'env.tz', left: '"UTC"', right: '"Asia/Kolkata"' }]
 * ```
 */
export function diffManifests<M extends object>(left: M, right: M): readonly FieldDifference[] {
  return diffJson(left, right);
}
