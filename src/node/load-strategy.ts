/** Loading a strategy module by name or path. @module */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { QuantlaxmiError } from '../core/index.js';
import type { AnyStrategy } from './internal/strategy-shape.js';
import { missingParts } from './internal/strategy-shape.js';

/** A strategy module that was imported and checked. */
export interface LoadedStrategy {
  /** Every export of the module, for what a project keeps beside its strategy. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** File of the module; its imports decide the strategy's code hash. */
  readonly path: string;
  readonly strategy: AnyStrategy;
}

function resolveModule(specifier: string, cwd: string): string {
  if (specifier.startsWith('file:')) return fileURLToPath(specifier);
  if (isAbsolute(specifier) || specifier.startsWith('.')) return resolve(cwd, specifier);
  // `strategies/mm.js` is a path to people, a package name to Node: the file wins when it is there.
  const asPath = resolve(cwd, specifier);
  if (existsSync(asPath)) return asPath;
  return createRequire(join(cwd, 'package.json')).resolve(specifier);
}

function advice(path: string, error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[cm]?tsx?$/.test(path)) {
    return 'this Node does not import TypeScript: compile it first, or start with "node --import tsx"';
  }
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || code === 'ENOENT') {
    return 'check the path, and that every package it imports is installed';
  }
  return 'run it with node alone to see the error in full';
}

function loadFailure(specifier: string, path: string, cause: unknown): QuantlaxmiError {
  const why = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
  return new QuantlaxmiError(
    'QL_STRATEGY_LOAD',
    `strategy ${specifier}: ${why}; ${advice(path, cause)}`,
    { cause, context: { specifier, path } },
  );
}

/**
 * Imports a module and checks that its default export is a strategy.
 *
 * @param specifier - file path, `file:` URL or package name
 * @param options - `cwd`: folder that relative paths start from, default the process's
 * @throws QuantlaxmiError QL_STRATEGY_LOAD with advice
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { loadStrategy } from 'quantlaxmi/node';
 *
 * const path = join(mkdtempSync(join(tmpdir(), 'strategy-')), 'idle.mjs');
 * writeFileSync(
 *   path,
 *   `export default {
 *     id: 'idle', version: '1', parseConfig: (raw) => raw, init: () => null, onEvent: () => null,
 *   };`,
 * );
 * (await loadStrategy(path)).strategy.id; // => 'idle'
 * ```
 */
export async function loadStrategy(
  specifier: string,
  options: { readonly cwd?: string } = {},
): Promise<LoadedStrategy> {
  let path = specifier;
  let exports: Record<string, unknown>;
  try {
    path = resolveModule(specifier, options.cwd ?? process.cwd());
    if (!existsSync(path)) {
      throw Object.assign(new Error(`no file ${path}`), { code: 'ENOENT' });
    }
    exports = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    throw loadFailure(specifier, path, cause);
  }
  const candidate = exports['default'];
  const missing = missingParts(candidate);
  if (missing.length > 0) {
    throw new QuantlaxmiError(
      'QL_STRATEGY_LOAD',
      `strategy ${specifier}: default export lacks ${missing.join(', ')}; expected "export default defineStrategy({ id, version, parseConfig, init, onEvent })"`,
      { context: { specifier, path, missing } },
    );
  }
  return { exports: { ...exports }, path, strategy: candidate as AnyStrategy };
}
