import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeHash } from 'quantlaxmi/node';
import { describe, expect, test } from 'vitest';
import { importClosure } from '../../src/node/internal/import-closure.js';
import { rejection, temporaryFolder } from './folders.js';

const upcastersSha256 = '0'.repeat(64);

/** A built package and a strategy project of four files. */
const project = (): { root: string; packageRoot: string; strategyModule: string } => {
  const root = temporaryFolder();
  const packageRoot = join(root, 'node_modules', 'quantlaxmi');
  mkdirSync(join(packageRoot, 'dist', 'node'), { recursive: true });
  writeFileSync(join(packageRoot, 'package.json'), '{"name":"quantlaxmi","version":"0.1.0"}');
  writeFileSync(join(packageRoot, 'dist', 'index.js'), 'export {};');
  writeFileSync(join(packageRoot, 'dist', 'node', 'index.js'), 'export {};');
  writeFileSync(join(root, 'package.json'), '{"name":"mine","version":"2.0.0"}');
  writeFileSync(join(root, 'package-lock.json'), '{"lockfileVersion":3}');
  mkdirSync(join(root, 'lib'));
  const strategyModule = join(root, 'strategy.ts');
  writeFileSync(strategyModule, "import { k } from './lib/k.js';\nexport default k;\n");
  writeFileSync(join(root, 'lib', 'k.ts'), "export * from './j.js'; export const k = 1;\n");
  writeFileSync(join(root, 'lib', 'j.ts'), "export const j = await import('./later.js');\n");
  writeFileSync(join(root, 'lib', 'unused.ts'), 'export const u = 1;\n');
  return { root, packageRoot, strategyModule };
};

const hashOf = async (at: ReturnType<typeof project>) => await codeHash({ ...at, upcastersSha256 });

