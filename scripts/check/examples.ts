import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path/posix';
import { listFiles } from '../lib/files.js';
import { failOn, run } from '../lib/run.js';

/** Every example runs from the build; where `examples/<name>.out` exists, it prints just that. */
export const checkExamples = async (): Promise<string> => {
  const problems: string[] = [];
  const names = listFiles('examples', '.ts').map((path) => basename(path, '.ts'));
  let compared = 0;
  for (const name of names) {
    const ran = await run('node', [`dist/examples/${name}.js`]);
    if (ran.code !== 0)
      problems.push(`examples/${name}.ts exits ${ran.code}: ${ran.output.trim()}`);
    const expected = `examples/${name}.out`;
    if (!existsSync(expected)) continue;
    compared += 1;
    if (readFileSync(expected, 'utf8') !== ran.stdout) {
      problems.push(`examples/${name}.ts does not print ${expected}; it printed:\n${ran.stdout}`);
    }
  }
  failOn(problems, 'examples:');
  return `${names.length} run, ${compared} compared with what they must print`;
};
