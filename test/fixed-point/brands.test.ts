import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const MARK = '// @ts-expect-error';

/** Count of type errors per file; the files exist only here. */
function typeErrors(files: ReadonlyMap<string, string>): number[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    paths: { 'quantlaxmi/*': [resolve('src/*/index.ts')] },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, version, ...rest) => {
    const text = files.get(name);
    return text === undefined
      ? getSourceFile(name, version, ...rest)
      : ts.createSourceFile(name, text, version);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()].map((name) => {
    const file = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
      .length;
  });
}

test('FIXED-9: a price is not a quantity when compiling, and each case can fail', () => {
  const folder = resolve('test/fixed-point');
  const text = readFileSync(`${folder}/brands.test-d.ts`, 'utf8');
  const cases = text.split(MARK).length - 1;
  expect(cases).toBeGreaterThan(5);
  // Without the marks each of the lines under them is an error of its own.
  const files = new Map([
    [`${folder}/marked.ts`, text],
    [`${folder}/unmarked.ts`, text.replaceAll(MARK, '//')],
  ]);
  expect(typeErrors(files)).toEqual([0, cases]);
});