describe('the code hash', () => {
  test('NODE-5: names content, not place or time', async () => {
    const at = project();
    const first = await hashOf(at);
    utimesSync(join(at.packageRoot, 'dist', 'index.js'), 0, 0);
    expect(await hashOf(at)).toEqual(first);
    const copy = project();
    expect((await hashOf(copy)).codeHash).toBe(first.codeHash);
    expect(first.package).toMatchObject({ name: 'quantlaxmi', version: '0.1.0', fileCount: 3 });
    expect(first.strategy).toMatchObject({ name: 'mine', version: '2.0.0', fileCount: 5 });
  });

  test.each([
    ['a package file', ['node_modules', 'quantlaxmi', 'dist', 'node', 'index.js'], 'package'],
    ['a new package file', ['node_modules', 'quantlaxmi', 'dist', 'new.js'], 'package'],
    ['the strategy module', ['strategy.ts'], 'strategy'],
    ['what it imports', ['lib', 'k.ts'], 'strategy'],
    ['what that imports', ['lib', 'j.ts'], 'strategy'],
    ['a file an import did not find before', ['lib', 'later.ts'], 'strategy'],
  ] as const)('NODE-5: changes with %s', async (_, path, part) => {
    const at = project();
    const before = await hashOf(at);
    writeFileSync(join(at.root, ...path), 'export const changed = 1;\n');
    const after = await hashOf(at);
    expect(after.codeHash).not.toBe(before.codeHash);
    const other = part === 'package' ? 'strategy' : 'package';
    expect(after[part]?.codeHash).not.toBe(before[part]?.codeHash);
    expect(after[other]?.codeHash).toBe(before[other]?.codeHash);
  });

  test('NODE-5: does not change with files that are no part of it', async () => {
    const at = project();
    const before = await hashOf(at);
    writeFileSync(join(at.root, 'lib', 'unused.ts'), 'export const u = 2;\n');
    mkdirSync(join(at.root, 'runs'));
    writeFileSync(join(at.root, 'runs', 'data.json'), '{}');
    writeFileSync(join(at.packageRoot, 'dist', '.DS_Store'), 'x');
    expect(await hashOf(at)).toEqual(before);
  });

  test('NODE-5: changes with the lock file, and without one with what is installed', async () => {
    const at = project();
    const before = await hashOf(at);
    writeFileSync(join(at.root, 'package-lock.json'), '{"lockfileVersion":2}');
    const relocked = await hashOf(at);
    expect(relocked.codeHash).not.toBe(before.codeHash);
    expect(relocked.package.filesSha256).toBe(before.package.filesSha256);
    rmSync(join(at.root, 'package-lock.json'));
    const dependency = join(at.root, 'node_modules', 'dep');
    mkdirSync(dependency);
    writeFileSync(join(dependency, 'package.json'), '{"name":"dep","version":"1.0.0"}');
    writeFileSync(join(dependency, 'index.js'), '1');
    writeFileSync(
      join(at.root, 'package.json'),
      '{"name":"mine","version":"2.0.0","dependencies":{"dep":"1"}}',
    );
    const unlocked = await hashOf(at);
    writeFileSync(join(dependency, 'index.js'), '2');
    expect((await hashOf(at)).strategy?.lock).not.toBe(unlocked.strategy?.lock);
  });

  test('NODE-5: a link in the package is refused', async () => {
    const at = project();
    symlinkSync('/etc/hostname', join(at.packageRoot, 'dist', 'link.js'));
    expect(await rejection(hashOf(at))).toBe('QL_CODE_HASH');
  });

  test('NODE-5: a module of too many files is refused, not hashed in part', async () => {
    const { root, strategyModule } = project();
    const all = await importClosure(strategyModule, root, 4);
    expect(all.map(([name]) => name)).toEqual([
      'lib/j.ts',
      'lib/k.ts',
      'lib/later.js',
      'strategy.ts',
    ]);
    for (const filesMax of [1, 2, 3]) {
      await expect(importClosure(strategyModule, root, filesMax)).rejects.toMatchObject({
        code: 'QL_CODE_HASH',
        message: expect.stringContaining(`more than ${filesMax} files`),
      });
    }
  });

  test('NODE-5: a missing module and a broken package.json are refused', async () => {
    const at = project();
    const gone = { ...at, strategyModule: join(at.root, 'gone.ts') };
    expect(await rejection(hashOf(gone))).toBe('QL_CODE_HASH');
    writeFileSync(join(at.packageRoot, 'package.json'), '{');
    expect(await rejection(hashOf(at))).toBe('QL_CODE_HASH');
  });

  test('NODE-5: git state is evidence beside it: clean, changed, untracked', async () => {
    const at = project();
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', at.root, ...args], { encoding: 'utf8', stdio: 'pipe' });
    expect((await hashOf(at)).git).toBeNull();
    git('init', '-q', '-b', 'main');
    writeFileSync(join(at.root, '.gitignore'), 'node_modules\n');
    git('add', '.');
    git('-c', 'user.name=t', '-c', 'user.email=t@t', 'commit', '-qm', 'x');
    const clean = await hashOf(at);
    expect(clean.git).toMatchObject({ branch: 'main', dirty: false, untrackedCount: 0 });
    expect(clean.git?.commit).toBe(git('rev-parse', 'HEAD').trim());
    writeFileSync(join(at.root, 'notes with space.txt'), 'n');
    expect((await hashOf(at)).git).toMatchObject({ dirty: true, untrackedCount: 1 });
    rmSync(join(at.root, 'notes with space.txt'));
    writeFileSync(join(at.root, 'lib', 'unused.ts'), 'changed');
    const changed = await hashOf(at);
    expect(changed.git).toMatchObject({ dirty: true, untrackedCount: 0 });
    expect(changed.git?.diffSha256).not.toBe(clean.git?.diffSha256);
    expect(changed.codeHash).toBe(clean.codeHash);
  });

  test('NODE-5: hashes the code that runs here', async () => {
    const own = await codeHash({ strategyModule: null, upcastersSha256 });
    expect(own.package.name).toBe('quantlaxmi');
    expect(own.package.fileCount).toBeGreaterThan(20);
    const dir = temporaryFolder();
    cpSync('package.json', join(dir, 'package.json'));
    cpSync('src', join(dir, 'src'), { recursive: true });
    expect(own.package.lock).toMatch(/^[0-9a-f]{64}$/);
  });
});
