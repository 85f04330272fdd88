import ts from 'typescript';
import { type Unit, walk } from './source.js';

/** The ids a README declares as `**WAL-1**`, in order, with repeats. */
export const declaredIds = (readme: string): string[] =>
  [...readme.matchAll(/\*\*([A-Z][A-Z0-9]*-\d+)\*\*/g)].map((match) => match[1] ?? '');

const RUNNERS = new Set(['test', 'it', 'describe']);

const rootName = (node: ts.Expression): string | undefined => {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isCallExpression(node) || ts.isPropertyAccessExpression(node)) {
    return rootName(node.expression);
  }
  if (ts.isTaggedTemplateExpression(node)) return rootName(node.tag);
  return undefined;
};

const titleOf = (node: ts.Node | undefined): string | undefined => {
  if (node === undefined) return undefined;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join('');
  }
  return undefined;
};

/** Titles given to `test`, `it` and `describe`, also through `.each`, `.prop` and the like. */
export const testTitles = (unit: Unit): string[] => {
  const titles: string[] = [];
  walk(unit.ast, (node) => {
    if (!ts.isCallExpression(node) || !RUNNERS.has(rootName(node.expression) ?? '')) return;
    const title = titleOf(node.arguments[0]);
    if (title !== undefined) titles.push(title);
  });
  return titles;
};

/** Ids a title quotes: the ones it starts with, and any whose prefix a README uses. */
export const quotedIds = (title: string, prefixes: ReadonlySet<string>): string[] => {
  const leading = /^((?:[A-Z][A-Z0-9]*-\d+(?:, | and |\/| )?)+):/.exec(title)?.[1] ?? '';
  const ids = new Set(leading.match(/[A-Z][A-Z0-9]*-\d+/g) ?? []);
  for (const id of title.match(/\b[A-Z][A-Z0-9]*-\d+\b/g) ?? []) {
    if (prefixes.has(prefixOf(id))) ids.add(id);
  }
  return [...ids];
};

export const prefixOf = (id: string): string => id.replace(/-\d+$/, '');

/** What is wrong between the invariants declared and the titles that quote them. */
export const compareInvariants = (
  readmes: ReadonlyMap<string, string>,
  titles: ReadonlyMap<string, readonly string[]>,
): string[] => {
  const problems: string[] = [];
  const owner = new Map<string, string>();
  for (const [path, text] of readmes) {
    const ids = declaredIds(text);
    if (ids.length === 0) problems.push(`${path}: declares no numbered invariant`);
    for (const id of ids) {
      const before = owner.get(id);
      if (before !== undefined) problems.push(`${path}: ${id} is declared by ${before} too`);
      owner.set(id, path);
    }
  }
  const prefixes = new Set([...owner.keys()].map(prefixOf));
  const quoted = new Set<string>();
  for (const [path, list] of titles) {
    for (const title of list) {
      for (const id of quotedIds(title, prefixes)) {
        quoted.add(id);
        if (!owner.has(id)) problems.push(`${path}: "${title}" quotes ${id}, no README has it`);
      }
    }
  }
  for (const [id, path] of owner) {
    if (!quoted.has(id)) problems.push(`${path}: no test title quotes ${id}`);
  }
  return problems;
};
