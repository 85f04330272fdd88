/** Reading a file's content, that of a compressed one unpacked. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { escapeControl, QuantlaxmiError } from '../../core/index.js';
import { decompressor, type Engine } from '../wal-store/compressed-format.js';

function engineFor(path: string): Engine | null {
  if (path.endsWith('.gz')) return createGunzip();
  return path.endsWith('.zst') ? decompressor('zstd', escapeControl(path)) : null;
}

/**
 * Content of a regular file, no link followed; of `.gz` and `.zst` the unpacked content, and all of
 * it: what the engine would pass over at the end is an error, for it could hide anything.
 *
 * @throws QuantlaxmiError WAL_IO for zstd where the runtime has none, QL_FILE_READ when bytes stand
 * behind the compressed data; errors of the file system and of zlib come as they are
 */
export async function* unpackedFile(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const engine = engineFor(path);
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const raw = handle.createReadStream({ autoClose: false });
    if (engine === null) {
      yield* raw as AsyncIterable<Uint8Array>;
      return;
    }
    const { size } = await handle.stat();
    // An error of either stream ends both; whoever reads gets it from the unpacked one.
    yield* pipeline(raw, engine, () => {}) as AsyncIterable<Uint8Array>;
    if (engine.bytesWritten >= size) return;
    throw new QuantlaxmiError(
      'QL_FILE_READ',
      `${escapeControl(path)}: ${size - engine.bytesWritten} bytes stand behind its compressed data ` +
        'and were not read; unpack it, look at them, and compress it again',
      { context: { path, bytes: size, read: engine.bytesWritten } },
    );
  } finally {
    engine?.destroy();
    await handle.close();
  }
}
