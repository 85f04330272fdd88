import { describe, expect, test } from 'vitest';
import { simStore } from 'quantlaxmi/testing';
import type { WalPolicy } from 'quantlaxmi/wal';
import { memoryStore, openWalWriter, WAL_LIMITS } from 'quantlaxmi/wal';
import { oracleRead } from './oracle.js';
import {
  appendSizes,
  failureOf,
  handClock,
  options,
  readAll,
  timer,
  WAL_ID,
  writeLog,
} from './support.js';

const snapshotEvent = (levels: number) =>
  ({
    t: 'BookSnapshot',
    sv: 1,
    rx: 1,
    ts: null,
    src: 'X',
    body: {
      asks: [],
      bids: Array.from({ length: levels }, (_, i) => [1_000_000_000 - i, 5] as const),
      inst: 'A:B:C',
      venueSeq: 1,
    },
  }) as const;

describe('numbering and commits', () => {
  test('WAL-1: seq is 1, 2, 3, ... across batches, segments and openings', async () => {
    const store = memoryStore();
    const log = await openWalWriter(store, options({ rotate: { bytes: 4_000, events: 7 } }));
    expect(log.append(timer(1))).toBe(1);
    expect(log.appendBatch([timer(2), timer(3)])).toEqual({ first: 2, last: 3 });
    expect(log.appendBatch([])).toEqual({ first: 4, last: 3 });
    await appendSizes(log, [6, 7, 8]);
    await log.close();
    const again = await openWalWriter(store, options());
    expect(again.append(timer(100))).toBe(25);
    await again.close();
    const seqs = (await readAll(store)).map((event) => event.seq);
    expect(seqs).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    expect(store.snapshot().size).toBeGreaterThan(3);
  });

  test('what a flush covers is what was appended when it was called', async () => {
    const store = memoryStore();
    const log = await openWalWriter(store, options());
    log.append(timer(1));
    const first = log.flush();
    log.append(timer(2));
    log.append(timer(3));
    await first;
    expect(log.durableSeq).toBe(1);
    await log.flush();
    await log.close();
    expect(oracleRead(store.snapshot()).commits).toEqual([1, 2]);
  });

  test('appends during a flush go with the next one, all together', async () => {
    const store = memoryStore();
    const log = await openWalWriter(store, options());
    const waits: Promise<unknown>[] = [];
    for (let i = 1; i <= 10; i += 1) {
      log.append(timer(i));
      waits.push(log.durable(i));
    }
    await Promise.all(waits);
    await log.close();
    expect(oracleRead(store.snapshot()).commits).toEqual([1, 9]);
  });

  test('WAL-18: fifty that wait at once share one commit and one sync', async () => {
    const store = simStore();
    const log = await openWalWriter(store, options());
    const syncs = () => store.calls.filter(({ op }) => op === 'datasync').length;
    log.append(timer(1));
    const waits: Promise<unknown>[] = [log.flush()];
    for (let i = 2; i <= 51; i += 1) {
      log.append(timer(i));
      waits.push(i % 2 === 0 ? log.flush() : log.durable(i));
    }
    await Promise.all(waits);
    expect(log.durableSeq).toBe(51);
    expect(syncs()).toBe(2);
    // Nobody waits, nothing is new: no sync. One at a time: one each.
    await Promise.all([log.flush(), log.durable(51), log.ready()]);
    expect(syncs()).toBe(2);
    await appendSizes(log, [1, 1, 1]);
    expect(syncs()).toBe(5);
    await log.close();
    expect(oracleRead(store.snapshot()).commits).toEqual([1, 50, 1, 1, 1]);
  });

  test('WAL-18: two calls of the store never overlap', async () => {
    let running = 0;
    let most = 0;
    const inner = memoryStore();
    const slowly = async <T>(call: () => Promise<T>): Promise<T> => {
      running += 1;
      most = Math.max(most, running);
      for (let i = 0; i < 5; i += 1) await Promise.resolve();
      running -= 1;
      return call();
    };
    const create = async (name: string) => {
      const file = await inner.create(name);
      const write = (bytes: Uint8Array, at: number) => slowly(() => file.write(bytes, at));
      return { ...file, write, datasync: () => slowly(() => file.datasync()) };
    };
    const rotate = { bytes: 1_048_576, events: 7 };
    const log = await openWalWriter({ ...inner, create }, options({ rotate }));
    const waits: Promise<unknown>[] = [];
    for (let i = 1; i <= 60; i += 1) {
      log.append(timer(i));
      waits.push(log.flush());
      if (i % 9 === 0) await Promise.resolve();
    }
    await Promise.all([...waits, log.close()]);
    expect(most).toBe(1);
    expect((await readAll(inner)).length).toBe(60);
  });

  test('WAL-12: equal calls give equal bytes', async () => {
    const [a, b, c] = [memoryStore(), memoryStore(), memoryStore()];
    await writeLog(a, [3, 1, 4], { rotate: { bytes: 2_000, events: 5 } });
    await writeLog(b, [3, 1, 4], { rotate: { bytes: 2_000, events: 5 } });
    await writeLog(c, [3, 4, 1], { rotate: { bytes: 2_000, events: 5 } });
    expect(a.snapshot()).toEqual(b.snapshot());
    expect(a.snapshot()).not.toEqual(c.snapshot());
  });

  test('later changes to an appended event have no effect', async () => {
    const store = memoryStore();
    const log = await openWalWriter(store, options());
    const body = { cause: 1, due: 1, id: 'before' };
    log.append({ ...timer(1), t: 'Timer', body });
    body.id = 'after';
    await log.close();
    expect((await readAll(store))[0]?.body).toEqual({ cause: 1, due: 1, id: 'before' });
  });
});

