/** Looking for secrets in everything that was written. @module */
import { opendir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { QuantlaxmiError, Secret } from '../core/index.js';
import { type SecretHit, secretScanner } from '../gates/index.js';
import { unpackedFile } from './internal/unpacked-file.js';

/** A place where a secret was found. The secret itself is never repeated. */
export interface SecretFinding {
  /** Offset of its first byte; of the unpacked content for `.gz` and `.zst` files. */
  readonly byte: number;
  /** How it was written. */
  readonly form: Exclude<SecretHit['form'], 'pattern'>;
  /** Name the secret was given. */
  readonly name: string;
  /** File, relative to the folder that was scanned. */
  readonly path: string;
}

const FINDINGS_MAX = 1000;

async function* filesUnder(dir: string): AsyncGenerator<string> {
  for await (const entry of await opendir(dir)) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else if (entry.isFile()) yield path;
  }
}

/**
 * Searches every file under a folder, `.gz` and `.zst` unpacked, for secrets written plainly, as
 * JSON text, percent-encoded, in hex, in base64 of either alphabet, or backwards. A file that can
 * not be searched, such as a `.zst` where the runtime has no zstd, ends the search.
 *
 * @param dir - folder to search, e.g. a session's
 * @param secrets - name → value; at least 8 characters each
 * @returns at most 1000 findings, one per form and file, ordered by path and byte
 * @throws QuantlaxmiError QL_SECRET_SHORT, QL_FILE_READ
 * Time is linear in the bytes read, memory constant.
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { scanForSecret } from 'quantlaxmi/node';
 *
 * const dir = mkdtempSync(join(tmpdir(), 'scan-'));
 * writeFileSync(join(dir, 'log.txt'), 'key=s3cret-key-1');
 * await scanForSecret(dir, { apiKey: 's3cret-key-1' });
 * // => [{ byte: 4, form: 'plain', name: 'apiKey', path: 'log.txt' }]
 * ```
 */
export async function scanForSecret(
  dir: string,
  secrets: Readonly<Record<string, string | Secret<string>>>,
): Promise<readonly SecretFinding[]> {
  const named = Object.entries(secrets).map(([name, value]): [string, Secret<string>] => [
    name,
    typeof value === 'string' ? new Secret(value) : value,
  ]);
  const scanner = secretScanner({ secrets: Object.fromEntries(named), patterns: [] });
  if (named.length === 0) return [];
  const found: SecretFinding[] = [];
  try {
    for await (const path of filesUnder(dir)) {
      const shown = relative(dir, path).split(sep).join('/');
      for (const { byte, form, name } of await scanner.scan(shown, unpackedFile(path))) {
        if (form === 'pattern' || found.length >= FINDINGS_MAX) continue;
        found.push({ byte, form, name, path: shown });
      }
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new QuantlaxmiError('QL_FILE_READ', `secret scan of ${dir}: ${why}`, { cause });
  }
  const order = (a: SecretFinding, b: SecretFinding): number =>
    a.path === b.path ? a.byte - b.byte : a.path < b.path ? -1 : 1;
  return found.sort(order);
}
