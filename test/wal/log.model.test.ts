import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SimStore } from 'quantlaxmi/testing';
import { simStore } from 'quantlaxmi/testing';
import type { WalWriter } from 'quantlaxmi/wal';
import { memoryStore, openWalWriter, verifyWal } from 'quantlaxmi/wal';
import { hasher, options, readAll, timer } from './support.js';

/** What must be true of the log: what was appended in which batch, and how much must survive. */
interface Model {
  /** Sizes of the batches in the log or on their way into it. */
  batches: number[];
  /** Batches that were acknowledged as durable. */
  durable: number;
  open: boolean;
  crashes: number;
}

interface Real {
  store: SimStore;
  log: WalWriter | null;
}

type Command = fc.AsyncCommand<Model, Real>;

const total = (sizes: readonly number[]): number => sizes.reduce((sum, n) => sum + n, 0);

const openLog = (store: SimStore) =>
  openWalWriter(store, options({ rotate: { bytes: 3_000, events: 9 } }));

class Append implements Command {
  readonly size: number;
  constructor(size: number) {
    this.size = size;
  }
  check = (m: Readonly<Model>) => m.open;
  async run(m: Model, r: Real) {
    const log = r.log as WalWriter;
    const before = log.appendedSeq;
    const events = Array.from({ length: this.size }, (_, i) => timer(before + i + 1));
    expect(log.appendBatch(events)).toEqual({ first: before + 1, last: before + this.size });
    m.batches.push(this.size);
  }
  toString = () => `append(${this.size})`;
}

class Flush implements Command {
  check = (m: Readonly<Model>) => m.open;
  async run(m: Model, r: Real) {
    const log = r.log as WalWriter;
    expect(await log.flush()).toBe(log.appendedSeq);
    m.durable = m.batches.length;
  }
  toString = () => 'flush';
}

class StartFlush implements Command {
  check = (m: Readonly<Model>) => m.open;
  async run(_: Model, r: Real) {
    (r.log as WalWriter).flush().catch(() => undefined);
  }
  toString = () => 'flush, not awaited';
}

class Close implements Command {
  check = (m: Readonly<Model>) => m.open;
  async run(m: Model, r: Real) {
    await (r.log as WalWriter).close();
    r.log = null;
    m.durable = m.batches.length;
    m.open = false;
  }
  toString = () => 'close';
}

class Crash implements Command {
  readonly unsynced: 'lost' | 'kept' | 'torn';
  readonly seed: bigint;
  constructor(unsynced: 'lost' | 'kept' | 'torn', seed: bigint) {
    this.unsynced = unsynced;
    this.seed = seed;
  }
  check = () => true;
  async run(m: Model, r: Real) {
    const files = r.store.crash(this.unsynced);
    r.store = simStore({ files, seed: this.seed });
    r.log = null;
    m.open = false;
    m.crashes += 1;
    const found = memoryStore(files);
    const events = (await readAll(found, { upTo: 'commit' })).filter((e) => e.t === 'Timer');
    // The log holds whole batches, in order, and at least the acknowledged ones.
    const kept = m.batches.findIndex((_, i) => total(m.batches.slice(0, i)) === events.length);
    const count = kept < 0 ? m.batches.length : kept;
    expect(total(m.batches.slice(0, count))).toBe(events.length);
    expect(count).toBeGreaterThanOrEqual(m.durable);
    m.batches = m.batches.slice(0, count);
    m.durable = count;
  }
  toString = () => `crash(${this.unsynced}, ${this.seed})`;
}

class Open implements Command {
  check = (m: Readonly<Model>) => !m.open;
  async run(m: Model, r: Real) {
    r.log = await openLog(r.store);
    m.open = true;
    const events = await readAll(memoryStore(r.store.snapshot()));
    const timers = events.filter((e) => e.t === 'Timer');
    expect(timers.length).toBe(total(m.batches));
    expect(events.map((e) => e.seq)).toEqual(events.map((_, i) => i + 1));
    expect(events.length).toBe(r.log.appendedSeq);
  }
  toString = () => 'open';
}

class Verify implements Command {
  check = () => true;
  async run(_: Model, r: Real) {
    const found = await verifyWal(memoryStore(r.store.snapshot()), { hasher, upTo: 'commit' });
    expect(found.problems).toEqual([]);
  }
  toString = () => 'verify';
}

const seeds = fc.bigInt({ min: 1n, max: 1_000_000n });
const crash = fc
  .tuple(fc.constantFrom('lost' as const, 'kept' as const, 'torn' as const), seeds)
  .map(([unsynced, seed]) => new Crash(unsynced, seed));
const append = fc.integer({ min: 1, max: 6 }).map((size) => new Append(size));

test('WAL-3: append, flush, close, crash and reopen in any order keep the promises', async () => {
  let crashes = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.commands(
        [
          append,
          append,
          append,
          fc.constant(new Flush()),
          fc.constant(new StartFlush()),
          fc.constant(new Close()),
          fc.constant(new Open()),
          fc.constant(new Open()),
          crash,
          fc.constant(new Verify()),
        ],
        { maxCommands: 40, size: 'max' },
      ),
      async (commands) => {
        const model: Model = { batches: [], durable: 0, open: false, crashes: 0 };
        await fc.asyncModelRun(() => ({ model, real: { store: simStore(), log: null } }), commands);
        crashes += model.crashes;
      },
    ),
    { numRuns: 80 },
  );
  expect(crashes).toBeGreaterThan(60);
}, 120_000);
