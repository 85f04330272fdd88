/**
 * A process that appends batches until it has turned over so many segments and lived so long. Every
 * commit reaches the file in two writes with a pause between them, so that a reader meets halves.
 * Arguments: folder, rotations, milliseconds.
 */
import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { nodeSha256 } from '../../../../src/node/sha256.js';
import { fileStore } from '../../../../src/node/wal-store/file-store.js';
import type { WalFile } from '../../../../src/wal/index.js';
import { openWalWriter } from '../../../../src/wal/index.js';

const [dir = '', rotations = '40', forMs = '0'] = process.argv.slice(2);
const store = fileStore(dir);
const honest = store.create;
store.create = async (name): Promise<WalFile> => {
  const file = await honest(name);
  return {
    ...file,
    async write(bytes, position) {
      if (position > 0 && bytes.length > 1) await pause(1);
      return file.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), position);
    },
  };
};

const log = await openWalWriter(store, {
  walId: '0123456789abcdef0123456789abcdef',
  clock: { nowUs: () => 1_700_000_000_000_000 },
  hasher: nodeSha256,
  policy: { kind: 'always' },
  rotate: { bytes: 1_048_576, events: 24 },
});
let turned = 0;
log.on('rotate', () => {
  turned += 1;
});
const start = performance.now();
writeSync(1, 'O\n');
for (let batch = 1; turned < Number(rotations) || performance.now() - start < Number(forMs); ) {
  const size = 1 + (batch % 5);
  const event = { t: 'Timer', sv: 1, rx: 1_000 + batch, ts: null, src: 'RUNNER' } as const;
  log.appendBatch(
    Array.from({ length: size }, (_, i) => ({
      ...event,
      body: { cause: batch, due: i, id: `of ${size}` },
    })),
  );
  await log.flush();
  batch += 1;
}
await log.close();
writeSync(1, `C ${log.appendedSeq} ${turned}\n`);
