import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import ts from 'typescript';
import { listFiles } from '../../../scripts/lib/files.js';
import { FLOORS, HOST_PATHS, HOST_ROOMS, INNER_DOORS } from './floors.data.js';

/** One parsed source file; `path` is relative to the project root, with `/`. */
export interface Unit {
  readonly path: string;
  readonly text: string;
  readonly ast: ts.SourceFile;
}

/** One import or re-export of a unit. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** True when nothing of it is left after compilation. */
  readonly typeOnly: boolean;
}

/** A rule looks at one unit and returns one line of text per offence. */
export type Rule = (unit: Unit) => string[];

export const parse = (path: string, text: string): Unit => ({
  path,
  text,
  ast: ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS),
});

export { listFiles };

export const loadUnits = (dir: string): Unit[] =>
  listFiles(dir, '.ts').map((path) => parse(path, readFileSync(path, 'utf8')));

/** `src/venues/binance/sync.ts` → `venues/binance`; the root file → `''`; unknown → undefined. */
export const roomOf = (path: string): string | undefined => {
  const inner = path.replace(/^src\//, '');
  if (!inner.includes('/')) return '';
  for (const floor of FLOORS) {
    for (const room of floor) if (inner.startsWith(`${room}/`)) return room;
  }
  return undefined;
};

/** The room, or the inner door's folder when the file lies in one. */
export const folderOf = (path: string): string | undefined =>
  INNER_DOORS.find((door) => path.startsWith(`src/${door}/`)) ?? roomOf(path);

export const floorOf = (room: string): number =>
  room === '' ? FLOORS.length : FLOORS.findIndex((floor) => floor.includes(room));

/** May this file use the host (files, clock, network)? */
export const isHostFile = (path: string): boolean =>
  HOST_ROOMS.includes(roomOf(path) ?? '') || HOST_PATHS.some((re) => re.test(path));

export const isTable = (path: string): boolean =>
  path.endsWith('.data.ts') || path.includes('/generated/');

export const at = (unit: Unit, node: ts.Node, message: string): string =>
  `${unit.path}:${lineOf(unit, node)}: ${message}`;

export const lineOf = (unit: Unit, node: ts.Node): number =>
  unit.ast.getLineAndCharacterOfPosition(node.getStart(unit.ast)).line + 1;

/** Calls `visit` for every node below `root`, parents first. */
export const walk = (root: ts.Node, visit: (node: ts.Node) => void): void => {
  root.forEachChild((child) => {
    visit(child);
    walk(child, visit);
  });
};

const isTypeOnly = (node: ts.ImportDeclaration | ts.ExportDeclaration): boolean => {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  if (clause.name !== undefined || named === undefined || !ts.isNamedImports(named)) return false;
  return named.elements.length > 0 && named.elements.every((e) => e.isTypeOnly);
};

/** Static imports, re-exports, `import('x')` calls and types, and modules named by `new URL`. */
export const importsOf = (unit: Unit): Import[] => {
  const found: Import[] = [];
  const add = (node: ts.Node, specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) {
      found.push({ specifier: specifier.text, line: lineOf(unit, node), typeOnly });
    }
  };
  walk(unit.ast, (node) => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, isTypeOnly(node));
    else if (ts.isExportDeclaration(node)) add(node, node.moduleSpecifier, isTypeOnly(node));
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], false);
    } else if (ts.isNewExpression(node) && node.expression.getText() === 'URL') {
      // A module that runs as a process of its own: new URL('./child.js', import.meta.url).
      const first = node.arguments?.[0];
      const isModule = first !== undefined && ts.isStringLiteralLike(first);
      if (isModule && /^\..*\.js$/.test(first.text)) add(node, first, true);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node, node.argument.literal, true);
    }
  });
  return found;
};

/** The project path of a relative import, with `.ts`; undefined for a package. */
export const resolveImport = (from: string, specifier: string): string | undefined =>
  specifier.startsWith('.')
    ? normalize(join(dirname(from), specifier)).replace(/\.js$/, '.ts')
    : undefined;
