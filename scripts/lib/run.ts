import { spawn } from 'node:child_process';

/** What a finished command said and how it ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  /** stdout and stderr as they came. */
  readonly output: string;
}

/** Runs a program without a shell and collects what it prints. */
export const run = (
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? process.cwd(),
      env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, output }));
  });

/** A check that does not hold; its message is for people. */
export class CheckFailed extends Error {}

/** Runs a tool of this project; throws {@link CheckFailed} with its output when it fails. */
export const tool = async (name: string, ...args: readonly string[]): Promise<Ran> => {
  const ran = await run(`node_modules/.bin/${name}`, args);
  if (ran.code !== 0) throw new CheckFailed(`${name} ${args.join(' ')}\n${ran.output.trim()}`);
  return ran;
};

/** Fails with one line per problem, or does nothing when there is none. */
export const failOn = (problems: readonly string[], heading: string): void => {
  if (problems.length > 0) throw new CheckFailed(`${heading}\n  ${problems.join('\n  ')}`);
};
