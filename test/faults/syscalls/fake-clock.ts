/** The wall clock of another process, moved while it runs. */
import { renameSync, writeFileSync } from 'node:fs';

const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

export interface FakeClock {
  /** Environment of the process; its monotonic clock stays the machine's. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets the wall clock to the machine's and so many seconds. */
  readonly set: (offsetSeconds: number) => void;
}

export function fakeClock(file: string, offsetSeconds = 0): FakeClock {
  const set = (seconds: number): void => {
    // Named when whole: the process reads it at every look at its clock.
    writeFileSync(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    renameSync(`${file}.new`, file);
  };
  set(offsetSeconds);
  const env = {
    LD_PRELOAD: LIBRARY,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  return { env, set };
}
