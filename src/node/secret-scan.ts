/** Looking for secrets in everything that was written. @module */
import { createReadStream } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { createGunzip } from 'node:zlib';
import { QuantlaxmiError, type Secret } from '../core/index.js';

/** A place where a secret was found. The secret itself is never repeated. */
export interface SecretFinding {
  /** Offset of its first byte; of the unpacked content for `.gz` files. */
  readonly byte: number;
  /** How it was written. */
  readonly form: 'plain' | 'json' | 'base64' | 'hex' | 'url';
  /** Name the secret was given. */
  readonly name: string;
  /** File, relative to the folder that was scanned. */
  readonly path: string;
}

interface Needle {
  readonly bytes: Buffer;
  readonly form: SecretFinding['form'];
  readonly name: string;
}

/** Shorter values occur by chance. */
const SECRET_CHARS_MIN = 8;
const FINDINGS_MAX = 1000;

function needlesOf(name: string, value: string): Needle[] {
  if (value.length < SECRET_CHARS_MIN) {
    throw new QuantlaxmiError(
      'QL_SECRET_SHORT',
      `secret ${name} has ${value.length} characters; a scan needs at least ${SECRET_CHARS_MIN}, shorter values occur by chance`,
      { context: { name } },
    );
  }
  const plain = Buffer.from(value, 'utf8');
  const forms: [SecretFinding['form'], string][] = [
    ['plain', value],
    ['json', JSON.stringify(value).slice(1, -1)],
    ['url', encodeURIComponent(value)],
    ['hex', plain.toString('hex')],
  ];
  // Within longer base64 text a value starts at one of three phases; its outer characters mix with
  // the neighbours, so the certain middle is looked for.
  for (const phase of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(phase), plain])
      .toString('base64')
      .replace(/=+$/, '');
    const body = text.slice(phase === 0 ? 0 : phase + 1, -1);
    if (body.length >= SECRET_CHARS_MIN) forms.push(['base64', body]);
  }
  const seen = new Set<string>();
  return forms.flatMap(([form, text]) => {
    if (seen.has(text)) return [];
    seen.add(text);
    return [{ bytes: Buffer.from(text, 'utf8'), form, name }];
  });
}

async function* filesUnder(dir: string): AsyncGenerator<string> {
  for await (const entry of await opendir(dir)) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else if (entry.isFile()) yield path;
  }
}

async function scanFile(path: string, needles: readonly Needle[]): Promise<SecretFinding[]> {
  const overlap = Math.max(...needles.map((needle) => needle.bytes.length)) - 1;
  const raw = createReadStream(path);
  const stream = path.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  raw.on('error', (error) => stream.destroy(error));
  const found: SecretFinding[] = [];
  let tail: Buffer = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const window = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    for (const { bytes, form, name } of needles) {
      const at = window.indexOf(bytes);
      // A match that ends inside the tail was reported with the chunk before.
      if (at >= 0 && at + bytes.length > tail.length) {
        found.push({ byte: offset - tail.length + at, form, name, path });
      }
    }
    offset += chunk.length;
    tail = Buffer.from(window.subarray(Math.max(0, window.length - overlap)));
  }
  return found;
}

/**
 * Searches every file under a folder, compressed ones unpacked, for secrets written plainly, as
 * JSON text, percent-encoded, in hex or in base64.
 *
 * @param dir - folder to search, e.g. a session's
 * @param secrets - name → value; at least 8 characters each
 * @returns at most 1000 findings, ordered by path and byte; empty when nothing leaked
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
  const needles = Object.entries(secrets).flatMap(([name, value]) =>
    needlesOf(name, typeof value === 'string' ? value : value.reveal()),
  );
  if (needles.length === 0) return [];
  const found: SecretFinding[] = [];
  try {
    for await (const path of filesUnder(dir)) {
      const inFile = await scanFile(path, needles);
      for (const finding of inFile) {
        const shown = relative(dir, finding.path).split(sep).join('/');
        if (found.length < FINDINGS_MAX) found.push({ ...finding, path: shown });
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
