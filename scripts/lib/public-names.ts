import { existsSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { subpaths } from './bundle.js';

/** Where the public names are recorded; `npm run names` rewrites it. */
export const RECORDED_NAMES = 'test/package/public-names.json';

/** Names that a door exports: values as they are, types with `type ` before them. */
export const exportedNames = (path: string, text: string): string[] => {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const names: string[] = [];
  for (const node of file.statements) {
    if (!ts.isExportDeclaration(node) || node.exportClause === undefined) continue;
    if (!ts.isNamedExports(node.exportClause)) continue;
    for (const element of node.exportClause.elements) {
      names.push(`${node.isTypeOnly || element.isTypeOnly ? 'type ' : ''}${element.name.text}`);
    }
  }
  return names.sort();
};

/** The public names of the package, by subpath. */
export const publicNames = (): Record<string, string[]> => {
  const found: Record<string, string[]> = {};
  for (const subpath of subpaths()) {
    const path = subpath === '.' ? 'src/index.ts' : `src/${subpath.slice(2)}/index.ts`;
    found[subpath] = existsSync(path) ? exportedNames(path, readFileSync(path, 'utf8')) : [];
  }
  return found;
};
