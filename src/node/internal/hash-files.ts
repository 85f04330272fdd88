/** Hashing trees of files by content: sorted POSIX paths, bytes, no times, no links. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalIntegerJson, QuantlaxmiError, sha256Hex } from '../../core/index.js';

/** A file's path relative to its root and the SHA-256 of its bytes. */
export type FileHash = readonly [path: string, sha256: string];

/** SHA-256 (hex) of a file's bytes, streamed. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function refuseLink(path: string): never {
  throw new QuantlaxmiError(
    'QL_CODE_HASH',
    `${path} is a symbolic link; code is hashed by content, replace the link by the file`,
    { context: { path } },
  );
}

/** Order of UTF-8 bytes, which is the order of code points. */
export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}

/**
 * Hashes every regular file under the given names of a root, `node_modules` and names starting
 * with a dot left out. Names that do not exist are skipped.
 */
export async function hashTree(root: string, names: readonly string[]): Promise<FileHash[]> {
  const found: FileHash[] = [];
  const visit = async (relPath: string): Promise<void> => {
    const path = join(root, relPath);
    const stat = await lstat(path).catch(() => null);
    if (stat === null) return;
    if (stat.isSymbolicLink()) refuseLink(path);
    if (stat.isFile()) {
      found.push([relPath, await hashFile(path)]);
      return;
    }
    if (!stat.isDirectory()) return;
    for await (const entry of await opendir(path)) {
      if (entry.name === 'node_modules' || entry.name.startsWith('.')) continue;
      await visit(`${relPath}/${entry.name}`);
    }
  };
  for (const name of names) await visit(name);
  return found.sort((a, b) => compareUtf8(a[0], b[0]));
}

/** One hash over a list of files. */
export function hashOfFiles(files: readonly FileHash[]): string {
  return sha256Hex(canonicalIntegerJson(files));
}
