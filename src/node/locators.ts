/**
 * `locators.json`: where a run's session and strategy module were found. Convenience, not
 * evidence: whatever it points to is verified by hash before it is used.
 * @module
 */
import { join } from 'node:path';
import {
  canonicalIntegerJson,
  encodeUtf8,
  type JsonValue,
  parseStrictJson,
  QuantlaxmiError,
} from '../core/index.js';
import { replaceAtomically } from './atomic-write.js';
import { readFileCapped } from './internal/read-file.js';

/** File name beside the run manifest. */
export const LOCATORS_FILE = 'locators.json';
const LOCATORS_FORMAT = 'quantlaxmi-locators/1';
const LOCATORS_BYTES_MAX = 65_536;

/** Where things were when the run was made. Absolute paths of this machine, or null. */
export interface Locators {
  /** Folder of the session. */
  readonly session: string | null;
  /** What {@link loadStrategy} was given. */
  readonly strategyModule: string | null;
}

/**
 * Writes a run's locators.
 *
 * @param runDir - folder of the run
 * @param locators - where things are
 * @throws QuantlaxmiError QL_FILE_WRITE
 */
export async function writeLocators(runDir: string, locators: Locators): Promise<void> {
  const bytes = encodeUtf8(canonicalIntegerJson({ fmt: LOCATORS_FORMAT, ...locators }));
  await replaceAtomically(join(runDir, LOCATORS_FILE), bytes);
}

/**
 * Reads a run's locators; nulls when there is no such file.
 *
 * @param runDir - folder of the run
 * @throws QuantlaxmiError QL_LOCATORS when the file is not one
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { readLocators, writeLocators } from 'quantlaxmi/node';
 *
 * const dir = mkdtempSync(join(tmpdir(), 'run-'));
 * await writeLocators(dir, { session: '/data/session', strategyModule: null });
 * (await readLocators(dir)).session; // => '/data/session'
 * ```
 */
export async function readLocators(runDir: string): Promise<Locators> {
  const path = join(runDir, LOCATORS_FILE);
  const bytes = await readFileCapped(path, { bytesMax: LOCATORS_BYTES_MAX, absent: 'null' });
  if (bytes === null) return { session: null, strategyModule: null };
  let value: JsonValue;
  try {
    value = parseStrictJson(bytes);
  } catch (cause) {
    throw new QuantlaxmiError('QL_LOCATORS', `${path}: not a locators file; delete it`, { cause });
  }
  const file = (value ?? {}) as { readonly [key: string]: JsonValue | undefined };
  const text = (key: string): string | null => {
    const found = file[key] ?? null;
    if (found === null || typeof found === 'string') return found;
    throw new QuantlaxmiError('QL_LOCATORS', `${path}: field ${key} is not text; delete the file`, {
      context: { path, field: key },
    });
  };
  if (text('fmt') !== LOCATORS_FORMAT) {
    throw new QuantlaxmiError('QL_LOCATORS', `${path}: fmt is not ${LOCATORS_FORMAT}; delete it`, {
      context: { path },
    });
  }
  return { session: text('session'), strategyModule: text('strategyModule') };
}
