/** What is published: only the listed files, no script that runs at install, and one code hash. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeHash } from 'quantlaxmi/node';
import { afterAll, describe, expect, test } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'quantlaxmi-package-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Manifest {
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'];

/** A built checkout, kept apart from builds that run meanwhile. */
const checkout = join(root, 'checkout');
mkdirSync(checkout);
for (const name of ['package.json', ...manifest.files]) {
  if (existsSync(name)) cpSync(name, join(checkout, name), { recursive: true });
}
cpSync('src', join(checkout, 'src'), { recursive: true });

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}
const packed = (
  JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', root], {
      cwd: checkout,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as readonly [Packed]
)[0];

describe('the package', () => {
  test('holds the listed files and nothing else', () => {
    const allowed = [
      ...manifest.files.map((name) => new RegExp(`^${name}(/|$)`)),
      /^package\.json$/,
    ];
    const others = packed.files.filter(({ path }) => !allowed.some((rule) => rule.test(path)));
    expect(others).toEqual([]);
    expect(packed.files.length).toBeGreaterThan(100);
    // The control: the folder it was packed from holds more.
    expect(existsSync(join(checkout, 'src/index.ts'))).toBe(true);
  });

  test('neither it nor what it depends on at run time has an install script', () => {
    const seen = new Set<string>();
    const waiting = Object.keys(manifest.dependencies);
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      const path = join('node_modules', name, 'package.json');
      const { scripts, dependencies } = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
      // `prepare` of an installed package does not run.
      const found = INSTALL_SCRIPTS.slice(0, 3).filter((script) => scripts?.[script] !== undefined);
      expect([name, found]).toEqual([name, []]);
      expect([name, existsSync(join('node_modules', name, 'binding.gyp'))]).toEqual([name, false]);
      waiting.push(...Object.keys(dependencies ?? {}));
    }
    expect(seen.size).toBeGreaterThan(7);
    const own = INSTALL_SCRIPTS.filter((script) => manifest.scripts?.[script] !== undefined);
    expect(own).toEqual([]);
  });

  test('NODE-5: has the code hash of the checkout that it was packed from', async () => {
    execFileSync('tar', ['-xzf', join(root, packed.filename), '-C', root]);
    const options = { strategyModule: null, upcastersSha256: '0'.repeat(64) };
    const installed = await codeHash({ ...options, packageRoot: join(root, 'package') });
    const built = await codeHash({ ...options, packageRoot: checkout });
    expect(installed.package.fileCount).toBe(built.package.fileCount);
    expect(installed.package.filesSha256).toBe(built.package.filesSha256);
    // The same dependencies installed beside both: then everything is one hash.
    for (const dir of [checkout, join(root, 'package')]) {
      cpSync('package-lock.json', join(dir, 'package-lock.json'));
      mkdirSync(join(dir, 'dist', 'node_modules', 'x'), { recursive: true });
      cpSync('package.json', join(dir, 'dist', 'node_modules', 'x', 'package.json'));
    }
    const [a, b] = await Promise.all(
      [checkout, join(root, 'package')].map((packageRoot) => codeHash({ ...options, packageRoot })),
    );
    expect(a?.codeHash).toBe(b?.codeHash);
    // node_modules below is not code of this package; one changed byte is.
    expect(a?.package.filesSha256).toBe(built.package.filesSha256);
    cpSync('package.json', join(checkout, 'dist', 'index.js'));
    const changed = await codeHash({ ...options, packageRoot: checkout });
    expect(changed.codeHash).not.toBe(a?.codeHash);
  });
});
