/**
 * A process that looks at a log: `verify`, `read`, `tail` or `recover`. Says `C <events>` when all
 * was well, `E <json>` otherwise. Its standard error is empty.
 */
import { writeSync } from 'node:fs';
import { nodeSha256 } from '../../../../src/node/sha256.js';
import { fileStore } from '../../../../src/node/wal-store/file-store.js';
import { openWalWriter, readWal, tailWal, verifyWal } from '../../../../src/wal/index.js';

const [mode = '', dir = ''] = process.argv.slice(2);
const say = (line: string): void => void writeSync(1, `${line}\n`);
const hasher = nodeSha256;
const store = fileStore(dir);

const LOOKS: Readonly<Record<string, () => Promise<number>>> = {
  async verify() {
    const { problems, totalEvents } = await verifyWal(store, { hasher });
    const [problem] = problems;
    if (problem !== undefined) throw Object.assign(new Error(problem.message), problem);
    return totalEvents;
  },
  async read() {
    let count = 0;
    for await (const batch of readWal(store, { hasher, upTo: 'commit' })) count += batch.length;
    return count;
  },
  async tail() {
    const signal = { aborted: false };
    const wait = (): Promise<void> => {
      signal.aborted = true;
      return Promise.resolve();
    };
    let count = 0;
    for await (const batch of tailWal(store, { hasher, wait, signal })) count += batch.length;
    return count;
  },
  async recover() {
    const log = await openWalWriter(store, {
      clock: { nowUs: () => 1_700_000_000_000_000 },
      hasher,
      policy: { kind: 'always' },
      rotate: { bytes: 65_536, events: 1_000 },
    });
    const { appendedSeq } = log;
    await log.close();
    return appendedSeq;
  },
};

try {
  say(`C ${await LOOKS[mode]?.()}`);
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  say(`E ${JSON.stringify({ phase: 'open', code, message })}`);
}
