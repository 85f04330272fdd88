/**
 * A progress bar on stderr, on terminals only.
 * @module
 */
import { statSync } from 'node:fs';
import cliProgress from 'cli-progress';
import type { LiveProgress } from '../node/index.js';

/** A progress bar; what the two numbers of an update mean is the bar's own. */
export interface ProgressBar {
  update(done: number, other: number): void;
  stop(): void;
}

const SILENT: ProgressBar = { update: () => undefined, stop: () => undefined };

const SHOW_EVERY_MS = 200;

const newBar = (format: string): cliProgress.SingleBar =>
  new cliProgress.SingleBar({
    format,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });

/** A bar over so many of something, both stated at each update; silent without a terminal. */
export const countProgress = (label: string, what: string): ProgressBar => {
  if (process.stderr.isTTY !== true) return SILENT;
  const bar = newBar(`${label} [{bar}] {percentage}% | {value} of {total} ${what}`);
  let started = false;
  return {
    update: (done, total) => {
      if (!started) bar.start(total, 0);
      started = true;
      bar.update(done);
    },
    stop: () => {
      if (started) bar.stop();
    },
  };
};

/** A line about a capture that goes on; silent without a terminal. */
export const liveProgress = (): {
  update(progress: LiveProgress): void;
  stop(): void;
} => {
  const { stderr } = process;
  if (stderr.isTTY !== true) return { update: () => undefined, stop: () => undefined };
  let shownAt = 0;
  return {
    update: ({ records, seq, state }) => {
      const now = Date.now();
      if (now - shownAt < SHOW_EVERY_MS) return;
      shownAt = now;
      stderr.write(`\r\u001b[Kcapture ${state}: ${records} records, ${seq} events durable`);
    },
    stop: () => {
      if (shownAt > 0) stderr.write('\n');
    },
  };
};

/** A bar over events of a known number: the last `seq` done, and of all. */
export const eventProgress = (label: string): ProgressBar => countProgress(label, 'events');

/** A bar over the bytes of a log: those read, and all. */
export const logProgress = (label: string): ProgressBar => countProgress(label, 'bytes');

/** A bar over the total size of `files`; silent when stderr is no terminal. */
export const byteProgress = (label: string, files: readonly string[]): ProgressBar => {
  if (process.stderr.isTTY !== true) return SILENT;
  const sizes = files.map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  const bar = newBar(`${label} [{bar}] {percentage}% | {events} events`);
  bar.start(
    sizes.reduce((sum, size) => sum + size, 0),
    0,
    { events: 0 },
  );
  return {
    update: (bytes, events) => bar.update(bytes, { events }),
    stop: () => bar.stop(),
  };
};