describe('refusals leave the log as it was', () => {
  test('a bad event in a batch takes the whole batch back', async () => {
    const store = memoryStore();
    const log = await openWalWriter(store, options());
    log.append(timer(1));
    const bad = { ...timer(3), body: { cause: 1, due: 0.5, id: 'x' } } as never;
    expect(() => log.appendBatch([timer(2), bad])).toThrowError(
      expect.objectContaining({ code: 'QL_EVENT_ENCODE' }),
    );
    expect(() => log.append(bad)).toThrowError(
      expect.objectContaining({ code: 'QL_EVENT_ENCODE' }),
    );
    expect(log.append(timer(4))).toBe(2);
    await log.close();
    expect((await readAll(store)).map((e) => e.rx)).toEqual([1_001, 1_004]);
  });

  test('receive times never go back, also across openings', async () => {
    const store = memoryStore();
    const log = await openWalWriter(store, options());
    log.append(timer(1, 50));
    expect(() => log.append(timer(2, 49))).toThrowError(
      expect.objectContaining({ code: 'WAL_RX_ORDER' }),
    );
    expect(log.append(timer(2, 50))).toBe(2);
    await log.close();
    const again = await openWalWriter(store, options());
    expect(() => again.append(timer(3, 49))).toThrowError(
      expect.objectContaining({ code: 'WAL_RX_ORDER' }),
    );
    await again.close();
  });

  test('WAL-10: a line beyond 1 MiB is refused, one just below is kept', async () => {
    const store = memoryStore();
    const log = await openWalWriter(store, options({ rotate: { bytes: 67_108_864, events: 1e6 } }));
    expect(() => log.append(snapshotEvent(90_000))).toThrowError(
      expect.objectContaining({ code: 'WAL_LINE_TOO_LONG' }),
    );
    expect(log.append(snapshotEvent(70_000))).toBe(1);
    await log.close();
    expect((await readAll(store)).length).toBe(1);
  });

  test('WAL-10: a batch beyond the limit is refused whole', async () => {
    const log = await openWalWriter(memoryStore(), options());
    const many = Array.from({ length: WAL_LIMITS.unflushedEvents + 1 }, (_, i) => timer(i));
    expect(() => log.appendBatch(many)).toThrowError(
      expect.objectContaining({ code: 'WAL_BATCH_TOO_LARGE' }),
    );
    expect(log.appendedSeq).toBe(0);
    expect(log.appendBatch(many.slice(0, 40_000)).last).toBe(40_000);
    await log.close();
  });

  test('WAL-10: too much unflushed is refused until ready()', async () => {
    const log = await openWalWriter(
      memoryStore(),
      options({ rotate: { bytes: 6e7, events: 1e6 } }),
    );
    const fill = () => {
      for (let i = 0; i <= WAL_LIMITS.unflushedEvents; i += 1) log.append(timer(1));
    };
    expect(fill).toThrowError(expect.objectContaining({ code: 'WAL_BACKPRESSURE' }));
    const refused = log.appendedSeq + 1;
    expect(refused).toBeGreaterThan(40_000);
    await log.ready();
    expect(log.append(timer(1))).toBe(refused);
    await log.close();
  });

  test('a closed writer takes nothing; closing twice gives the same footer', async () => {
    const log = await openWalWriter(memoryStore(), options());
    log.append(timer(1));
    const footer = await log.close();
    expect(footer).toMatchObject({ why: 'close', n: 1, first: 1, last: 1, seg: 1 });
    expect(await log.close()).toBe(footer);
    expect(log.state).toBe('closed');
    expect(() => log.append(timer(2))).toThrowError(
      expect.objectContaining({ code: 'WAL_CLOSED' }),
    );
    expect((await failureOf(log.durable(9))).code).toBe('WAL_OPTIONS');
  });

  test('options outside their domain are refused before anything is touched', async () => {
    const store = memoryStore();
    for (const over of [
      { walId: 'ABC' },
      { rotate: { bytes: 0, events: 1 } },
      { rotate: { bytes: 67_108_865, events: 1 } },
      { rotate: { bytes: 1_000, events: 0 } },
      { policy: { kind: 'interval', ms: -1, bytes: 1 } as WalPolicy },
      { policy: { kind: 'alway' } as unknown as WalPolicy },
      { policy: {} as unknown as WalPolicy },
      { policy: undefined as unknown as WalPolicy },
    ]) {
      expect((await failureOf(openWalWriter(store, options(over)))).code).toBe('WAL_OPTIONS');
    }
    const { walId: _, ...anonymous } = options();
    expect((await failureOf(openWalWriter(store, anonymous))).code).toBe('WAL_OPTIONS');
    expect(store.snapshot().size).toBe(0);
    await writeLog(store, [1]);
    const log = await openWalWriter(store, anonymous);
    expect(log.walId).toBe(WAL_ID);
    await log.close();
  });
});

