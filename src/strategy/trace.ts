/**
 * The decision trace: one hash over everything the engine decided, with checkpoints.
 * @module
 */
import {
  canonicalJson,
  encodeUtf8,
  fromHex,
  type HasherFactory,
  sha256Hex,
  toHex,
} from '../core/index.js';
import { createEncoder, type EventInput, SCHEMA_VERSIONS } from '../events/index.js';
import type { StepOptions } from './step.js';

/** Records between two checkpoints. */
export const CHECKPOINT_EVERY = 1024;

/** The trace hash after `n` records. */
export interface TraceCheckpoint {
  readonly n: number;
  /** `seq` of the record in the run log; 0 where the trace was given none. */
  readonly seq: number;
  readonly hash: string;
}

/** A running trace hash; see {@link createTrace}. */
export interface Trace {
  /**
   * Takes in the next record of the engine.
   * @param record - with `src` = `RUNNER`
   * @param at - `cause`: last session event processed; `seq`: the record's place in the run log
   */
  add(record: EventInput, at: { readonly cause: number; readonly seq: number }): void;
  /** Records taken in. */
  readonly count: number;
  /** The hash so far, hex. */
  hash(): string;
  /** One per 1024 records, oldest first. */
  checkpoints(): readonly TraceCheckpoint[];
}

const DOMAIN = 'quantlaxmi-trace/1\n';

class RunningTrace implements Trace {
  count = 0;
  readonly #hasher: HasherFactory;
  readonly #encoder = createEncoder(4096);
  readonly #checkpoints: TraceCheckpoint[] = [];
  readonly #length = new Uint8Array(4);
  #head: Uint8Array;

  constructor(configHash: string, hasher: HasherFactory) {
    this.#hasher = hasher;
    const first = hasher();
    first.update(encodeUtf8(DOMAIN));
    first.update(fromHex(configHash));
    this.#head = first.digest();
  }

  add(record: EventInput, at: { readonly cause: number; readonly seq: number }): void {
    const body = this.#body(record);
    // Canonical JSON of {body, cause, sv, t}: the keys are in their sorted order as written here.
    const tail = encodeUtf8(`,"cause":${at.cause},"sv":${record.sv},"t":"${record.t}"}`);
    const size = BODY_KEY.length + body.length + tail.length;
    new DataView(this.#length.buffer).setUint32(0, size);
    const next = this.#hasher();
    next.update(this.#head);
    next.update(this.#length);
    next.update(BODY_KEY);
    next.update(body);
    next.update(tail);
    this.#head = next.digest();
    this.count += 1;
    if (this.count % CHECKPOINT_EVERY === 0) {
      this.#checkpoints.push({ n: this.count, seq: at.seq, hash: this.hash() });
    }
  }

  hash(): string {
    return toHex(this.#head);
  }

  checkpoints(): readonly TraceCheckpoint[] {
    return this.#checkpoints;
  }

  /** Canonical bytes of the body, cut out of the record's canonical line. */
  #body(record: EventInput): Uint8Array {
    const plain = { ...record, rx: 0, ts: null, src: 'R' } as EventInput;
    const line = this.#encoder.encode(plain, 1);
    const sv = String(SCHEMA_VERSIONS[record.t]);
    const before = '{"k":"E","seq":1,"t":"","sv":,"rx":0,"ts":null,"src":"R","body":'.length;
    return line.subarray(before + record.t.length + sv.length);
  }
}

const BODY_KEY = encodeUtf8('{"body":');

/**
 * Starts a trace: `T_0 = SHA-256("quantlaxmi-trace/1\n" ‖ configHash)`, then for each record
 * `T_i = SHA-256(T_{i-1} ‖ u32be length ‖ canonical JSON of {body, cause, sv, t})`. Sequence
 * numbers, checksums and times of the log are not in it, so a replay gets the same hash.
 *
 * @param configHash - 64 hex digits, see {@link runConfigHash}
 * @param hasher - SHA-256
 * @example
 * ```ts
 * import { sha256Pure } from 'quantlaxmi/core';
 * import { createTrace } from 'quantlaxmi/strategy';
 *
 * const trace = createTrace('00'.repeat(32), sha256Pure);
 * trace.count;
 * // => 0
 * ```
 */
export function createTrace(configHash: string, hasher: HasherFactory): Trace {
  return new RunningTrace(configHash, hasher);
}

/**
 * Hash (hex) of everything a step is a function of besides the facts: strategy id and version, raw
 * configuration, risk policy, starting cash, run id and seed. It starts the trace.
 *
 * @param options - as for `createStep`
 * @throws QL_JSON_VALUE when the configuration is not plain JSON
 * @example
 * ```ts
 * import { quoteAge, riskPolicy } from 'quantlaxmi/risk';
 * import { defineStrategy, runConfigHash } from 'quantlaxmi/strategy';
 *
 * const strategy = defineStrategy({
 *   id: 'idle', version: '1', parseConfig: () => null, init: () => null, onEvent: () => null,
 * });
 * const risk = riskPolicy({ checks: [quoteAge({ ageMaxUs: 1 })] });
 * runConfigHash({ strategy, config: null, risk, runId: 'r', seed: 1n }).length;
 * // => 64
 * ```
 */
export function runConfigHash<S, C>(options: StepOptions<S, C>): string {
  const { config, risk, runId, seed, strategy } = options;
  return sha256Hex(
    canonicalJson({
      cash: options.cash ?? {},
      config,
      risk: risk.hash,
      runId,
      seed: String(seed),
      strategyId: strategy.id,
      strategyVersion: strategy.version,
    }),
  );
}
