import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FLOORS, INNER_DOORS } from './lib/floors.data.js';
import { listFiles } from './lib/source.js';

interface PackageFile {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
}

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;
const pkg = readJson<PackageFile>('package.json');
const subpaths = Object.keys(pkg.exports).filter((key) => key !== './package.json');
const folders = subpaths.map((key) => key.replace(/^\.\/?/, ''));

describe('entry points', () => {
  test('each subpath has types first, then its file, and nothing else', () => {
    for (const key of subpaths) {
      const stem = key === '.' ? './dist/index' : `./dist/${key.slice(2)}/index`;
      expect(JSON.stringify(pkg.exports[key]), key).toBe(
        JSON.stringify({ types: `${stem}.d.ts`, default: `${stem}.js` }),
      );
    }
    expect(subpaths.filter((key) => key.includes('*'))).toEqual([]);
    expect(pkg.exports['./package.json']).toBe('./package.json');
  });

  test('each subpath has a source, each room with a door has a subpath', () => {
    const sources = folders.map((folder) => `src/${folder ? `${folder}/` : ''}index.ts`);
    expect(sources.filter((path) => !existsSync(path))).toEqual([]);
    const doors = [...FLOORS.flat().filter((room) => room !== 'cli'), ...INNER_DOORS];
    const open = doors.filter((room) => existsSync(`src/${room}/index.ts`));
    expect(open.filter((room) => !folders.includes(room))).toEqual([]);
    expect(folders.filter((folder) => folder !== '' && !doors.includes(folder))).toEqual([]);
  });

  test('the reference documentation starts from the same doors', () => {
    const typedoc = readJson<{ entryPoints: string[] }>('typedoc.json');
    const expected = folders.map((folder) => `src/${folder ? `${folder}/` : ''}index.ts`);
    expect([...typedoc.entryPoints].sort()).toEqual(expected.sort());
  });

  test('the build holds every source file and nothing else', () => {
    const built = listFiles('dist', '.js').filter((path) => !path.startsWith('dist/examples/'));
    const wanted = listFiles('src', '.ts')
      .filter((path) => !path.endsWith('.d.ts'))
      .map((path) => path.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js'));
    expect(wanted.filter((path) => !built.includes(path))).toEqual([]);
    expect(built.filter((path) => !wanted.includes(path))).toEqual([]);
  });

  test('no runtime dependency runs a script when it is installed', () => {
    const lock = readJson<{ packages: Record<string, { dev?: boolean; hasInstallScript?: true }> }>(
      'package-lock.json',
    );
    const scripted = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript);
    expect(scripted.length, 'the lock file still says which packages do').toBeGreaterThan(0);
    expect(scripted.filter(([, entry]) => entry.dev !== true).map(([path]) => path)).toEqual([]);
  });

  test('the lock file knows the packages of every platform, as npm ci demands', () => {
    const { packages } = readJson<{
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    }>('package-lock.json');
    const wanted = Object.values(packages).flatMap((entry) =>
      Object.keys(entry.optionalDependencies ?? {}),
    );
    expect(wanted.length).toBeGreaterThan(20);
    const known = (name: string): boolean => `node_modules/${name}` in packages;
    expect(
      wanted.filter((name) => !known(name)),
      'run npm run lock',
    ).toEqual([]);
  });
});