describe('durability policies', () => {
  const syncs = async (policy: WalPolicy, step: (us: number) => number) => {
    const clock = handClock();
    const store = simStore();
    const log = await openWalWriter(store, options({ policy, clock }));
    const durable: number[] = [];
    for (let i = 1; i <= 6; i += 1) {
      log.append(timer(i));
      durable.push(await log.flush());
      clock.us = step(clock.us);
    }
    const lost = store.crash('lost');
    return { durable, lost: oracleRead(lost).events.length, log };
  };

  test('WAL-3: always makes every flush durable', async () => {
    const { durable, lost } = await syncs({ kind: 'always' }, (us) => us);
    expect(durable).toEqual([1, 2, 3, 4, 5, 6]);
    expect(lost).toBe(6);
  });

  test('interval syncs by time or by bytes, and says no more than it did', async () => {
    const byTime = await syncs({ kind: 'interval', ms: 50, bytes: 1e9 }, (us) => us + 25_000);
    expect(byTime.durable).toEqual([0, 0, 3, 3, 5, 5]);
    expect(byTime.lost).toBe(5);
    const byBytes = await syncs({ kind: 'interval', ms: 1e9, bytes: 300 }, (us) => us);
    expect(byBytes.durable).toEqual([0, 0, 3, 3, 3, 6]);
  });

  test('os syncs at close and when durable() asks', async () => {
    const never = await syncs({ kind: 'os' }, (us) => us);
    expect(never.durable).toEqual([0, 0, 0, 0, 0, 0]);
    expect(never.lost).toBe(0);
    const store = simStore();
    const log = await openWalWriter(store, options({ policy: { kind: 'os' } }));
    await appendSizes(log, [2, 2]);
    await log.durable(1);
    expect(log.durableSeq).toBe(4);
    expect(oracleRead(store.crash('lost')).events.length).toBe(4);
  });

  test('the watermark d of a commit is the last batch known durable', async () => {
    const d = async (policy: WalPolicy) => {
      const store = memoryStore();
      await writeLog(store, [1, 1, 1, 1], { policy });
      const text = Buffer.from([...store.snapshot().values()][0] ?? []).toString();
      return [...text.matchAll(/"k":"C","b":\d+,"d":(\d+)/g)].map((match) => Number(match[1]));
    };
    expect(await d({ kind: 'always' })).toEqual([0, 1, 2, 3]);
    expect(await d({ kind: 'os' })).toEqual([0, 0, 0, 0]);
    // Three of these commits reach 300 bytes.
    expect(await d({ kind: 'interval', ms: 1e9, bytes: 300 })).toEqual([0, 0, 0, 3]);
  });

  test('WAL-3: under os and interval, what a rotation sealed is durable', async () => {
    for (const policy of [{ kind: 'os' }, { kind: 'interval', ms: 1e9, bytes: 1e9 }] as const) {
      const store = simStore();
      const rotate = { bytes: 1e6, events: 4 };
      const log = await openWalWriter(store, options({ policy, rotate }));
      const seen: number[] = [];
      log.on('durable', (seq) => seen.push(seq));
      await appendSizes(log, [2, 2]);
      expect(log.durableSeq).toBe(0);
      await appendSizes(log, [2]);
      expect([log.durableSeq, log.appendedSeq]).toEqual([4, 6]);
      expect(oracleRead(store.survivors('lost')).events.length).toBe(4);
      await log.close();
      expect(log.durableSeq).toBe(6);
      expect(seen).toEqual([4, 6]);
    }
  });
});

