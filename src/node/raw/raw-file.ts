/** Names and hashes of the parts of a raw record. @module */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { QuantlaxmiError } from '../../core/index.js';

/** Folder of the raw record inside a session's. */
export const RAW_DIR = 'raw';
/** Ending of a part's name. */
export const RAW_SUFFIX = '.rec.gz';
/** Six digits sort as text; the millionth part would be no longer one. */
export const RAW_PARTS_MAX = 999_999;
const CHUNK_BYTES = 1_048_576;

/** Name of a part: `000001.rec.gz`. */
export const rawPartName = (part: number): string =>
  `${String(part).padStart(6, '0')}${RAW_SUFFIX}`;

/** Names of the parts in a folder, in order; none when there is no such folder. */
export async function rawParts(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new QuantlaxmiError('QL_FILE_READ', `${dir}: ${error.code ?? 'unknown'} while listing`, {
      cause: error,
      context: { path: dir },
    });
  });
  return names.filter((name) => /^\d{6}\.rec\.gz$/.test(name)).sort();
}

/** SHA-256 (hex) and size of a part; no link is followed. */
export async function hashRawFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const failed = (cause: unknown): never => {
    const errno = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    const why = errno === 'ELOOP' ? 'is a symbolic link; expected a regular file' : errno;
    throw new QuantlaxmiError('QL_FILE_READ', `${path}: ${why}`, { cause, context: { path } });
  };
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch(failed);
  try {
    const hash = createHash('sha256');
    const chunk = new Uint8Array(CHUNK_BYTES);
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, bytes).catch(failed);
      if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
      hash.update(chunk.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
