import { describe, expect, test } from 'vitest';
import type { WalAlarm, WalFile, WalStore, WalStallOptions } from 'quantlaxmi/wal';
import { memoryStore, openWalWriter, verifyWal, WAL_LIMITS } from 'quantlaxmi/wal';
import { appendSizes, failureOf, handClock, hasher, options, readAll, timer } from './support.js';

/** An alarm rung by hand; `set` holds what has not rung and was not called off. */
function handAlarm() {
  const set: { delayUs: number; ring: () => void }[] = [];
  const delays: number[] = [];
  const alarm: WalAlarm = (delayUs, ring) => {
    const entry = { delayUs, ring };
    set.push(entry);
    delays.push(delayUs);
    return () => {
      if (set.includes(entry)) set.splice(set.indexOf(entry), 1);
    };
  };
  const ring = (): void => set.shift()?.ring();
  return { alarm, set, delays, ring };
}

type Primitive = Exclude<keyof WalStore, 'place' | 'lock'> | keyof WalFile;

/** A store whose primitive stops answering when told to, and goes on when let go. */
function stoppable(store: WalStore = memoryStore()) {
  const state = { stopped: null as Primitive | null, calls: [] as string[], letGo: () => {} };
  const gate = <T>(op: Primitive, call: () => Promise<T>): Promise<T> => {
    state.calls.push(op);
    if (state.stopped !== op) return call();
    return new Promise<void>((resolve) => {
      state.letGo = resolve;
    }).then(call);
  };
  const wrapFile = (file: WalFile): WalFile => ({
    size: () => gate('size', () => file.size()),
    read: (into, at) => gate('read', () => file.read(into, at)),
    write: (bytes, at) => gate('write', () => file.write(bytes, at)),
    datasync: () => gate('datasync', () => file.datasync()),
    sync: () => gate('sync', () => file.sync()),
    close: () => gate('close', () => file.close()),
  });
  const wrapped: WalStore = {
    place: store.place,
    lock: () => store.lock(),
    list: (folder) => gate('list', () => store.list(folder)),
    create: (name) => gate('create', async () => wrapFile(await store.create(name))),
    open: (name) => gate('open', async () => wrapFile(await store.open(name))),
    link: (from, to) => gate('link', () => store.link(from, to)),
    rename: (from, to) => gate('rename', () => store.rename(from, to)),
    remove: (name) => gate('remove', () => store.remove(name)),
    seal: (name) => gate('seal', () => store.seal(name)),
    syncFolder: (folder) => gate('syncFolder', () => store.syncFolder(folder)),
    freeBytes: () => gate('freeBytes', () => store.freeBytes()),
  };
  return { store: wrapped, state };
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 50; i += 1) await Promise.resolve();
};

async function stoppedLog(stopped: Primitive, stall: WalStallOptions = {}, rotateEvents = 1e6) {
  const hand = handAlarm();
  const inner = memoryStore();
  const { store, state } = stoppable(inner);
  const rotate = { bytes: 1e6, events: rotateEvents };
  const log = await openWalWriter(
    store,
    options({ rotate, stall: { alarm: hand.alarm, ...stall } }),
  );
  const told: string[] = [];
  log.on('stall', (ageUs) => told.push(`stall ${ageUs}`));
  log.on('poison', (error) => told.push(error.code));
  await appendSizes(log, [1]);
  state.stopped = stopped;
  return { inner, store, state, log, told, hand };
}

