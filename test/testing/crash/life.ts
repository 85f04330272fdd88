import type { Rng } from 'quantlaxmi/core';
import type { SimStore, StoreCall, StoreFault, StoreOperation, Unsynced } from 'quantlaxmi/testing';
import { simStore } from 'quantlaxmi/testing';
import type { WalPolicy, WalRotation, WalWriter } from 'quantlaxmi/wal';
import { memoryStore, openWalWriter } from 'quantlaxmi/wal';
import { failureOf } from '../../wal/support.js';
import type { CrashState, Wrap } from './judge.js';
import { logOptions } from './judge.js';
import type { Batch } from './truth.js';
import { batchEvents, findBatches } from './truth.js';

const ERRORS = ['EIO', 'ENOSPC', 'EDQUOT', 'EROFS', 'short'];
/** Calls after a failure that would mean that the writer goes on with a file. */
const GOING_ON: readonly string[] = ['write', 'datasync', 'sync', 'link', 'rename', 'create'];

export interface LifeOptions {
  readonly wrap: Wrap;
  /** One in so many calls is noted. */
  readonly everyNth: number;
  /** Only calls of this primitive fail; null: any may. */
  readonly strike: StoreOperation | null;
}

export interface LifeTally {
  lives: number;
  poisoned: number;
  refusedToOpen: number;
  killed: number;
  cut: number;
}

/**
 * One log through several lives: append, flush, rotate, fail, stop; then the next process takes
 * over, on the same machine with its caches, or after a power cut. At calls drawn by seed it notes
 * what a power cut there would leave.
 */
export class LogUnderTest {
  readonly states: CrashState[] = [];
  /** What the run itself showed to be wrong. */
  readonly violations: string[] = [];
  readonly tally: LifeTally = { lives: 0, poisoned: 0, refusedToOpen: 0, killed: 0, cut: 0 };
  readonly #rng: Rng;
  readonly #name: string;
  readonly #wrap: Wrap;
  readonly #policy: WalPolicy;
  readonly #rotate: WalRotation;
  #store: SimStore;
  #log: WalWriter | null = null;
  #batches: Batch[] = [];
  #acknowledged = 0;
  #nextId = 1;
  /** Of this life: call at which a fault strikes, and which. */
  #faultAt = 0;
  #fault: StoreFault = 'EIO';
  #failed: StoreCall | null = null;
  readonly #everyNth: number;

  readonly #strike: StoreOperation | null;
  #strikeIn = 0;

