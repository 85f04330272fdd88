import { describe, expect, test } from 'vitest';
import { simStore } from 'quantlaxmi/testing';
import type { WalFile, WalPolicy, WalStore, WalWriter } from 'quantlaxmi/wal';
import { openWalWriter, verifyWal } from 'quantlaxmi/wal';
import { failureOf, hasher, options, timer } from './support.js';

const POLICIES: readonly WalPolicy[] = [
  { kind: 'always' },
  { kind: 'interval', ms: 3_600_000, bytes: 1_000_000 },
  { kind: 'os' },
];

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A store whose every call takes its time, counts those that run beside it, and is told of. */
function slowStore() {
  const inner = simStore();
  const seen = { most: 0, running: 0, calls: 0, onCall: (_n: number): void => undefined };
  const slowly = async <T>(call: () => Promise<T>): Promise<T> => {
    seen.running += 1;
    seen.calls += 1;
    seen.most = Math.max(seen.most, seen.running);
    try {
      seen.onCall(seen.calls);
      await turn();
      await turn();
      return await call();
    } finally {
      seen.running -= 1;
    }
  };
  const slowFile = (file: WalFile): WalFile => {
    let open = true;
    const using = <T>(call: () => Promise<T>): Promise<T> =>
      slowly(async () => {
        if (!open) throw Object.assign(new Error('closed file'), { code: 'EBADF' });
        return await call();
      });
    return {
      size: () => using(() => file.size()),
      read: (into, at) => using(() => file.read(into, at)),
      write: (bytes, at) => using(() => file.write(bytes, at)),
      datasync: () => using(() => file.datasync()),
      sync: () => using(() => file.sync()),
      async close() {
        await using(() => file.close());
        open = false;
      },
    };
  };
  const store: WalStore = {
    place: inner.place,
    lock: () => inner.lock(),
    list: (folder) => slowly(() => inner.list(folder)),
    create: (name) => slowly(async () => slowFile(await inner.create(name))),
    open: (name) => slowly(async () => slowFile(await inner.open(name))),
    link: (from, to) => slowly(() => inner.link(from, to)),
    rename: (from, to) => slowly(() => inner.rename(from, to)),
    remove: (name) => slowly(() => inner.remove(name)),
    seal: (name) => slowly(() => inner.seal(name)),
    syncFolder: (folder) => slowly(() => inner.syncFolder(folder)),
    freeBytes: () => inner.freeBytes(),
  };
  return { inner, seen, store };
}

interface Asked {
  readonly name: string;
  readonly ask: (log: WalWriter) => Promise<unknown>;
}

const ASKED: readonly Asked[] = [
  { name: 'durable', ask: (log) => log.durable(log.appendedSeq) },
  { name: 'flush', ask: (log) => log.flush() },
  { name: 'both', ask: (log) => Promise.all([log.durable(1), log.flush(), log.durable(3)]) },
];

/** Closes a log of three events, the last not flushed, and asks at the `at`-th call of closing. */
async function closing(policy: WalPolicy, at: number, ask: Asked['ask']) {
  const { inner, seen, store } = slowStore();
  const log = await openWalWriter(store, options({ policy, ballastBytes: 4_096 }));
  const poisons: unknown[] = [];
  log.on('poison', (error) => poisons.push(error));
  log.append(timer(1));
  log.append(timer(2));
  await log.flush();
  log.append(timer(3));
  const before = seen.calls;
  seen.most = 0;
  let asked: Promise<unknown> | null = null;
  seen.onCall = (n) => {
    if (n - before === at) asked = ask(log).then(() => log.durableSeq);
  };
  const footer = await log.close();
  const answer = await (asked as Promise<unknown> | null);
  const { ok } = await verifyWal(inner, { hasher, expectSealed: true });
  const calls = seen.calls - before;
  return { answer, calls, footer, most: seen.most, ok, poisons, state: log.state };
}

describe('asking while the log is being closed', () => {
  for (const policy of POLICIES) {
    for (const { name, ask } of ASKED) {
      test(`WAL-18: ${policy.kind}: ${name} beside any step of close starts nothing`, async () => {
        const { calls } = await closing(policy, -1, ask);
        expect(calls).toBeGreaterThan(5);
        for (let at = 1; at <= calls; at += 1) {
          const found = await closing(policy, at, ask);
          expect({ at, ...found }).toMatchObject({
            ...{ answer: name === 'flush' ? expect.any(Number) : 3, calls, most: 1 },
            ...{ ok: true, poisons: [], state: 'closed' },
          });
          expect(found.footer.last).toBe(3);
        }
      });
    }
  }

  test('control: the store sees two calls at once, and the use of a closed file', async () => {
    const { seen, store } = slowStore();
    const file = await store.create('a');
    await Promise.all([file.datasync(), store.list('')]);
    expect(seen.most).toBe(2);
    await file.close();
    await expect(file.datasync()).rejects.toMatchObject({ code: 'EBADF' });
  });

  test('ready says that no room will come; what was reached is told as ever', async () => {
    const { inner } = slowStore();
    const log = await openWalWriter(inner, options({ policy: { kind: 'os' } }));
    log.append(timer(1));
    const closed = log.close();
    expect((await failureOf(log.ready())).code).toBe('WAL_CLOSED');
    await closed;
    await Promise.all([log.durable(1), log.flush(), log.durable(0)]);
  });

  test('a closing that fails fails those who wait on it, with one poison', async () => {
    for (const policy of POLICIES) {
      const { seen, store } = slowStore();
      const log = await openWalWriter(store, options({ policy }));
      const poisons: unknown[] = [];
      log.on('poison', (error) => poisons.push(error));
      log.append(timer(1));
      const before = seen.calls;
      let asked: Promise<unknown> | null = null;
      seen.onCall = (n) => {
        if (n - before !== 1) return;
        asked = failureOf(log.durable(1));
        throw Object.assign(new Error('broken'), { code: 'EIO' });
      };
      expect((await failureOf(log.close())).code).toBe('WAL_POISONED');
      expect(await (asked as Promise<unknown> | null)).toMatchObject({ code: 'WAL_POISONED' });
      expect(poisons).toHaveLength(1);
    }
  });
});
