import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { countArrows, withExpectations } from '../lib/fence-program.js';
import { commentFences, type Fence, markdownFences } from '../lib/fences.js';
import { readSources } from '../lib/files.js';
import { failOn, run } from '../lib/run.js';
import { markdownFiles } from './links.js';

const FOLDER = '.tmp/fences';

const collect = (): Fence[] => [
  ...markdownFiles().flatMap((path) => markdownFences(path, readFileSync(path, 'utf8'))),
  ...readSources('src', '.ts').flatMap(({ path, text }) => commentFences(path, text)),
];

const fileOf = (index: number, end: string): string =>
  `${FOLDER}/f${String(index).padStart(4, '0')}${end}`;

/** Compiles the fences as a user would: by package name, against the built declarations. */
const compile = (fences: readonly Fence[]): string[] => {
  const config = ts.readConfigFile('tsconfig.json', (path) => readFileSync(path, 'utf8'));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, '.');
  const { paths: _source, ...rest } = options;
  const files = fences.map((_, i) => resolve(fileOf(i, '.ts')));
  const program = ts.createProgram(files, {
    ...rest,
    noUnusedLocals: false,
    noUnusedParameters: false,
    noEmit: true,
  });
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n    ');
    const index = files.indexOf(diagnostic.file?.fileName ?? '');
    const fence = fences[index];
    if (fence === undefined || diagnostic.file === undefined) {
      return `${diagnostic.file?.fileName ?? 'fences'}: ${text}`;
    }
    const { line } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start ?? 0);
    return `${fence.path}:${fence.line + line}: ${text}`;
  });
};

const RUNNER = `
import { appendFileSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expectValue } from './expect.mjs';
const [root, list] = [process.argv[2], JSON.parse(process.argv[3])];
const print = console.log;
console.log = console.info = console.warn = console.error = () => undefined;
globalThis.__expect = expectValue;
process.on('unhandledRejection', (error) => print('FENCE -1 ' + String(error)));
for (const { index, file } of list) {
  const folder = root + '/run/' + index;
  mkdirSync(folder, { recursive: true });
  for (const name of ['fixtures', 'examples']) symlinkSync(root + '/../../' + name, folder + '/' + name);
  process.chdir(folder);
  let timer;
  const late = new Promise((_, no) => { timer = setTimeout(() => no(new Error('runs over 30 s')), 30000); });
  try { await Promise.race([import(pathToFileURL(file)), late]); }
  catch (error) { print('FENCE ' + index + ' ' + String(error).replaceAll('\\n', ' ')); }
  clearTimeout(timer);
}
print('FENCES DONE');
process.exit(0);
`;

const stripTypes = (code: string): string =>
  transformSync(code, { loader: 'ts', format: 'esm', target: 'es2022' }).code;

const execute = async (fences: readonly Fence[]): Promise<string[]> => {
  const list: { index: number; file: string }[] = [];
  const problems: string[] = [];
  fences.forEach((fence, index) => {
    if (!fence.runs) return;
    const { code, expectations } = withExpectations(fence.code);
    if (expectations !== countArrows(fence.code)) {
      problems.push(`${fence.path}:${fence.line}: a "// =>" does not follow a statement`);
    }
    const file = resolve(fileOf(index, '.mjs'));
    writeFileSync(file, stripTypes(code));
    list.push({ index, file });
  });
  writeFileSync(
    `${FOLDER}/expect.mjs`,
    stripTypes(readFileSync('scripts/lib/fence-expect.ts', 'utf8')),
  );
  writeFileSync(`${FOLDER}/run.mjs`, RUNNER);
  const ran = await run('node', [`${FOLDER}/run.mjs`, resolve(FOLDER), JSON.stringify(list)]);
  for (const match of ran.stdout.matchAll(/^FENCE (-?\d+) (.*)$/gm)) {
    const fence = fences[Number(match[1])];
    const at = (match[2] ?? '').replace(/\bline (\d+):/, (_, line) =>
      fence === undefined ? `line ${line}:` : `line ${fence.line + Number(line)}:`,
    );
    problems.push(`${fence === undefined ? 'a fence' : `${fence.path}:${fence.line}`}: ${at}`);
  }
  if (!ran.stdout.includes('FENCES DONE')) problems.push(`the runner died:\n${ran.output}`);
  return problems;
};

/** Every TypeScript fence compiles, runs, and gives the values its `// =>` comments say. */
export const checkFences = async (): Promise<string> => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const fences = collect();
  fences.forEach((fence, i) => {
    writeFileSync(fileOf(i, '.ts'), `${fence.code}\nexport {};\n`);
  });
  failOn([...compile(fences), ...(await execute(fences))], 'code in the documentation:');
  const values = fences.reduce((sum, fence) => sum + countArrows(fence.code), 0);
  return `${fences.length} fences compiled and run, ${values} values compared`;
};
