/** Starts the writer program, alone or under strace. */
import { spawn } from 'node:child_process';
import type { WriterSpec } from './program/spec.js';
import { parseTold, type Told } from './told.js';

export interface RunOptions {
  /** Command line put before `node`. */
  readonly under?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
  /** Looked at after every line; true kills the process at once, a number after so many ms. */
  readonly killWhen?: (lines: readonly string[]) => boolean | number;
}

/** One pool thread, so that calls count in one order; no io_uring, or strace sees no syncs. */
const COUNTABLE = { UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' };
/** A run that hangs is killed, and so fails its row, instead of hanging the matrix. */
const HANG_MS = 120_000;

/** Runs `program` to its end. */
export async function runWriter(
  program: string,
  spec: WriterSpec,
  options: RunOptions = {},
): Promise<Told> {
  const node = [process.execPath, ...(options.nodeOptions ?? []), program, JSON.stringify(spec)];
  const [command, ...args] = [...(options.under ?? []), ...node] as [string, ...string[]];
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...COUNTABLE, ...options.env },
  });
  let text = '';
  let errors = '';
  let killing = false;
  const kill = (): void => void child.kill('SIGKILL');
  const hang = setTimeout(kill, HANG_MS);
  child.stderr.setEncoding('utf8').on('data', (part: string) => (errors += part));
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    if (killing || options.killWhen === undefined) return;
    const when = options.killWhen(text.split('\n').slice(0, -1));
    if (when === false) return;
    killing = true;
    if (when === true) kill();
    else setTimeout(kill, when);
  });
  const signal = await new Promise<NodeJS.Signals | null>((resolve) =>
    child.on('close', (_, by) => resolve(by)),
  );
  clearTimeout(hang);
  if (errors !== '') text += `U ${errors.replaceAll('\n', ' ').trim()}\n`;
  return parseTold(text, signal);
}
