import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { subpaths } from '../lib/bundle.js';
import { CheckFailed, run, tool } from '../lib/run.js';

interface PackageFile {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const own = JSON.parse(readFileSync('package.json', 'utf8')) as PackageFile;
const specifier = (subpath: string): string => `quantlaxmi${subpath.slice(1)}`;

const must = async (
  what: string,
  program: string,
  args: string[],
  cwd: string,
): Promise<string> => {
  const ran = await run(program, args, { cwd });
  if (ran.code !== 0) throw new CheckFailed(`${what}\n${ran.output.trim()}`);
  return ran.stdout;
};

/** Packs the package; returns the tarball and the paths inside it. */
const pack = async (folder: string): Promise<{ tarball: string; files: string[] }> => {
  const said = await must(
    'npm pack fails',
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    process.cwd(),
  );
  const [entry] = JSON.parse(said) as { filename: string; files: { path: string }[] }[];
  if (entry === undefined) throw new CheckFailed('npm pack names no tarball');
  return { tarball: join(folder, entry.filename), files: entry.files.map((file) => file.path) };
};

/** What a tarball must and must not hold. */
const checkContents = (files: readonly string[]): void => {
  const strangers = files.filter(
    (path) =>
      !/^(dist\/|fixtures\/demo\/)/.test(path) &&
      !['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE'].includes(path),
  );
  if (strangers.length > 0) throw new CheckFailed(`tarball holds ${strangers.join(', ')}`);
  const wanted = ['README.md', 'CHANGELOG.md', 'LICENSE', 'dist/index.js', 'dist/cli/main.js'];
  const missing = wanted.filter((path) => !files.includes(path));
  if (missing.length > 0) throw new CheckFailed(`tarball lacks ${missing.join(', ')}`);
};

/** A project with the unpacked tarball and our own copies of its dependencies. */
const consumerProject = async (folder: string, tarball: string): Promise<void> => {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'quantlaxmi'), { recursive: true });
  await must('tar fails', 'tar', ['-xzf', tarball, '-C', folder], folder);
  cpSync(join(folder, 'package'), join(modules, 'quantlaxmi'), { recursive: true });
  rmSync(join(folder, 'package'), { recursive: true });
  for (const name of [
    ...Object.keys(own.dependencies),
    'fast-check',
    '@types/node',
    'undici-types',
  ]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(resolve('node_modules', name), join(modules, name));
  }
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "type": "module" }\n');
};

const compileConsumer = async (
  folder: string,
  resolution: 'NodeNext' | 'Bundler',
): Promise<void> => {
  const lines = subpaths().map((key, i) => `import * as m${i} from '${specifier(key)}';`);
  const uses = subpaths().map((_, i) => `m${i}`);
  writeFileSync(join(folder, 'all.ts'), [...lines, `export const all = [${uses}];`, ''].join('\n'));
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2023', 'DOM'],
    module: resolution === 'NodeNext' ? 'NodeNext' : 'ESNext',
    moduleResolution: resolution,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    types: ['node'],
  };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['all.ts'] }),
  );
  const tsc = resolve('node_modules/typescript/bin/tsc');
  await must(`our declarations fail under ${resolution}`, 'node', [tsc, '-p', '.'], folder);
};

const loadConsumer = async (folder: string): Promise<void> => {
  const program = `
const keys = ${JSON.stringify(subpaths().map(specifier))};
for (const key of keys) {
  const names = Object.keys(await import(key));
  if (names.length === 0) throw new Error(key + ' exports nothing');
}
for (const closed of ['quantlaxmi/core/errors.js', 'quantlaxmi/dist/index.js', 'quantlaxmi/cli']) {
  const reached = await import(closed).then(() => true, (e) => e.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  if (reached) throw new Error(closed + ' can be imported');
}`;
  writeFileSync(join(folder, 'load.mjs'), program);
  await must('a subpath does not load', 'node', ['load.mjs'], folder);
  const bin = join(folder, 'node_modules/quantlaxmi/dist/cli/main.js');
  const version = (await must('the command fails', 'node', [bin, '--version'], folder)).trim();
  if (version !== own.version) {
    throw new CheckFailed(`the command says version ${version}, the package ${own.version}`);
  }
};

/** Packs, lints and type-checks the tarball, and uses it from a project of its own. */
export const checkPackage = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'quantlaxmi-pack-'));
  try {
    const { tarball, files } = await pack(folder);
    checkContents(files);
    await tool('publint', 'run', tarball, '--strict');
    await tool('attw', tarball, '--profile', 'esm-only');
    const consumer = join(folder, 'consumer');
    mkdirSync(consumer);
    await consumerProject(consumer, tarball);
    await compileConsumer(consumer, 'NodeNext');
    await compileConsumer(consumer, 'Bundler');
    await loadConsumer(consumer);
    return `${files.length} files packed, linted, type-checked and loaded by ${subpaths().length} paths`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
