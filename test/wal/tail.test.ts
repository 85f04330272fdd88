import { describe, expect, test } from 'vitest';
import type { Event } from 'quantlaxmi/events';
import { memoryStore, openWalWriter, tailWal, type WalStore } from 'quantlaxmi/wal';
import { appendSizes, failureOf, hasher, options, timer, writeLog } from './support.js';

/** Follows `store` until `steps` have run out, one at each look without news. */
async function follow(
  store: WalStore,
  steps: readonly (() => unknown)[],
  from: { readonly fromSeq?: number; readonly fromRx?: number } = {},
): Promise<Event[]> {
  const signal = { aborted: false };
  const left = [...steps];
  const wait = async () => {
    const step = left.shift();
    if (step === undefined) signal.aborted = true;
    else await step();
  };
  const seen: Event[] = [];
  const how = { hasher, wait, signal, ...from };
  for await (const events of tailWal(store, how)) seen.push(...events);
  return seen;
}

describe('where a follower starts', () => {
  test('at a time that has not come yet: with the first event received then', async () => {
    const store = memoryStore();
    const log = await openWalWriter(store, options({ rotate: { bytes: 1e6, events: 4 } }));
    await appendSizes(log, [3, 3, 3]);
    const later = async (seq: number, rx: number) => {
      log.append(timer(seq, rx));
      await log.flush();
    };
    const steps = [() => later(10, 5_000), () => later(11, 5_999), () => later(12, 6_000)];
    const seen = await follow(store, [...steps, () => later(13, 6_001)], { fromRx: 6_000 });
    expect(seen.map((event) => event.rx)).toEqual([6_000, 6_001]);
  });

  test('an event that a crash took away does not count as the first one', async () => {
    const store = memoryStore();
    const log = await openWalWriter(store, options());
    await appendSizes(log, [2]);
    const kept = store.snapshot();
    log.append(timer(3, 9_000));
    await log.flush();
    const [name, bytes] = [...store.snapshot()][0] as [string, Uint8Array];
    const lost = bytes.slice(0, bytes.length - 30);
    let now = memoryStore(new Map([[name, lost]]));
    const view = new Proxy({} as WalStore, { get: (_, key) => Reflect.get(now, key) });
    const again = async () => {
      now = memoryStore(kept);
      const next = await openWalWriter(now, options());
      next.append(timer(9, 8_000));
      next.append(timer(10, 9_500));
      await next.close();
    };
    const seen = await follow(view, [() => undefined, again], { fromRx: 8_500 });
    expect(seen.map((event) => event.rx)).toEqual([9_500]);
  });
});

test('WAL-20: a segment without footer that another follows is an error, not a wait', async () => {
  const store = memoryStore();
  await writeLog(store, [3, 3, 3], { rotate: { bytes: 1e6, events: 3 } });
  const files = store.snapshot();
  const [first] = [...files.keys()].sort() as [string];
  const bytes = files.get(first) as Uint8Array;
  const noFooter = bytes.slice(0, bytes.lastIndexOf(10, bytes.length - 2) + 1);
  const stripped = memoryStore(new Map(files).set(first, noFooter));
  expect((await failureOf(follow(stripped, []))).code).toBe('WAL_UNSEALED');
  const torn = memoryStore(new Map(files).set(first, noFooter.slice(0, -40)));
  expect((await failureOf(follow(torn, []))).code).toBe('WAL_UNSEALED');
  // Control: at the end of the log it is the place to wait at.
  const alone = memoryStore(new Map([[first, noFooter]]));
  expect((await follow(alone, [])).length).toBe(3);
});

test('a file that goes away between being listed and opened is looked for again', async () => {
  const inner = memoryStore();
  await writeLog(inner, [3]);
  let refusals = 2;
  const store = {
    ...inner,
    async open(name: string) {
      if (refusals-- > 0)
        throw Object.assign(new Error('gone'), { code: 'ENOENT', syscall: 'open' });
      return inner.open(name);
    },
  };
  const steps = [() => undefined, () => undefined];
  expect((await follow(store, steps)).length).toBe(3);
  const refuse = {
    ...inner,
    open: async () => Promise.reject(Object.assign(new Error(), { code: 'EIO' })),
  };
  expect((await failureOf(follow(refuse, []))).code).toBe('WAL_IO');
});

test('WAL-10: a follower that is far behind takes a log in pieces', async () => {
  const store = memoryStore();
  await writeLog(store, Array(40).fill(1_000));
  const signal = { aborted: false };
  const wait = async () => {
    signal.aborted = true;
  };
  const sizes: number[] = [];
  for await (const events of tailWal(store, { hasher, wait, signal })) sizes.push(events.length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(40_000);
  expect(Math.max(...sizes)).toBeLessThan(10_000);
});
