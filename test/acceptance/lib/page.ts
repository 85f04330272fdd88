/** Executes the commands and queries of a page and gives what they print. */
import { spawnSync } from 'node:child_process';
import { duck } from '../../node/export/read-back.js';

/** A fence that is executed and the text fence that follows it, if any. */
export interface PageStep {
  readonly language: string;
  readonly code: string;
  readonly stated: string | null;
}

const FENCE = /^```(\w+)\n([\s\S]*?)^```$/gm;

/** The `sh` and `sql` fences of a page, each with the output stated behind it. */
export const stepsOf = (page: string): PageStep[] => {
  const fences = [...page.matchAll(FENCE)].map(([, language = '', code = '']) => ({
    language,
    code,
  }));
  return fences.flatMap(({ language, code }, i) => {
    if (language !== 'sh' && language !== 'sql') return [];
    const next = fences[i + 1];
    return [{ language, code, stated: next?.language === 'text' ? next.code : null }];
  });
};

/** Runs a step; names like `$SESSION` are variables of the shell, and replaced in queries. */
export const runStep = async (
  { language, code }: PageStep,
  variables: Readonly<Record<string, string>>,
  path: string,
): Promise<string> => {
  if (language === 'sql') {
    const sql = code.replaceAll(/\$([A-Z]+)/g, (_, name: string) => variables[name] ?? '');
    const rows = await duck(sql);
    return rows.map((row) => `${Object.values(row).map(String).join(' ')}\n`).join('');
  }
  const env = { ...process.env, ...variables, PATH: `${path}:${process.env['PATH']}` };
  const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', code], {
    encoding: 'utf8',
    env: { ...env, LC_ALL: 'C' },
  });
  if (status !== 0) throw new Error(`${code}\nexit ${status}: ${stderr}`);
  return stdout;
};
