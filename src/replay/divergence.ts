/** What a replay reports when it does not reproduce the record. @module */
import type { Event, EventInput } from '../events/index.js';
import type { BindingState, FieldDifference, RunBindings } from '../manifest/index.js';

/**
 * Why two executions differ, by the first thing found different: the inputs, the configuration,
 * the code, the environment; or none of them, and then the code itself is not deterministic.
 */
export type DivergenceClass = 'INPUT' | 'CONFIG' | 'CODE' | 'ENV' | 'NONDETERMINISM';

/**
 * How the first difference shows: another output in its place, one the record lacks, one the
 * replay lacks, an error in the engine, another final state, or another start of the trace.
 */
export type DivergenceKind = 'different' | 'extra' | 'missing' | 'error' | 'state' | 'trace';

/** An engine output as the trace hash sees it. */
export interface TracedOutput {
  /** `seq` of the last session event taken in when it was made. */
  readonly cause: number;
  readonly body: EventInput['body'];
  readonly sv: number;
  readonly t: EventInput['t'];
}

/** What came before and after the first difference. */
export interface DivergenceContext {
  /** Last 20 events taken in, oldest first; session facts and injected records alike. */
  readonly inputs: readonly (Event | EventInput)[];
  /** Last 20 outputs on which record and replay agree, oldest first. */
  readonly outputs: readonly TracedOutput[];
  /** The record's outputs from the difference on; at most 20. */
  readonly recordedNext: readonly TracedOutput[];
  /**
   * The replay's outputs from the difference on; at most 20. Where it made none for the input in
   * hand, those for the next input that it answers, without answers of the venue.
   */
  readonly replayedNext: readonly TracedOutput[];
  /** Hash of the replay's state at the difference; null when it cannot be had. */
  readonly stateHash: string | null;
}

/** The first place where record and replay differ. */
export interface Divergence {
  /** Number of the engine output, counted from 1, as checkpoints count; 0 for the trace's start. */
  readonly index: number;
  /** `seq` of the last session event taken in. */
  readonly cause: number;
  readonly kind: DivergenceKind;
  readonly class: DivergenceClass;
  /** What was compared: a binding that nobody compared explains nothing. */
  readonly bindings: Readonly<Record<keyof RunBindings, BindingState>>;
  /** `seq` in the run's log of the recorded output; null when the record has none here. */
  readonly recordedSeq: number | null;
  /** The record's output here, or its next one where the replay made one too many. */
  readonly recorded: TracedOutput | null;
  /** The replay's output here, or its next one where the record holds one too many. */
  readonly replayed: TracedOutput | null;
  /** Fields that differ: `left` is the record's value, `right` the replay's. */
  readonly fieldDiff: readonly FieldDifference[];
  /** What the engine threw; empty unless `kind` is `error`. */
  readonly error: string;
  readonly context: DivergenceContext;
}

const ORDER: readonly (readonly [keyof RunBindings, DivergenceClass])[] = [
  ['inputs', 'INPUT'],
  ['config', 'CONFIG'],
  ['code', 'CODE'],
  ['env', 'ENV'],
];

/**
 * The class of a divergence: the first binding that differs, in the order inputs, configuration,
 * code, environment; `NONDETERMINISM` when none does.
 *
 * @param bindings - how each binding of the replay compares with the recorded one
 * @example
 * ```ts
 * import { classifyDivergence } from 'quantlaxmi/replay';
 *
 * classifyDivergence({ inputs: 'same', config: 'same', code: 'differs', env: 'differs' });
 * // => 'CODE'
 * ```
 */
export function classifyDivergence(
  bindings: Readonly<Record<keyof RunBindings, BindingState>>,
): DivergenceClass {
  const first = ORDER.find(([key]) => bindings[key] === 'differs');
  return first === undefined ? 'NONDETERMINISM' : first[1];
}
