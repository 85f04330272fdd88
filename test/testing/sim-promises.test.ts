import { expect, test } from 'vitest';
import type { DiskFault, SimPlan, SimStore, StoreCall, StoreFault } from 'quantlaxmi/testing';
import { DISK_FAULTS, simStore } from 'quantlaxmi/testing';
import { memoryStore, openWalWriter, verifyWal } from 'quantlaxmi/wal';
import { appendSizes, failureOf, hasher, options, readAll } from '../wal/support.js';

type Name = keyof typeof DISK_FAULTS;

const SCHEMAS = { Session: 1, Timer: 1 };
const logOptions = (over = {}) =>
  options({ schemas: SCHEMAS, rotate: { bytes: 1e6, events: 9 }, ...over });

/** The `n`th call of `ops` on a segment does `fault`. */
function nth(n: number, ops: readonly string[], fault: StoreFault): SimPlan['fault'] {
  let left = n;
  return ({ op, name }: StoreCall) => {
    if (!ops.includes(op) || (op !== 'syncFolder' && !name.includes('.wal.'))) return null;
    left -= 1;
    return left === 0 ? fault : null;
  };
}

const plan = (seed: number, fault: SimPlan['fault']): SimPlan => ({
  seed: BigInt(seed),
  ...(fault === undefined ? {} : { fault }),
});

const PLANS: Readonly<Record<Name, (seed: number) => SimPlan>> = {
  lost: (seed) => plan(seed, nth(3 + seed, ['write', 'link', 'remove'], 'halt')),
  kept: (seed) => plan(seed, nth(3 + seed, ['write', 'link', 'remove'], 'halt')),
  torn: (seed) => plan(seed, nth(3 + seed, ['write', 'datasync', 'link'], 'halt')),
  error: (seed) => plan(seed, nth(3 + seed, ['write', 'link', 'create'], 'EIO')),
  short: (seed) => ({ seed: BigInt(seed), writeBytesMax: 7 + seed }),
  failedSync: (seed) => plan(seed, nth(1 + (seed % 9), ['datasync'], 'EIO')),
  fullDisk: (seed) => ({ seed: BigInt(seed), spaceBytes: 1_200 + 300 * seed }),
  unreadable: (seed) => ({ seed: BigInt(seed) }),
  rot: (seed) => ({ seed: BigInt(seed) }),
  lyingSync: (seed) => plan(seed, ({ op }) => (op.endsWith('sync') ? 'lie' : null)),
  lostWrite: (seed) => plan(seed, nth(2 + seed, ['write'], 'lose')),
  misdirected: (seed) => plan(seed, nth(2 + seed, ['write'], 'misdirect')),
};

interface Ended {
  /** The disk after the power was cut, or as it is where only the process ended. */
  readonly store: SimStore;
  readonly acknowledged: number;
}

/** Writes until it is done or stopped, does to the disk what is asked, and starts anew. */
async function live(name: Name, seed: number): Promise<Ended> {
  const store = simStore(PLANS[name](seed));
  let acknowledged = 0;
  await failureOf(
    (async () => {
      const log = await openWalWriter(store, logOptions());
      log.on('durable', (seq) => {
        acknowledged = seq;
      });
      await appendSizes(log, [3, 2, 4, 4, 5, 3, 3, 2]);
    })(),
  );
  const segments = [...store.snapshot().keys()].filter((file) => file.endsWith('.jsonl')).sort();
  if (name === 'unreadable' || name === 'rot') {
    const file = segments[seed % (segments.length - 1)] as string;
    const size = store.snapshot().get(file)?.length ?? 0;
    if (name === 'rot') store.rot(file, (seed * 37) % size, 1 << (seed % 8));
    else store.spoil(file, seed % Math.ceil(size / 512));
    store.restart();
    return { store, acknowledged };
  }
  if (name === 'failedSync') {
    // A new process on the same machine: its caches say that all is well.
    store.restart();
    await (await openWalWriter(store, logOptions())).close();
  }
  const unsynced = name === 'kept' || name === 'torn' ? name : 'lost';
  const files = store.crash(unsynced, BigInt(seed));
  return { store: simStore({ files }), acknowledged };
}

/** Timers that a log gives before it ends, and the code it ends with. */
async function found(store: SimStore, expectAtLeastSeq: number) {
  const log = await failureOf(
    (async () => {
      const writer = await openWalWriter(store, logOptions({ expectAtLeastSeq }));
      await writer.close();
    })(),
  );
  return log.code;
}

const names = Object.keys(DISK_FAULTS) as Name[];
const ROUNDS = 12;

test.each(names)(
  'TESTING-5: %s: what the log promises of it holds',
  async (name) => {
    const { promise, codes }: DiskFault = DISK_FAULTS[name];
    const seen = { struck: 0, acknowledged: 0 };
    for (let seed = 1; seed <= ROUNDS; seed += 1) {
      const { store, acknowledged } = await live(name, seed);
      const code = await found(store, acknowledged);
      seen.acknowledged += acknowledged;
      const place = `${name}, seed ${seed}, acknowledged ${acknowledged}: ${code}`;
      if (code === 'none') {
        const after = memoryStore(store.snapshot());
        expect((await verifyWal(after, { hasher })).problems, place).toEqual([]);
        const events = await readAll(after);
        const all = events.filter((e) => e.seq <= acknowledged && e.t === 'Timer');
        expect(all.length, place).toBe(acknowledged);
      } else {
        expect(codes, place).toContain(code);
        seen.struck += 1;
      }
    }
    expect(seen.acknowledged).toBeGreaterThan(0);
    // Where it must be refused, it is refused each time; a watermark is needed at least once.
    if (promise === 'refused') expect(seen.struck).toBe(ROUNDS);
    if (promise === 'watermark') expect(seen.struck).toBeGreaterThan(0);
    if (promise === 'kept') expect(seen.struck).toBe(0);
  },
  120_000,
);

test('TESTING-5: control: without the watermark a lying disk passes for a crash', async () => {
  let taken = 0;
  for (let seed = 1; seed <= ROUNDS; seed += 1) {
    const { store, acknowledged } = await live('lostWrite', seed);
    if ((await found(store, 0)) !== 'none') continue;
    const timers = (await readAll(memoryStore(store.snapshot()))).filter((e) => e.t === 'Timer');
    if (timers.length < acknowledged) taken += 1;
  }
  expect(taken).toBeGreaterThan(0);
}, 120_000);
