/**
 * A progress bar on stderr, on terminals only.
 * @module
 */
import { statSync } from 'node:fs';
import cliProgress from 'cli-progress';

/** A progress bar; what the two numbers of an update mean is the bar's own. */
export interface ProgressBar {
  update(done: number, other: number): void;
  stop(): void;
}

/** A bar over events of a known number; silent when stderr is no terminal. */
export const eventProgress = (label: string): ProgressBar => {
  if (process.stderr.isTTY !== true) return { update: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar({
    format: `${label} [{bar}] {percentage}% | {value} events`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  let started = false;
  return {
    update: (seq, lastSeq) => {
      if (!started) bar.start(lastSeq, 0);
      started = true;
      bar.update(seq);
    },
    stop: () => bar.stop(),
  };
};

/** A bar over the total size of `files`; silent when stderr is no terminal. */
export const byteProgress = (label: string, files: readonly string[]): ProgressBar => {
  if (process.stderr.isTTY !== true) return { update: () => undefined, stop: () => undefined };
  const sizes = files.map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  const bar = new cliProgress.SingleBar({
    format: `${label} [{bar}] {percentage}% | {events} events`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
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

/** A bar over the bytes of a log, which both numbers of an update count. */
export const logProgress = (label: string): ProgressBar => {
  if (process.stderr.isTTY !== true) return { update: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar({
    format: `${label} [{bar}] {percentage}% | {value} of {total} bytes`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  let started = false;
  return {
    update: (bytes, totalBytes) => {
      if (!started) bar.start(totalBytes, 0);
      started = true;
      bar.update(bytes);
    },
    stop: () => bar.stop(),
  };
};
