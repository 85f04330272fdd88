/**
 * A progress bar on stderr, on terminals only.
 * @module
 */
import { statSync } from 'node:fs';
import cliProgress from 'cli-progress';

/** A bar over the bytes of some files. */
export interface ByteProgress {
  update(bytes: number, events: number): void;
  stop(): void;
}

/** A bar over the total size of `files`; silent when stderr is no terminal. */
export const byteProgress = (label: string, files: readonly string[]): ByteProgress => {
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
