/** Runs every `bench/*.bench.ts`, or those whose name holds an argument, one after the other. */
import { spawnSync } from 'node:child_process';
import { listFiles } from './lib/files.js';

const wanted = process.argv.slice(2);
const all = listFiles('bench', '.bench.ts');
const chosen = all.filter((path) => wanted.length === 0 || wanted.some((w) => path.includes(w)));
if (chosen.length === 0) {
  console.error(`no bench matches ${wanted.join(', ')}; there are ${all.join(', ')}`);
  process.exit(2);
}
for (const path of chosen) {
  console.log(`\n== ${path}`);
  const ran = spawnSync('node_modules/.bin/tsx', [path], { stdio: 'inherit' });
  if (ran.status !== 0) process.exitCode = 1;
}