describe('rotation', () => {
  test('WAL-13: segments link up: size, count, day', async () => {
    const store = memoryStore();
    const rotate = { bytes: 2_500, events: 100 };
    await writeLog(store, Array(20).fill(2), { rotate });
    const { headers, footers } = oracleRead(store.snapshot());
    expect(headers.length).toBeGreaterThan(3);
    for (const bytes of store.snapshot().values()) expect(bytes.length).toBeLessThan(2_501);
    expect(footers.map((f) => f['why'])).toEqual([
      ...Array(headers.length - 1).fill('rotate'),
      'close',
    ]);
    const byCount = memoryStore();
    await writeLog(byCount, [3, 3, 3, 3], { rotate: { bytes: 1e6, events: 6 } });
    expect(oracleRead(byCount.snapshot()).footers.map((f) => f['n'])).toEqual([6, 6]);
  });

  test('a new UTC day of receive time starts a segment, when asked for', async () => {
    const day = 86_400_000_000;
    for (const [utcDay, segments] of [
      [true, 2],
      [false, 1],
    ] as const) {
      const store = memoryStore();
      const rotate = { bytes: 1e6, events: 1e6, utcDay };
      const log = await openWalWriter(store, options({ rotate }));
      for (const rx of [day - 2, day - 1, day, day + 1]) {
        log.append(timer(1, rx));
        await log.flush();
      }
      await log.close();
      expect(store.snapshot().size).toBe(segments);
    }
  });

  test('a batch larger than a segment gets one of its own', async () => {
    const store = memoryStore();
    await writeLog(store, [1, 60, 1], { rotate: { bytes: 2_000, events: 1e6 } });
    expect(oracleRead(store.snapshot()).footers.map((f) => f['n'])).toEqual([1, 60, 1]);
  });

  test('tells of durability and rotation; a listener that throws does no harm', async () => {
    const rotate = { bytes: 1e6, events: 2 };
    const log = await openWalWriter(memoryStore(), options({ rotate }));
    const seen: unknown[] = [];
    const stop = log.on('durable', (seq) => seen.push(seq));
    log.on('rotate', (footer) => seen.push(footer.name));
    const loud = new Promise<unknown>((resolve) => {
      process.once('unhandledRejection', resolve);
    });
    const quiet = log.on('durable', () => {
      throw new Error('listener');
    });
    await appendSizes(log, [2]);
    expect(String(await loud)).toContain('listener');
    quiet();
    await appendSizes(log, [2]);
    stop();
    await appendSizes(log, [2]);
    expect(seen).toEqual([
      2,
      '00000001-0000000000000001.wal.jsonl',
      4,
      '00000002-0000000000000003.wal.jsonl',
    ]);
    await log.close();
  });
});
