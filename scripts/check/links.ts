import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { listFiles } from '../lib/files.js';
import { failOn } from '../lib/run.js';

/** Markdown of the project that people read. */
export const markdownFiles = (): string[] =>
  [
    ...['README.md', 'CHANGELOG.md'].filter((path) => existsSync(path)),
    ...['docs', 'src', 'examples', 'bench', 'fixtures', 'test'].flatMap((d) => listFiles(d, '.md')),
  ].filter((path) => !path.startsWith('docs/api/'));

const withoutCode = (text: string): string =>
  text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');

/** The anchor that GitHub makes of a heading. */
const slug = (heading: string): string =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[`*]/g, '')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replace(/ /g, '-');

const anchorsOf = (text: string): Set<string> => {
  const anchors = new Set<string>();
  const plain = text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '');
  for (const match of plain.matchAll(/^#{1,6} +(.+)$/gm)) {
    const base = slug(match[1] ?? '');
    let name = base;
    for (let n = 1; anchors.has(name); n += 1) name = `${base}-${n}`;
    anchors.add(name);
  }
  return anchors;
};

/** Links of one Markdown text that lead nowhere. */
export const brokenLinks = (
  path: string,
  text: string,
  read: (path: string) => string | undefined,
): string[] => {
  const problems: string[] = [];
  const plain = withoutCode(text);
  const targets = [
    ...[...plain.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)].map((m) => m[1] ?? ''),
    ...[...plain.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)].map((m) => m[1] ?? ''),
  ];
  for (const target of targets) {
    if (/^(https?|mailto):/.test(target)) continue;
    const [file = '', anchor] = target.split('#');
    const resolved = file === '' ? path : normalize(join(dirname(path), decodeURIComponent(file)));
    const found = file === '' ? text : read(resolved);
    if (found === undefined) problems.push(`${path}: (${target}) leads to no file`);
    else if (anchor !== undefined && resolved.endsWith('.md') && !anchorsOf(found).has(anchor)) {
      problems.push(`${path}: (${target}) has no such heading`);
    }
  }
  return problems;
};

const readTarget = (path: string): string | undefined => {
  if (path.startsWith('..') || !existsSync(path)) return undefined;
  return statSync(path).isDirectory() ? '' : readFileSync(path, 'utf8');
};

/** Every relative link in Markdown leads to a file, and to a heading when it names one. */
export const checkLinks = async (): Promise<string> => {
  const paths = markdownFiles();
  failOn(
    paths.flatMap((path) => brokenLinks(path, readFileSync(path, 'utf8'), readTarget)),
    'links that lead nowhere:',
  );
  return `${paths.length} Markdown files`;
};
