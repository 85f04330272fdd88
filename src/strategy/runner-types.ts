/**
 * The parts and the result of a runner.
 * @module
 */
import type { HasherFactory } from '../core/index.js';
import type { Event, EventInput } from '../events/index.js';
import type { Venue } from '../execution/index.js';
import type { StepOptions } from './step.js';
import type { Trace, TraceCheckpoint } from './trace.js';
import type { SendGuard, Step } from './types.js';

/** Where a run writes its records; a `WalWriter` fits. */
export interface RunLog {
  /** Takes a record in and numbers it. Throws when the log can take no more. */
  append(event: EventInput): number;
  /** Resolves when everything up to `seq` survives a crash; rejects when it never will. */
  durable(seq: number): Promise<void>;
  /** Resolves when there is room for more; awaited after records where given. */
  ready?(): Promise<void>;
}

/** Parts of a runner. */
export interface RunnerOptions<S, C> extends StepOptions<S, C> {
  readonly venue: Venue;
  /** The run's own log. */
  readonly log: RunLog;
  /** The session log, when it is being written meanwhile: its facts are made durable first. */
  readonly inputs?: Pick<RunLog, 'durable'>;
  /**
   * Asked before every new order and amend, besides the logged kill switch. Anything but `false`
   * holds it back, and so does throwing.
   */
  readonly killSwitch?: {
    /** False while orders may be sent. */
    engaged(): boolean;
  };
  /** Has the last word on every request; see {@link SendGuard}. */
  readonly guard?: SendGuard;
  /** SHA-256 of the trace; the pure one by default. */
  readonly hasher?: HasherFactory;
  /** Called after each record was taken in by the log. Must not throw. */
  readonly observer?: (record: EventInput, seq: number) => void;
}

/** Result of a finished run. */
export interface RunSummary {
  readonly traceHash: string;
  readonly checkpoints: readonly TraceCheckpoint[];
  /** Engine records in the trace. */
  readonly records: number;
  readonly decisions: number;
  readonly orders: number;
  readonly fills: number;
  readonly stateHash: string;
  /** `seq` of the last session event taken in. */
  readonly cause: number;
}

/** Drives a step; see {@link createRunner}. */
export interface Runner {
  /**
   * Takes session events in, in order. Calls queue up: a second one starts when the first is done.
   * @throws QL_RUNNER_HALTED when the log, the venue or the step failed, now or before
   */
  push(batch: readonly Event[]): Promise<void>;
  /** Fires the timers due up to a time, without an event: for quiet live markets. */
  advance(nowUs: number): Promise<void>;
  /** Logs an operator's Session fact (kill switch, stop) and lets it take effect. */
  operator(event: EventInput): Promise<void>;
  /**
   * Ends the run: a Session `stop` record, after which the strategy is not called, then everything
   * the venue still has on its way.
   */
  finish(): Promise<RunSummary>;
  readonly step: Step;
  readonly trace: Trace;
  /** The failure that halted the runner, or null. */
  readonly failure: unknown;
}

/** Where a killed run stopped, as its logs tell. */
export interface ResumePoint {
  /** The session's facts from the first the run took in; read as far as the record goes. */
  readonly inputs: AsyncIterable<readonly Event[]>;
  /** The run's own log, recovered. */
  readonly recorded: AsyncIterable<readonly Event[]>;
  /**
   * `rebuilt`: a simulated venue that died with the process and is made again from the same facts.
   * `outside`: it lived on, and is asked what became of every order that waits for an answer.
   */
  readonly venue: 'rebuilt' | 'outside';
}
