/** The hash of a project's dependencies: its lock file, or what is installed when it has none. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { canonicalIntegerJson, sha256Hex } from '../../core/index.js';
import { compareUtf8, hashFile, hashOfFiles, hashTree } from './hash-files.js';

/** In the order npm itself prefers them. */
const LOCK_FILES = [
  'npm-shrinkwrap.json',
  'package-lock.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'deno.lock',
];

/** The folder whose lock file governs `root`: itself, or the project it is installed in. */
function* lockRoots(root: string): Generator<string> {
  yield root;
  for (let dir = dirname(root); dirname(dir) !== dir; dir = dirname(dir)) {
    if (basename(dir) === 'node_modules') yield dirname(dir);
  }
}

async function manifestOf(dir: string): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(await readFile(join(dir, 'package.json'), 'utf8')) as Record<string, unknown>;
}

function installedAt(from: string, name: string): string | null {
  for (let dir = from; ; dir = dirname(dir)) {
    const candidate = join(dir, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (dirname(dir) === dir) return null;
  }
}

/** `[name, version, filesHash]` of every package reachable through `dependencies`. */
async function installedDependencies(root: string): Promise<[string, string, string][]> {
  const found = new Map<string, [string, string, string]>();
  const waiting = [root];
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    const { dependencies } = await manifestOf(dir);
    for (const name of Object.keys((dependencies ?? {}) as object)) {
      const at = installedAt(dir, name);
      if (at === null || found.has(at)) continue;
      const stated = (await manifestOf(at))['version'];
      const version = typeof stated === 'string' ? stated : '';
      found.set(at, [name, version, hashOfFiles(await hashTree(dirname(at), [basename(at)]))]);
      waiting.push(at);
    }
  }
  const order = (a: readonly string[], b: readonly string[]): number =>
    compareUtf8(a.join('\n'), b.join('\n'));
  return [...found.values()].sort(order);
}

/** SHA-256 of the governing lock file, else of the installed dependencies; null with neither. */
export async function lockHash(root: string): Promise<string | null> {
  for (const dir of lockRoots(root)) {
    const name = LOCK_FILES.find((file) => existsSync(join(dir, file)));
    if (name !== undefined) return await hashFile(join(dir, name));
  }
  if (!existsSync(join(root, 'package.json'))) return null;
  return sha256Hex(canonicalIntegerJson(await installedDependencies(root)));
}
