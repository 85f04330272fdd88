import { describe, expect, test } from 'vitest';
import { simStore } from 'quantlaxmi/testing';
import { memoryStore, openWalWriter, verifyWal } from 'quantlaxmi/wal';
import {
  appendSizes,
  failureOf,
  handClock,
  hasher,
  options,
  readAll,
  timer,
  writeLog,
} from './support.js';

describe('WAL-6: the first failure is the last call', () => {
  const run = async (op: string, nth: number, code: string) => {
    let left = nth;
    const store = simStore({
      fault: (call) => (call.op === op && (left -= 1) < 0 ? code : null),
    });
    const log = await openWalWriter(store, options({ rotate: { bytes: 1e6, events: 4 } }));
    const told: string[] = [];
    log.on('poison', (error) => told.push(error.code));
    await appendSizes(log, [1, 1]);
    return { store, log, told };
  };

  test.each([
    ['write', 3, 'ENOSPC'],
    ['datasync', 2, 'EIO'],
  ])('%s', async (op, nth, code) => {
    const { store, log, told } = await run(op, nth, code);
    log.append(timer(3));
    const waiting = failureOf(log.durable(3));
    const failed = await failureOf(log.flush());
    expect(failed.code).toBe('WAL_POISONED');
    expect(failed.message).toContain(code);
    expect(failed.message).toContain('durable up to seq 2');
    expect(failed.message).toContain('00000001-0000000000000001.wal.jsonl');
    expect(await waiting).toBe(failed);
    expect(told).toEqual(['WAL_POISONED']);
    expect(log.state).toBe('poisoned');
    expect(log.durableSeq).toBe(2);
    const calls = store.calls.length;
    expect(() => log.append(timer(4))).toThrowError(
      expect.objectContaining({ code: 'WAL_POISONED' }),
    );
    for (const again of [log.flush(), log.durable(3), log.ready()]) {
      expect((await failureOf(again)).code).toBe('WAL_POISONED');
    }
    expect(store.calls.length).toBe(calls);
    expect((await failureOf(log.close())).code).toBe('WAL_POISONED');
    expect(store.calls.slice(calls).map((call) => call.op)).toEqual(['close']);
    await (await store.lock()).release();
  });

  test.each(['create', 'sync', 'link', 'remove', 'syncFolder', 'close', 'seal'])(
    'in rotation: %s',
    async (op) => {
      let armed = false;
      const store = simStore({ fault: (call) => (armed && call.op === op ? 'EIO' : null) });
      const log = await openWalWriter(store, options({ rotate: { bytes: 1e6, events: 4 } }));
      await appendSizes(log, [2, 2]);
      armed = true;
      log.append(timer(5));
      const failed = await failureOf(log.flush());
      expect(failed.code).toBe('WAL_POISONED');
      expect(log.durableSeq).toBe(4);
      const back = memoryStore(store.crash('lost'));
      const again = await openWalWriter(back, options());
      expect(again.recovered?.lastSeq).toBe(4);
      await again.close();
      expect((await verifyWal(back, { hasher })).problems).toEqual([]);
    },
  );

  test('a short write is gone on with; a full disk poisons with its errno', async () => {
    const whole = memoryStore();
    await writeLog(whole, [5, 5]);
    const tiny = simStore({ writeBytesMax: 7 });
    await writeLog(tiny, [5, 5]);
    expect(tiny.snapshot()).toEqual(whole.snapshot());
    const full = simStore({ spaceBytes: 1_500 });
    const log = await openWalWriter(full, options());
    const failed = await failureOf(appendSizes(log, [2, 2, 2, 2, 2]));
    expect(failed.code).toBe('WAL_POISONED');
    expect(failed.context['errno']).toContain('ENOSPC');
    const kept = log.durableSeq;
    expect(kept).toBeGreaterThan(0);
    const again = memoryStore(full.snapshot());
    await (await openWalWriter(again, options())).close();
    expect((await readAll(again)).filter((e) => e.t === 'Timer').length).toBe(kept);
  });

  test('a flush that does not return is told of, then closes the writer', async () => {
    const clock = handClock();
    let release = (): void => undefined;
    const store = memoryStore();
    const slow = {
      ...store,
      async create(name: string) {
        const file = await store.create(name);
        const gate = new Promise<void>((resolve) => {
          release = resolve;
        });
        return { ...file, datasync: () => gate };
      },
    };
    const log = await openWalWriter(slow, options({ clock }));
    const told: number[] = [];
    log.on('stall', (age) => told.push(age));
    log.append(timer(1));
    const flushing = failureOf(log.flush());
    clock.us += 5_000_001;
    log.append(timer(2));
    log.append(timer(3));
    expect(told).toEqual([5_000_001]);
    clock.us += 25_000_000;
    expect(() => log.append(timer(4))).toThrowError(
      expect.objectContaining({ code: 'WAL_POISONED' }),
    );
    expect((await flushing).message).toContain('has not returned for 30000 ms');
    release();
    expect(log.durableSeq).toBe(0);
  });
});