describe('WAL-16: a disk that does not answer', () => {
  test('is told of, then ends the writer, when nobody appends', async () => {
    const { log, told, hand, state } = await stoppedLog('datasync');
    log.append(timer(2));
    const waiting = [log.flush(), log.durable(2), log.flush()].map(failureOf);
    await settled();
    hand.ring();
    expect(told).toEqual([`stall ${WAL_LIMITS.stallWarnUs}`]);
    expect(log.state).toBe('open');
    expect(log.append(timer(3))).toBe(3);
    hand.ring();
    expect(told).toEqual([`stall ${WAL_LIMITS.stallWarnUs}`, 'WAL_POISONED']);
    expect(hand.delays.slice(-2)).toEqual([5_000_000, 25_000_000]);
    for (const failed of await Promise.all(waiting)) {
      expect(failed.code).toBe('WAL_POISONED');
      expect(failed.message).toContain('the disk has not answered for 30000 ms during datasync on');
      expect(failed.message).toContain('durable up to seq 1');
    }
    expect(() => log.append(timer(4))).toThrowError(
      expect.objectContaining({ code: 'WAL_POISONED' }),
    );
    const calls = state.calls.length;
    expect((await failureOf(log.close())).code).toBe('WAL_POISONED');
    expect((await failureOf(log.ready())).code).toBe('WAL_POISONED');
    expect(state.calls.length).toBe(calls);
    expect(hand.set).toEqual([]);
  });

  test('control: with the thresholds far off the same log just waits', async () => {
    const far = { warnUs: 3_600_000_000, haltUs: 3_600_000_000 };
    const { log, told, hand, state } = await stoppedLog('datasync', far);
    log.append(timer(2));
    const waiting = failureOf(log.flush());
    await settled();
    // Half an hour later: nothing has rung.
    expect(hand.set.filter(({ delayUs }) => delayUs <= 1_800_000_000)).toEqual([]);
    state.letGo();
    expect((await waiting).code).toBe('none');
    expect(told).toEqual([]);
    expect(log.durableSeq).toBe(2);
  });

  test('keeps file and lock until it has answered, and is asked nothing more', async () => {
    const { log, hand, state, store, inner } = await stoppedLog('datasync');
    log.append(timer(2));
    const flushing = failureOf(log.flush());
    await settled();
    hand.ring();
    hand.ring();
    await flushing;
    await failureOf(log.close());
    const calls = state.calls.length;
    expect((await failureOf(store.lock())).code).toBe('WAL_LOCKED');
    state.letGo();
    await settled();
    expect(state.calls.slice(calls)).toEqual(['close']);
    expect(log.durableSeq).toBe(1);
    const again = await openWalWriter(inner, options());
    expect(again.recovered?.lastSeq).toBe(2);
    await again.close();
  });

  test.each<Primitive>(['create', 'write', 'sync', 'link', 'remove', 'syncFolder', 'freeBytes'])(
    'during a rotation: %s; the steps after it are not taken when it comes back',
    async (op) => {
      const { log, hand, state, told, inner } = await stoppedLog(op, {}, 1);
      log.append(timer(2));
      const flushing = failureOf(log.flush());
      await settled();
      hand.ring();
      hand.ring();
      expect((await flushing).message).toContain(`during ${op} on`);
      expect((await failureOf(log.close())).code).toBe('WAL_POISONED');
      const calls = state.calls.length;
      state.stopped = null;
      state.letGo();
      await settled();
      expect(state.calls.slice(calls).filter((call) => call !== 'close')).toEqual([]);
      expect(told.at(-1)).toBe('WAL_POISONED');
      const again = await openWalWriter(inner, options());
      expect(again.appendedSeq).toBeGreaterThanOrEqual(1);
      await again.close();
      expect((await verifyWal(inner, { hasher })).problems).toEqual([]);
    },
  );

  test.each<Primitive>(['write', 'datasync', 'close', 'seal'])(
    'while closing: %s; close rejects and does not hang',
    async (op) => {
      const { log, hand } = await stoppedLog(op);
      const closing = failureOf(log.close());
      await settled();
      hand.ring();
      hand.ring();
      expect((await closing).message).toContain(`during ${op} on`);
      expect(log.state).toBe('poisoned');
    },
  );

  test('memory is bounded: append refuses before the halt as after it', async () => {
    const { log, hand } = await stoppedLog('datasync');
    log.append(timer(2));
    const flushing = failureOf(log.flush());
    let refused = '';
    for (let i = 0; refused === '' && i <= 2 * WAL_LIMITS.unflushedEvents; i += 1) {
      try {
        log.append(timer(3));
      } catch (error) {
        refused = (error as { code: string }).code;
      }
    }
    expect(refused).toBe('WAL_BACKPRESSURE');
    const ready = failureOf(log.ready());
    hand.ring();
    hand.ring();
    expect([(await flushing).code, (await ready).code]).toEqual(['WAL_POISONED', 'WAL_POISONED']);
  });

  test('a flush that returns in time is not told of, however many follow', async () => {
    const { log, hand, told } = await stoppedLog('size');
    await appendSizes(log, [1, 1, 1]);
    expect(hand.set).toEqual([]);
    await log.close();
    expect(hand.set).toEqual([]);
    expect(told).toEqual([]);
  });

  test('with an alarm the clock has no say, so that setting it halts nothing', async () => {
    const clock = handClock();
    const hand = handAlarm();
    const { store, state } = stoppable();
    const log = await openWalWriter(store, options({ clock, stall: { alarm: hand.alarm } }));
    state.stopped = 'datasync';
    log.append(timer(1));
    const flushing = log.flush();
    await settled();
    clock.us += 30 * 86_400_000_000;
    expect(log.append(timer(2))).toBe(2);
    state.stopped = null;
    state.letGo();
    expect(await flushing).toBe(1);
    await log.close();
  });

  test('without an alarm the clock judges, at each append', async () => {
    const clock = handClock();
    const { store, state } = stoppable();
    const log = await openWalWriter(store, options({ clock }));
    const told: number[] = [];
    log.on('stall', (age) => told.push(age));
    state.stopped = 'datasync';
    log.append(timer(1));
    const flushing = failureOf(log.flush());
    await settled();
    clock.us += 5_000_001;
    log.append(timer(2));
    log.append(timer(3));
    expect(told).toEqual([5_000_001]);
    clock.us += 25_000_000;
    expect(() => log.append(timer(4))).toThrowError(
      expect.objectContaining({ code: 'WAL_POISONED' }),
    );
    expect((await flushing).message).toContain('has not answered for 30000 ms');
    expect(log.durableSeq).toBe(0);
  });

  test('thresholds outside their domain are refused', async () => {
    for (const stall of [
      { warnUs: 0 },
      { warnUs: 2, haltUs: 1 },
      { haltUs: 86_400_000_001 },
      { warnUs: 0.5 },
      { haltUs: Number.NaN },
    ]) {
      const opening = openWalWriter(memoryStore(), options({ stall }));
      expect((await failureOf(opening)).code).toBe('WAL_OPTIONS');
    }
  });
});

test('a log with an alarm has the bytes of one without', async () => {
  const [a, b] = [memoryStore(), memoryStore()];
  for (const [store, stall] of [
    [a, {}],
    [b, { alarm: handAlarm().alarm }],
  ] as const) {
    const log = await openWalWriter(store, options({ stall }));
    await appendSizes(log, [3, 2]);
    await log.close();
  }
  expect(a.snapshot()).toEqual(b.snapshot());
  expect((await readAll(a)).length).toBe(5);
});
