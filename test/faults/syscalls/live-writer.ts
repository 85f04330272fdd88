/** A writer that is talked to while it runs: told to open, stopped, continued, killed. */
import { spawn } from 'node:child_process';
import type { ClockedSpec } from './program/clocked-spec.js';
import type { WriterSpec } from './program/spec.js';
import { parseTold, type Told } from './told.js';

export interface LiveWriter {
  readonly pid: number;
  readonly told: () => Told;
  /** Resolves when a line starts with one of `letters`, or the process is gone. */
  readonly until: (...letters: readonly string[]) => Promise<void>;
  /** Resolves when `n` more flushes are acknowledged. */
  readonly acknowledges: (n: number) => Promise<void>;
  /** Lets a writer go on that waits to open. */
  readonly go: () => void;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Closes its input, or kills it, and waits for its end. */
  readonly end: (how?: 'input' | 'kill') => Promise<Told>;
}

export function liveWriter(
  program: string,
  spec: ClockedSpec | WriterSpec,
  env: Readonly<Record<string, string>> = {},
): LiveWriter {
  const child = spawn(process.execPath, [program, JSON.stringify(spec)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  let text = '';
  let waiting: (() => void)[] = [];
  let ended: NodeJS.Signals | null = null;
  const wake = (): void => {
    const all = waiting;
    waiting = [];
    for (const one of all) one();
  };
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    wake();
  });
  // A writer that was refused is gone before its input is closed.
  child.stdin.on('error', () => undefined);
  let gone = false;
  const closed = new Promise<void>((resolve) =>
    child.on('close', (_, signal) => {
      gone = true;
      ended = signal;
      wake();
      resolve();
    }),
  );
  const told = (): Told => parseTold(text, ended);
  const holds = async (test: () => boolean): Promise<void> => {
    while (!gone && !test()) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return {
    pid: child.pid as number,
    told,
    until: (...letters) =>
      holds(() => told().lines.some((line) => letters.includes(line.slice(0, 1)))),
    acknowledges(n) {
      const before = told().flushes;
      return holds(() => told().flushes >= before + n);
    },
    go: () => void child.stdin.write('x'),
    signal: (name) => void child.kill(name),
    async end(how = 'input') {
      if (how === 'kill') child.kill('SIGKILL');
      child.stdin.end();
      await closed;
      return told();
    },
  };
}
