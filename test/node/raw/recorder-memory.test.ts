import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openRawRecorder } from 'quantlaxmi/node';
import { RAW_FORMAT, type RawRecord } from 'quantlaxmi/venues/feed';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../folders.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
const MIB = 1_048_576;

/** Memory outside the heap, once what nobody holds is gone. */
async function buffers(): Promise<number> {
  for (let i = 0; i < 3; i += 1) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().arrayBuffers;
}

const answer = (bytes: number): RawRecord => ({
  ...{ kind: 'answer', rx: 1, tookUs: 1, status: 200, url: '/api/v3/exchangeInfo' },
  bytes: new Uint8Array(bytes).fill(0x20),
});

test('NODE-29: one long answer leaves no buffer of its length behind', async () => {
  const recorder = await openRawRecorder(join(temporaryFolder(), 'raw'), {
    head: { fmt: RAW_FORMAT, sessionId: 'ses-1', settings: {}, venue: 'test' },
    ...{ clock: { nowUs: () => 1 }, sync: false },
  });
  recorder.write([answer(10)]);
  await recorder.flush();
  const before = await buffers();
  recorder.write([answer(24 * MIB)]);
  // The control: what waits to be written is seen.
  expect((await buffers()) - before).toBeGreaterThan(20 * MIB);
  await recorder.flush();
  expect((await buffers()) - before).toBeLessThan(8 * MIB);
  await recorder.close();
});
