/** What the file system says of itself, added to an errno that alone says too little. */
import { statfs } from 'node:fs/promises';

/**
 * Errors about room and permission. `EDQUOT` comes as `UNKNOWN`; `ENOSPC` with bytes free means
 * that the names have run out.
 */
const ABOUT_ROOM: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'EDQUOT',
  'EFBIG',
  'ENOSPC',
  'EROFS',
  'UNKNOWN',
]);

async function describe(dir: string): Promise<string> {
  const { type, bavail, bsize, blocks, ffree } = await statfs(dir);
  return (
    `file system 0x${type.toString(16)}, ${bavail * bsize} of ${blocks * bsize} bytes free, ` +
    `${ffree} names free`
  );
}

/** Lets a call through; its failure says what `statfs` of the folder says, where that helps. */
export function explained<T>(dir: string, call: Promise<T>): Promise<T> {
  return call.catch(async (error: NodeJS.ErrnoException) => {
    if (!ABOUT_ROOM.has(error.code ?? '')) throw error;
    const fileSystem = await describe(dir).catch(() => undefined);
    throw fileSystem === undefined ? error : Object.assign(error, { fileSystem });
  });
}
