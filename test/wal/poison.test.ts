import { describe, expect, test } from 'vitest';
import { simStore } from 'quantlaxmi/testing';
import { memoryStore, openWalWriter, verifyWal } from 'quantlaxmi/wal';
import { appendSizes, failureOf, hasher, options, readAll, timer, writeLog } from './support.js';

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
      expect(failed.message).toContain(`EIO (errno -1) during ${op} on`);
      expect(log.durableSeq).toBe(4);
      const calls = store.calls.length;
      expect((await failureOf(log.flush())).code).toBe('WAL_POISONED');
      await failureOf(log.close());
      expect(store.calls.slice(calls).filter((call) => call.op !== 'close')).toEqual([]);
      const back = memoryStore(store.crash('lost'));
      const again = await openWalWriter(back, options());
      expect(again.recovered?.lastSeq).toBe(4);
      await again.close();
      expect((await verifyWal(back, { hasher })).problems).toEqual([]);
    },
  );

  test.each([
    ['EIO', -5, 'EIO (errno -5)'],
    ['ENOSPC', -28, 'ENOSPC (errno -28)'],
    ['UNKNOWN', -122, 'UNKNOWN (errno -122)'],
    ['EAGAIN', -11, 'EAGAIN (errno -11)'],
    ['EROFS', -30, 'EROFS (errno -30)'],
    ['EFBIG', -27, 'EFBIG (errno -27)'],
  ])('any errno of any write or sync, never tried again: %s %i', async (code, errno, said) => {
    for (const [method, syscall] of [
      ['write', 'write'],
      ['datasync', 'fdatasync'],
    ] as const) {
      const inner = memoryStore();
      let calls = 0;
      let broken = false;
      const create = async (name: string) => {
        const file = await inner.create(name);
        const fails = async (): Promise<never> => {
          calls += 1;
          throw Object.assign(new Error(code), { code, errno, syscall });
        };
        const call = file[method] as (...args: unknown[]) => Promise<never>;
        return { ...file, [method]: (...args: unknown[]) => (broken ? fails() : call(...args)) };
      };
      const log = await openWalWriter({ ...inner, create } as never, options());
      await appendSizes(log, [1]);
      broken = true;
      log.append(timer(2));
      const failed = await failureOf(log.flush());
      expect(failed.code).toBe('WAL_POISONED');
      expect(failed.message).toBe(
        `${said} during ${syscall} on 00000001-0000000000000001.wal.jsonl; writer closed, ` +
          'durable up to seq 1. Do not retry; restart to recover',
      );
      expect(failed.context).toMatchObject({ syscall, errno: said, durableSeq: 1 });
      expect((await failureOf(log.flush())).code).toBe('WAL_POISONED');
      expect((await failureOf(log.close())).code).toBe('WAL_POISONED');
      expect(calls).toBe(1);
    }
  });

  test.each(['rename', 'sync', 'create', 'write', 'syncFolder', 'open', 'list'])(
    'a recovery that fails in %s opens nothing, and is done at the next opening',
    async (op) => {
      const before = memoryStore();
      await appendSizes(await openWalWriter(before, options()), [3]);
      let asked = 0;
      const store = simStore({
        files: before.snapshot(),
        fault: (call) => (call.op === op && (asked += 1) === 1 ? 'EIO' : null),
      });
      const failed = await failureOf(openWalWriter(store, options()));
      expect(failed.code).toBe('WAL_IO');
      expect(failed.message).toContain('EIO');
      const again = await openWalWriter(store, options());
      expect(again.recovered?.lastSeq).toBe(3);
      await again.close();
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
});
