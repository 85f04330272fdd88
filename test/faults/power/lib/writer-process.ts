/** The writer program as a process that can be stopped, killed and asked what it was promised. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { WriterSpec } from '../program/spec.js';

/** Bundles the program, so that each start costs no more than node itself. */
export async function bundleWriter(folder: string): Promise<string> {
  const outfile = join(folder, 'writer.mjs');
  const entry = fileURLToPath(new URL('../program/writer.ts', import.meta.url));
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  return outfile;
}

/** What a failed writer said about the first failure. */
interface SaidFailure {
  readonly phase: string;
  readonly code?: string;
  readonly message: string;
  readonly posix?: string;
  readonly errno?: number;
  readonly syscall?: string;
}

const running = new Set<ChildProcess>();

/** Ends the writers that still run, also stopped ones: after a failure, or when interrupted. */
export function killWriters(): void {
  for (const child of running) child.kill('SIGKILL');
}

export class WriterProcess {
  lines: readonly string[] = [];
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #ended = false;
  #woken: (() => void) | null = null;

  constructor(program: string, spec: WriterSpec) {
    this.#child = spawn(process.execPath, [program, JSON.stringify(spec)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, UV_USE_IO_URING: '0' },
    });
    running.add(this.#child);
    let text = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      this.lines = text.split('\n').slice(0, -1);
      this.#woken?.();
    });
    this.#closed = new Promise((resolve) => {
      this.#child.on('close', () => {
        running.delete(this.#child);
        this.#ended = true;
        this.#woken?.();
        resolve();
      });
    });
  }

  /** Waits for `seen` to be true of what was said, or for the end. */
  async until(seen: (lines: readonly string[]) => boolean): Promise<void> {
    while (!this.#ended && !seen(this.lines)) {
      await new Promise<void>((resolve) => {
        this.#woken = resolve;
      });
    }
  }

  /** Waits for `count` flushes, or the end. */
  acknowledgements(count: number): Promise<void> {
    return this.until((lines) => lines.filter((line) => line.startsWith('A ')).length >= count);
  }

  ended(): Promise<void> {
    return this.#closed;
  }

  /**
   * Stops it. The main thread stands still afterwards and says nothing more; a call that another
   * thread has in the kernel goes on, unless `settled` asks to wait for that too.
   */
  async stop({ settled }: { readonly settled: boolean }): Promise<void> {
    if (this.#ended) return;
    this.#child.kill('SIGSTOP');
    while (!this.#stands(settled)) await sleep(1);
  }

  /** Kills it and waits until all it had said is read. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  #stands(settled: boolean): boolean {
    const pid = String(this.#child.pid);
    try {
      const states = readdirSync(`/proc/${pid}/task`).map((task) => {
        const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8');
        return { task, state: stat.slice(stat.lastIndexOf(')') + 2)[0] };
      });
      const still = (state: string | undefined): boolean => state === 'T' || state === 'Z';
      return states.every(({ task, state }) => (!settled && task !== pid) || still(state));
    } catch {
      // The process has just ended, which is still enough.
      return true;
    }
  }

  #numberOf(kind: 'O' | 'A', which: 'first' | 'last'): number | null {
    const said = this.lines.filter((line) => line.startsWith(`${kind} `));
    const line = which === 'first' ? said[0] : said.at(-1);
    return line === undefined ? null : Number(line.slice(2));
  }

  /** `seq` that was durable when the log was open; 0 when it never was. */
  get opened(): number {
    return this.#numberOf('O', 'first') ?? 0;
  }

  /** Last `seq` acknowledged as durable. */
  get promised(): number {
    return this.#numberOf('A', 'last') ?? this.opened;
  }

  get closedInOrder(): boolean {
    return this.lines.includes('C');
  }

  get failure(): SaidFailure | null {
    const line = this.lines.find((said) => said.startsWith('E '));
    return line === undefined ? null : (JSON.parse(line.slice(2)) as SaidFailure);
  }

  /** Answers of a failed writer to further calls; null when it did not fail. */
  get refusals(): Readonly<Record<string, string>> | null {
    const line = this.lines.find((said) => said.startsWith('P '));
    return line === undefined ? null : (JSON.parse(line.slice(2)) as Record<string, string>);
  }
}
