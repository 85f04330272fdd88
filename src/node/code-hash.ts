/**
 * The hash that names the code of a run: this package's own files, the strategy's module with
 * everything it imports by path, the lock file, the runtime and the upcasters.
 * @module
 */
import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalIntegerJson, QuantlaxmiError, sha256Hex } from '../core/index.js';
import type { CodeBody, CodeEvidence } from '../manifest/index.js';
import { gitEvidence } from './internal/git.js';
import { type FileHash, hashFile, hashOfFiles, hashTree } from './internal/hash-files.js';
import { importClosure } from './internal/import-closure.js';
import { lockHash } from './internal/lock-hash.js';

/** What {@link codeHash} looks at. */
export interface CodeHashOptions {
  /** Absolute path of the strategy's module; null for a session, which has none. */
  readonly strategyModule: string | null;
  /** SHA-256 over the upcasters' versions. */
  readonly upcastersSha256: string;
  /** Root of the package, default the one this code runs from (hashed once per process). */
  readonly packageRoot?: string;
}

interface PackageName {
  readonly name: string;
  readonly version: string;
}

/** Nearest folder at or above `from` that holds a package.json; null at the top. */
function projectRoot(from: string): string | null {
  for (let dir = from; ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'package.json'))) return dir;
    if (dirname(dir) === dir) return null;
  }
}

async function packageName(root: string): Promise<PackageName> {
  const path = join(root, 'package.json');
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as Readonly<Record<string, unknown>>;
    const text = (key: string, fallback: string): string => {
      const found = value[key];
      return typeof found === 'string' && found !== '' ? found : fallback;
    };
    return { name: text('name', 'unnamed'), version: text('version', '') };
  } catch (cause) {
    throw new QuantlaxmiError('QL_CODE_HASH', `${path} cannot be read as JSON; repair it`, {
      cause,
      context: { path },
    });
  }
}

async function body(
  root: string,
  files: readonly FileHash[],
  upcastersSha256: string,
): Promise<CodeBody> {
  const named = await packageName(root);
  const lock = await lockHash(root);
  const text = canonicalIntegerJson({
    files,
    lock,
    package: named,
    runtime: { node: process.versions.node },
    upcasters: upcastersSha256,
    v: 1,
  });
  return {
    codeHash: sha256Hex(text),
    fileCount: files.length,
    filesSha256: hashOfFiles(files),
    lock,
    ...named,
  };
}

/** `dist` for an installed or built package, `src` when the sources themselves are running. */
function codeFolder(root: string, self: string): string {
  return self.startsWith(join(root, 'src') + sep) ? 'src' : 'dist';
}

/** The package that runs is what was loaded: hashed once, whatever happens on the disk later. */
const running = new Map<string, Promise<CodeBody>>();

async function packageBody(root: string, self: string, upcasters: string): Promise<CodeBody> {
  const files = await hashTree(root, ['package.json', codeFolder(root, self)]);
  return await body(root, files, upcasters);
}

function runningBody(root: string, self: string, upcasters: string): Promise<CodeBody> {
  const key = `${root}\n${upcasters}`;
  const known = running.get(key);
  if (known !== undefined) return known;
  const made = packageBody(root, self, upcasters);
  running.set(key, made);
  return made;
}

async function strategyBody(module: string, upcasters: string): Promise<CodeBody> {
  const path = await realpath(module).catch((cause: unknown) => {
    throw new QuantlaxmiError('QL_CODE_HASH', `${module}: no such strategy module`, { cause });
  });
  const root = projectRoot(dirname(path)) ?? dirname(path);
  const files = await importClosure(path, root);
  if (existsSync(join(root, 'package.json'))) {
    files.unshift(['package.json', await hashFile(join(root, 'package.json'))]);
    return await body(root, files, upcasters);
  }
  const filesSha256 = hashOfFiles(files);
  const runtime = { node: process.versions.node };
  return {
    codeHash: sha256Hex(canonicalIntegerJson({ files, lock: null, runtime, upcasters, v: 1 })),
    fileCount: files.length,
    filesSha256,
    lock: null,
    name: 'module',
    version: '',
  };
}

/**
 * Hashes the code that is running: file contents only, no times, so that a checkout that was built
 * and the installed package give the same `filesSha256`. Git state is added as evidence.
 *
 * @param options - strategy module and upcasters
 * @throws QuantlaxmiError QL_CODE_HASH when a file cannot be read or is a symbolic link
 * @example
 * ```ts
 * import { codeHash } from 'quantlaxmi/node';
 *
 * const code = await codeHash({ strategyModule: null, upcastersSha256: '00'.repeat(32) });
 * code.package.name; // => 'quantlaxmi'
 * code.codeHash.length; // => 64
 * ```
 */
export async function codeHash(options: CodeHashOptions): Promise<CodeEvidence> {
  const self = fileURLToPath(import.meta.url);
  const root = options.packageRoot ?? projectRoot(dirname(self));
  if (root === null) {
    throw new QuantlaxmiError(
      'QL_CODE_HASH',
      `no package.json above ${self}; a bundled copy cannot name its own code, run the installed package`,
      { context: { self } },
    );
  }
  const { upcastersSha256 } = options;
  const own =
    options.packageRoot === undefined
      ? await runningBody(root, self, upcastersSha256)
      : await packageBody(root, self, upcastersSha256);
  const module = options.strategyModule;
  const strategy = module === null ? null : await strategyBody(module, upcastersSha256);
  const combined = { package: own.codeHash, strategy: strategy?.codeHash ?? null, v: 1 };
  return {
    codeHash: sha256Hex(canonicalIntegerJson(combined)),
    git: await gitEvidence(module === null ? root : dirname(module)),
    package: own,
    strategy,
  };
}
