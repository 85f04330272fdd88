/**
 * A process that appends and says what it was promised: `A <seq>` per acknowledged flush. Its
 * parent kills it. Arguments: folder, batches (0: until killed), lock kind.
 */
import { writeSync } from 'node:fs';
import { nodeSha256 } from '../../../src/node/sha256.js';
import { fileStore } from '../../../src/node/wal-store/file-store.js';
import { openWalWriter } from '../../../src/wal/index.js';

const [dir = '', batches = '0', lockKind = 'flock', lie = ''] = process.argv.slice(2);
const kind = lockKind === 'file' ? 'file' : 'flock';

const store = fileStore(dir, { lockKind: kind });
const honest = store.create;
if (lie === 'lie') {
  // The control: says that bytes are written before they are.
  store.create = async (name) => {
    const file = await honest(name);
    let held: (() => Promise<unknown>)[] = [];
    const write = async (bytes: Uint8Array, position: number): Promise<number> => {
      const copy = bytes.slice();
      held.push(() => file.write(copy, position));
      if (held.length > 20) {
        const all = held;
        held = [];
        for (const later of all) await later();
      }
      return bytes.length;
    };
    return name.includes('.wal.') && name.endsWith('.tmp')
      ? { ...file, write: lazily(file, write) }
      : file;
  };
}

/** The header goes through, or recovery would find no segment at all. */
function lazily(
  file: Awaited<ReturnType<typeof honest>>,
  write: (bytes: Uint8Array, position: number) => Promise<number>,
) {
  return (bytes: Uint8Array, position: number) =>
    position === 0 ? file.write(bytes, position) : write(bytes, position);
}

try {
  const log = await openWalWriter(store, {
    walId: '0123456789abcdef0123456789abcdef',
    clock: { nowUs: () => 1_700_000_000_000_000 },
    hasher: nodeSha256,
    policy: { kind: 'always' },
    rotate: { bytes: 40_000, events: 1_000_000 },
  });
  writeSync(1, `O ${log.appendedSeq}\n`);
  for (let i = 0; batches === '0' || i < Number(batches); i += 1) {
    const seq = log.appendedSeq;
    const size = 1 + (seq % 7);
    const event = { t: 'Timer', sv: 1, rx: 10_000, ts: null, src: 'RUNNER' } as const;
    log.appendBatch(
      Array.from({ length: size }, (_, k) => ({
        ...event,
        body: { cause: seq + k + 1, due: size, id: `${seq + 1}` },
      })),
    );
    writeSync(1, `A ${await log.flush()}\n`);
  }
  await log.close();
  writeSync(1, 'C\n');
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  writeSync(1, `E ${code} ${message}\n`);
  process.exitCode = 1;
}
