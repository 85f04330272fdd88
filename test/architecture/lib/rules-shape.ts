import { basename } from 'node:path/posix';
import ts from 'typescript';
import { COLUMNS, LINES_PER_FILE, LINES_PER_FUNCTION } from './floors.data.js';
import { at, isTable, type Rule, type Unit, walk } from './source.js';

/** Files of more than 400 lines, tables and generated code excepted. */
export const longFile: Rule = (unit) => {
  const lines = unit.text.split('\n').length - 1;
  if (isTable(unit.path) || lines <= LINES_PER_FILE) return [];
  return [`${unit.path}: ${lines} lines, at most ${LINES_PER_FILE}`];
};

/** Functions of more than 70 lines, whatever they contain. */
export const longFunction: Rule = (unit) => {
  const offences: string[] = [];
  if (isTable(unit.path)) return offences;
  walk(unit.ast, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return;
    const from = unit.ast.getLineAndCharacterOfPosition(node.getStart(unit.ast)).line;
    const to = unit.ast.getLineAndCharacterOfPosition(node.getEnd()).line;
    const lines = to - from + 1;
    if (lines <= LINES_PER_FUNCTION) return;
    const name = node.name?.getText(unit.ast) ?? nameOfHolder(node) ?? 'a function';
    offences.push(at(unit, node, `${name} has ${lines} lines, at most ${LINES_PER_FUNCTION}`));
  });
  return offences;
};

const nameOfHolder = (node: ts.Node): string | undefined =>
  ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent)
    ? node.parent.name.getText()
    : undefined;

/** Where text and regular expressions stand: breaking them hurts more than a long line. */
const literalRanges = (unit: Unit): readonly (readonly [number, number])[] => {
  const ranges: [number, number][] = [];
  walk(unit.ast, (node) => {
    const text = ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
    if (text || ts.isRegularExpressionLiteral(node)) {
      ranges.push([node.getStart(unit.ast), node.getEnd()]);
    }
  });
  return ranges;
};

/** Lines of more than 100 columns, unless a literal or a web address reaches over the edge. */
export const longLine: Rule = (unit) => {
  if (isTable(unit.path)) return [];
  const ranges = literalRanges(unit);
  const offences: string[] = [];
  let start = 0;
  unit.text.split('\n').forEach((line, i) => {
    const edge = start + COLUMNS;
    const inLiteral = ranges.some(([from, to]) => from < edge && to > edge - 4);
    start += line.length + 1;
    if (line.length <= COLUMNS || inLiteral || /https?:\/\//.test(line)) return;
    offences.push(`${unit.path}:${i + 1}: ${line.length} columns, at most ${COLUMNS}`);
  });
  return offences;
};

/** File names that say nothing about what is inside. */
export const vagueName: Rule = (unit) =>
  /^(utils?|helpers?|misc|common|stuff)\.ts$/.test(basename(unit.path))
    ? [`${unit.path}: name the concept it holds`]
    : [];

/** A room's door lists its exports by name and says what the room is. */
export const doorShape: Rule = (unit) => {
  if (basename(unit.path) !== 'index.ts') return [];
  const offences: string[] = [];
  if (!/^\/\*\*[\s\S]*?@module[\s\S]*?\*\//.test(unit.text)) {
    offences.push(`${unit.path}:1: starts without a /** … @module */ comment`);
  }
  walk(unit.ast, (node) => {
    if (ts.isExportDeclaration(node) && node.exportClause === undefined) {
      offences.push(at(unit, node, 'export * hides what is public; list the names'));
    }
  });
  return offences;
};
