/** Reading whole files from folders that others may have prepared. */
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { assertSafePath, QuantlaxmiError } from '../../core/index.js';

interface ReadOptions {
  readonly bytesMax: number;
  /** What an absent file gives. */
  readonly absent: 'null' | 'throw';
}

function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown error';
}

function unreadable(path: string, errno: string, cause: unknown): QuantlaxmiError {
  const why =
    errno === 'ELOOP' ? 'is a symbolic link; expected a regular file' : `${errno} during read`;
  return new QuantlaxmiError('QL_FILE_READ', `${path}: ${why}`, {
    cause,
    context: { path, errno },
  });
}

/** Reads a regular file (no link is followed) of at most `bytesMax` bytes. */
export async function readFileCapped(
  path: string,
  options: ReadOptions & { absent: 'throw' },
): Promise<Uint8Array>;
export async function readFileCapped(
  path: string,
  options: ReadOptions,
): Promise<Uint8Array | null>;
export async function readFileCapped(
  path: string,
  options: ReadOptions,
): Promise<Uint8Array | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(path, flags);
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === 'ENOENT' && options.absent === 'null') return null;
    throw unreadable(path, errno, cause);
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw unreadable(path, 'not a regular file', undefined);
    if (stat.size > options.bytesMax) {
      throw new QuantlaxmiError(
        'QL_FILE_SIZE',
        `${path}: ${stat.size} bytes; expected at most ${options.bytesMax}`,
        { context: { path, bytes: stat.size, bytesMax: options.bytesMax } },
      );
    }
    const bytes = new Uint8Array(stat.size);
    let at = 0;
    while (at < bytes.length) {
      const { bytesRead } = await handle.read(bytes, at, bytes.length - at, at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return bytes.subarray(0, at);
  } catch (cause) {
    if (cause instanceof QuantlaxmiError) throw cause;
    throw unreadable(path, errnoOf(cause), cause);
  } finally {
    await handle.close();
  }
}

/**
 * Joins a manifest's path to its folder and proves, through every link on the way, that the result
 * lies inside.
 */
export async function resolveInside(root: string, relPath: string): Promise<string> {
  assertSafePath(relPath);
  const path = join(root, relPath);
  const realRoot = await realpath(root);
  const real = await realpath(path)
    // A name that does not exist yet lies wherever its folder lies.
    .catch(async () => await realpath(dirname(path)))
    .catch((cause: unknown) => {
      throw unreadable(path, errnoOf(cause), cause);
    });
  const inside = relative(realRoot, real);
  if (inside === '..' || inside.startsWith('../') || isAbsolute(inside)) {
    throw new QuantlaxmiError(
      'QL_PATH_UNSAFE',
      `${path} leads to ${real}, outside ${realRoot}; a link in the folder points elsewhere`,
      { context: { path, real, root: realRoot } },
    );
  }
  return path;
}