  constructor(name: string, rng: Rng, how: LifeOptions) {
    this.#name = name;
    this.#rng = rng;
    this.#wrap = how.wrap;
    this.#everyNth = how.everyNth;
    this.#strike = how.strike;
    this.#store = this.#newStore(new Map());
    this.#policy = this.#pick<WalPolicy>([
      { kind: 'always' },
      { kind: 'always' },
      { kind: 'interval', ms: 1e9, bytes: 700 },
      { kind: 'os' },
    ]);
    this.#rotate = { bytes: 1_500 + rng.below(6_000), events: 4 + rng.below(24) };
  }

  async run(lives: number): Promise<void> {
    for (let life = 1; life <= lives; life += 1) {
      this.tally.lives += 1;
      const opened = await this.#open();
      if (opened) await this.#work(1 + this.#rng.below(6));
      if (!(await this.#end())) return;
    }
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#rng.below(from.length)] as T;
  }

  #newStore(files: ReadonlyMap<string, Uint8Array>): SimStore {
    const seed = BigInt(this.#rng.u32());
    return simStore({ files, seed, fault: (call) => this.#onCall(call) });
  }

  #onCall(call: StoreCall): StoreFault | null {
    if (this.#rng.below(this.#everyNth) === 0) this.#note(call);
    if (this.#failed !== null) {
      if (GOING_ON.includes(call.op)) {
        const { op, name } = this.#failed;
        this.violations.push(`I6: ${call.op} ${call.name} after a failed ${op} of ${name}`);
      }
      return null;
    }
    if (!this.#strikes(call)) return null;
    const writes = call.op === 'write';
    const fault = this.#fault === 'short' && !writes ? 'EIO' : this.#fault;
    if (fault !== 'short') this.#failed = call;
    return fault;
  }

  #strikes({ n, op }: StoreCall): boolean {
    if (this.#strike === null) return n === this.#faultAt;
    if (op !== this.#strike) return false;
    this.#strikeIn -= 1;
    return this.#strikeIn === 0;
  }

  #note(call: StoreCall): void {
    const seed = BigInt(this.#rng.u32());
    const unsynced = this.#pick<Unsynced>(['lost', 'kept', 'torn', 'torn', 'torn', 'torn']);
    const { op, name, n } = call;
    this.states.push({
      files: this.#store.survivors(unsynced, seed),
      truth: { batches: this.#batches.slice(), acknowledged: this.#acknowledged },
      label: `${this.#name} life ${this.tally.lives} call ${n} (${op} ${name}) ${unsynced} ${seed}`,
    });
  }

  async #open(): Promise<boolean> {
    const { length } = this.#store.calls;
    this.#failed = null;
    this.#faultAt = this.#rng.below(2) === 0 ? length + 1 + this.#rng.below(90) : 0;
    this.#strikeIn = 1 + this.#rng.below(5);
    this.#fault = this.#pick(ERRORS);
    try {
      const over = { policy: this.#policy, rotate: this.#rotate };
      this.#log = await openWalWriter(this.#wrap(this.#store), logOptions(over));
    } catch (error) {
      this.#log = null;
      this.tally.refusedToOpen += 1;
      if (this.#failed === null) {
        this.violations.push(`open refused without a fault: ${(error as Error).message}`);
      }
      return false;
    }
    // What is there now is durable, acknowledged before or not.
    const { whole } = await findBatches(memoryStore(this.#store.snapshot()), this.#batches);
    if (typeof whole === 'string' || whole < this.#acknowledged) {
      this.violations.push(`after opening: ${whole}, acknowledged ${this.#acknowledged}`);
      return false;
    }
    this.#batches = this.#batches.slice(0, whole);
    this.#acknowledged = whole;
    return true;
  }

  async #work(steps: number): Promise<void> {
    const log = this.#log as WalWriter;
    for (let step = 0; step < steps && log.state === 'open'; step += 1) {
      const appends = 1 + this.#rng.below(3);
      for (let i = 0; i < appends; i += 1) this.#append(log);
      const kind = this.#rng.below(6);
      if (kind === 0) void log.flush().catch(() => undefined);
      else if (kind === 1) await this.#acknowledge(log, () => log.durable(log.appendedSeq));
      else if (kind < 5) await this.#acknowledge(log, () => log.flush());
    }
    if (this.#rng.below(3) > 0) return;
    await this.#acknowledge(log, () => log.close());
  }

  #append(log: WalWriter): void {
    if (log.state !== 'open') return;
    const id = this.#nextId;
    const size = 1 + this.#rng.below(4);
    this.#nextId += 1;
    const before = log.appendedSeq;
    // Noted first: a crash may keep what is not acknowledged.
    this.#batches.push({ id, size, lastSeq: before + size });
    log.appendBatch(batchEvents(id, size));
  }

  async #acknowledge(log: WalWriter, promise: () => Promise<unknown>): Promise<void> {
    const { code } = await failureOf(promise());
    if (code !== 'none' && code !== 'WAL_POISONED') this.violations.push(`refused with ${code}`);
    if (code === 'none' && this.#failed !== null) {
      this.violations.push('acknowledged after a failed call');
    }
    const known = this.#batches.filter(({ lastSeq }) => lastSeq <= log.durableSeq).length;
    this.#acknowledged = Math.max(this.#acknowledged, known);
  }

  /** Ends the life; false when the log can not go on. */
  async #end(): Promise<boolean> {
    const log = this.#log;
    this.#log = null;
    if (log?.state === 'poisoned') this.tally.poisoned += 1;
    if (this.violations.length > 0) return false;
    const unsynced = this.#pick<Unsynced>(['lost', 'kept', 'torn', 'torn']);
    const files = this.#store.crash(unsynced, BigInt(this.#rng.u32()));
    // What the dead process still has on its way gets nowhere.
    if (log !== null) await failureOf(log.close());
    if (this.#rng.below(2) === 0) {
      this.tally.killed += 1;
      this.#store.restart();
    } else {
      this.tally.cut += 1;
      this.#store = this.#newStore(files);
    }
    return true;
  }
}
