/**
 * Removes from `dist` every file whose source is gone, so that a renamed module does not live on in
 * the package. Safer than emptying `dist` first: other processes may be running from it.
 */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

const sourceOf = (outFile: string): string => {
  const stem = relative('dist', outFile).replace(/(\.d\.ts\.map|\.d\.ts|\.js\.map|\.js)$/, '.ts');
  return stem.startsWith('examples/') ? stem : join('src', stem);
};

const prune = (dir: string): number => {
  let removed = 0;
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) removed += prune(path);
    else if (!existsSync(sourceOf(path))) {
      rmSync(path, { force: true });
      removed += 1;
    }
  }
  if (readdirSync(dir).length === 0) rmSync(dir, { recursive: true, force: true });
  return removed;
};

if (existsSync('dist')) {
  const removed = prune('dist');
  if (removed > 0) console.log(`prune-dist: removed ${removed} files without a source`);
}
