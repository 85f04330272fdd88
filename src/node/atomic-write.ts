/**
 * Files that are either wholly there or not there: temporary file, fsync, link or rename, fsync of
 * the folder. After any failure a fresh temporary file is needed: pages of a file whose fsync
 * failed count as clean and would be reported as written.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { QuantlaxmiError } from '../core/index.js';

/** Mode of evidence files: owner writes, group reads. */
const FILE_MODE = 0o640;

/** Options of {@link writeOnce} and {@link replaceAtomically}. */
export interface WriteFileOptions {
  /** Permission bits, default 0640. */
  readonly mode?: number;
}

function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown error';
}

function failure(path: string, step: string, cause: unknown): QuantlaxmiError {
  const errno = errnoOf(cause);
  return new QuantlaxmiError(
    'QL_FILE_WRITE',
    `${path}: ${errno} during ${step}; nothing was replaced; free space or permissions, then write it again`,
    { cause, context: { path, step, errno } },
  );
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, at);
    // A full disk first shows as a short write; the error comes with the next call.
    at += bytesWritten;
    if (bytesWritten === 0) throw new Error(`short write: ${at} of ${bytes.length} bytes`);
  }
}

/** Makes the names in a folder durable. */
export async function syncDirectory(dir: string): Promise<void> {
  // Windows opens no folder; its file systems journal names themselves.
  if (process.platform === 'win32') return;
  const handle = await open(dir, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeTemporary(path: string, bytes: Uint8Array, mode: number): Promise<string> {
  const name = `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`;
  const temporary = join(dirname(path), name);
  const handle = await open(temporary, 'wx', mode);
  try {
    await writeAll(handle, bytes);
    await handle.sync();
  } catch (error) {
    await handle.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await handle.close();
  return temporary;
}

async function sameBytes(path: string, bytes: Uint8Array): Promise<boolean> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await handle.stat();
    if (size !== bytes.length) return false;
    return Buffer.compare(await handle.readFile(), bytes) === 0;
  } finally {
    await handle.close();
  }
}

/** True when the file holds these bytes; its name is durable then, whoever wrote it. */
async function confirmSame(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    if (!(await sameBytes(path, bytes))) return false;
    await syncDirectory(dirname(path));
    return true;
  } catch (error) {
    throw failure(path, 'comparison with the file that exists', error);
  }
}

/**
 * Removes what writers of a file that were killed have left beside it. Only for a caller who holds
 * the folder's lock: a living writer's file would go too.
 */
export async function removeLeftovers(path: string): Promise<void> {
  const prefix = `.${basename(path)}.`;
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(prefix) || !/^[0-9a-f]{16}\.tmp$/.test(name.slice(prefix.length)))
      continue;
    await unlink(join(dirname(path), name));
  }
}

/**
 * Writes evidence that must never be overwritten. Writing the same bytes again is not an error.
 *
 * @param path - file to make
 * @param bytes - its whole content
 * @param options - permission bits
 * @throws QuantlaxmiError QL_FILE_EXISTS when the file holds other bytes, QL_FILE_WRITE on any
 * failure of the file system
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { isQuantlaxmiError } from 'quantlaxmi/core';
 * import { writeOnce } from 'quantlaxmi/node';
 *
 * const path = join(mkdtempSync(join(tmpdir(), 'once-')), 'evidence.json');
 * await writeOnce(path, new Uint8Array([1]));
 * await writeOnce(path, new Uint8Array([1]));
 * const refused = await writeOnce(path, new Uint8Array([2])).catch((error: unknown) => error);
 * isQuantlaxmiError(refused, 'QL_FILE_EXISTS'); // => true
 * ```
 */
export async function writeOnce(
  path: string,
  bytes: Uint8Array,
  options: WriteFileOptions = {},
): Promise<void> {
  let temporary: string | undefined;
  try {
    temporary = await writeTemporary(path, bytes, options.mode ?? FILE_MODE);
    await link(temporary, path);
    await unlink(temporary);
    await syncDirectory(dirname(path));
  } catch (cause) {
    if (temporary !== undefined) await unlink(temporary).catch(() => undefined);
    if (errnoOf(cause) !== 'EEXIST') throw failure(path, 'write', cause);
    if (await confirmSame(path, bytes)) return;
    throw new QuantlaxmiError(
      'QL_FILE_EXISTS',
      `${path} exists with other content; evidence is written once, choose another folder`,
      { cause, context: { path } },
    );
  }
}

/**
 * Replaces a file (or makes it) so that a reader, or a restart after a crash, sees the old bytes
 * or the new ones and never a mixture.
 *
 * @param path - file to replace
 * @param bytes - its whole content
 * @param options - permission bits
 * @throws QuantlaxmiError QL_FILE_WRITE on any failure of the file system
 * @example
 * ```ts
 * import { mkdtempSync, readFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { replaceAtomically } from 'quantlaxmi/node';
 *
 * const path = join(mkdtempSync(join(tmpdir(), 'replace-')), 'status.json');
 * await replaceAtomically(path, new Uint8Array([49]));
 * await replaceAtomically(path, new Uint8Array([50]));
 * readFileSync(path, 'utf8'); // => '2'
 * ```
 */
export async function replaceAtomically(
  path: string,
  bytes: Uint8Array,
  options: WriteFileOptions = {},
): Promise<void> {
  let temporary: string | undefined;
  try {
    temporary = await writeTemporary(path, bytes, options.mode ?? FILE_MODE);
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (cause) {
    if (temporary !== undefined) await unlink(temporary).catch(() => undefined);
    throw failure(path, 'write', cause);
  }
}
