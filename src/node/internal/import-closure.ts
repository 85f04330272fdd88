/** The files a module consists of: itself and what it imports by relative path, transitively. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { QuantlaxmiError } from '../../core/index.js';
import { compareUtf8, type FileHash, hashFile } from './hash-files.js';

/** `from './x'`, `import './x'`, `import('./x')`, `require('./x')`. */
const SPECIFIER = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(["'])(\.{1,2}\/[^"'\n]*)\1/g;
/** A TypeScript source names the JavaScript that will stand beside it. */
const SOURCES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\.js$/, ['.ts', '.tsx']],
  [/\.mjs$/, ['.mts']],
  [/\.cjs$/, ['.cts']],
];
const EXTENSIONS = ['', '.ts', '.js', '.mts', '.mjs', '.json', '/index.ts', '/index.js'];
const FILES_MAX = 10_000;

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function resolveImport(from: string, specifier: string): string | null {
  const base = resolve(dirname(from), specifier);
  for (const extension of EXTENSIONS) if (isFile(base + extension)) return base + extension;
  for (const [pattern, replacements] of SOURCES) {
    for (const replacement of replacements) {
      const source = base.replace(pattern, replacement);
      if (source !== base && isFile(source)) return source;
    }
  }
  return null;
}

/**
 * Files a module consists of, with hashes. An import that leads to no file stays in the list as
 * `unresolved`, so that the hash changes when the file appears.
 *
 * @param entry - absolute path of the module
 * @param root - folder that paths are written relative to
 * @param filesMax - how many files are taken for one module
 * @throws QuantlaxmiError QL_CODE_HASH beyond that: a hash of a part would hide changes of the rest
 */
export async function importClosure(
  entry: string,
  root: string,
  filesMax: number = FILES_MAX,
): Promise<FileHash[]> {
  const posix = (path: string): string => relative(root, path).split(sep).join('/');
  const files = new Map<string, string>();
  const add = (name: string, hash: string): void => {
    files.set(name, hash);
    if (files.size <= filesMax) return;
    throw new QuantlaxmiError(
      'QL_CODE_HASH',
      `${entry} imports more than ${filesMax} files (the next is ${name}); bundle it into one module`,
      { context: { path: entry, filesMax } },
    );
  };
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(posix(path))) continue;
    add(posix(path), await hashFile(path));
    if (!/\.[cm]?[jt]sx?$/.test(path)) continue;
    for (const match of readFileSync(path, 'utf8').matchAll(SPECIFIER)) {
      const specifier = match[2] ?? '';
      const target = resolveImport(path, specifier);
      if (target === null) add(posix(resolve(dirname(path), specifier)), 'unresolved');
      else waiting.push(target);
    }
  }
  return [...files].sort((a, b) => compareUtf8(a[0], b[0]));
}
