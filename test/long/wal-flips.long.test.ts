import { expect, test } from 'vitest';
import { memoryStore, readWal, verifyWal } from 'quantlaxmi/wal';
import { failureOf, hasher, linesOf, writeLog } from '../wal/support.js';

test('every bit of a sealed log, and every byte as 00, FF, LF and blank', async () => {
  const store = memoryStore();
  await writeLog(store, [3, 1, 4, 1, 5, 9, 2, 6], { rotate: { bytes: 3_000, events: 1e6 } });
  const files = store.snapshot();
  let tried = 0;
  for (const [name, bytes] of files) {
    const lines = linesOf(bytes);
    for (let at = 0; at < bytes.length; at += 1) {
      const whole = bytes[at] as number;
      const line = lines.find((l) => l.byte <= at && at < l.end);
      const others = [0, 255, 10, 32, ...Array.from({ length: 8 }, (_, bit) => whole ^ (1 << bit))];
      for (const other of others) {
        if (other === whole) continue;
        bytes[at] = other;
        const broken = memoryStore(files);
        const { problems } = await verifyWal(broken, { hasher, expectSealed: true });
        const read = await failureOf(
          (async () => {
            for await (const _ of readWal(broken, { hasher }));
          })(),
        );
        const place = `${name} byte ${at} = ${other}`;
        expect(problems[0]?.code, place).toBe('WAL_CORRUPT');
        expect([problems[0]?.file, problems[0]?.byte], place).toEqual([name, line?.byte]);
        expect(read.code, place).not.toBe('none');
        tried += 1;
      }
      bytes[at] = whole;
    }
  }
  expect(tried).toBeGreaterThan(50_000);
}, 1_800_000);
