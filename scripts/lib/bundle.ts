import { gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';

const DIST = resolve('dist');

/** Subpaths of the package, `.` included, without `./package.json`. */
export const subpaths = (): string[] => {
  const pkg = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: object };
  return Object.keys(pkg.exports).filter((key) => key !== './package.json');
};

/** Subpaths that need a machine. */
const HOSTED = ['./node', './testing/node'];

/** Subpaths that must work in a browser. */
export const pureSubpaths = (): string[] =>
  subpaths().filter((key) => !HOSTED.some((host) => key === host || key.startsWith(`${host}/`)));

export const distFile = (subpath: string): string =>
  resolve(DIST, subpath === '.' ? 'index.js' : `${subpath.slice(2)}/index.js`);

/** Bundles a program for browsers, minified; fails when it needs anything of a host. */
export const bundle = async (code: string): Promise<string> => {
  const result = await build({
    stdin: { contents: code, resolveDir: resolve('.'), loader: 'js' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
    external: ['fast-check'],
  });
  return result.outputFiles[0]?.text ?? '';
};

/** The whole of one subpath as a browser bundle. */
export const bundleSubpath = (subpath: string): Promise<string> =>
  bundle(`export * from ${JSON.stringify(distFile(subpath))};`);

/** Size in bytes after gzip at its best level. */
export const gzipBytes = (text: string): number => gzipSync(text, { level: 9 }).length;
