import ts from 'typescript';

const EXPECTED = /^[ \t]*;?[ \t]*\/\/ => (.*)$/m;

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The `// => text` behind a statement on its last line, or alone on the next line. */
const expectedAfter = (code: string, end: number): string | undefined => {
  const rest = code.slice(end);
  const sameLine = EXPECTED.exec(rest.split('\n', 1)[0] ?? '');
  if (sameLine !== null) return sameLine[1]?.trim();
  const [tail = '', next = ''] = rest.split('\n', 2);
  return tail.trim() === '' ? EXPECTED.exec(next)?.[1]?.trim() : undefined;
};

const isLog = (node: ts.Expression): node is ts.CallExpression =>
  ts.isCallExpression(node) && node.expression.getText() === 'console.log';

const editFor = (file: ts.SourceFile, node: ts.Statement): Edit | undefined => {
  const expected = expectedAfter(file.text, node.getEnd());
  if (expected === undefined) return undefined;
  const line = file.getLineAndCharacterOfPosition(node.getEnd()).line;
  const start = node.getStart(file);
  const end = node.getEnd();
  if (ts.isExpressionStatement(node)) {
    const logged = isLog(node.expression) ? node.expression.arguments[0] : node.expression;
    const value = (logged ?? node.expression).getText(file);
    const text = `await __expect(${line}, async () => (${value}), ${JSON.stringify(expected)});`;
    return { start, end, text };
  }
  const name = ts.isVariableStatement(node)
    ? node.declarationList.declarations[0]?.name
    : undefined;
  if (name === undefined || !ts.isIdentifier(name)) return undefined;
  const text = ` await __expect(${line}, async () => ${name.text}, ${JSON.stringify(expected)});`;
  return { start: end, end, text };
};

/** Statements of a block, and of the blocks inside it that are not functions. */
const statementsIn = (node: ts.Node, found: ts.Statement[] = []): ts.Statement[] => {
  node.forEachChild((child) => {
    if (ts.isFunctionLike(child) || ts.isClassLike(child)) return;
    if (ts.isStatement(child)) found.push(child);
    statementsIn(child, found);
  });
  return found;
};

/**
 * Turns each statement followed by `// => value` into a call of `__expect(line, thunk, text)`.
 * Returns the new code and how many values it compares.
 */
export const withExpectations = (code: string): { code: string; expectations: number } => {
  const file = ts.createSourceFile('fence.ts', code, ts.ScriptTarget.ES2022, true);
  const edits = statementsIn(file)
    .map((node) => editFor(file, node))
    .filter((edit) => edit !== undefined)
    .sort((a, b) => b.start - a.start);
  let out = code;
  for (const { start, end, text } of edits) out = out.slice(0, start) + text + out.slice(end);
  return { code: out, expectations: edits.length };
};

/** How many `// => value` a text holds; each must have become an expectation. */
export const countArrows = (code: string): number => code.match(/\/\/ => /g)?.length ?? 0;
