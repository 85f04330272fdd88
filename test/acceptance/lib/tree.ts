/** What a folder holds: to show that a command left it alone. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Path, mode, size, times and digest of everything below a folder, in order. */
export const treeOf = (dir: string): string[] => {
  const lines: string[] = [];
  for (const name of readdirSync(dir).sort()) {
    const path = join(dir, name);
    const { mode, size, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true });
    const isFolder = lstatSync(path).isDirectory();
    const digest = isFolder ? '' : createHash('sha256').update(readFileSync(path)).digest('hex');
    lines.push([path, mode, size, mtimeNs, ctimeNs, digest].join(' '));
    if (isFolder) lines.push(...treeOf(path));
  }
  return lines;
};
