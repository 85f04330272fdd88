/**
 * Both logs and the step side by side: feeds facts and recorded venue answers at their recorded
 * places, and stops at the first output that differs.
 */
import { canonicalIntegerJson, QuantlaxmiError } from '../../core/index.js';
import type { Event, EventInput } from '../../events/index.js';
import { ENGINE_SOURCE, type Step, type Trace } from '../../strategy/index.js';
import type { DivergenceKind, TracedOutput } from '../divergence.js';
import { type Cursor, Recent } from './cursor.js';

export const CONTEXT_EVENTS = 20;
const LOOK_AHEAD_EVENTS = 10_000;

/** Where and how the two sides part. */
export interface Parting {
  readonly kind: DivergenceKind;
  readonly index: number;
  readonly cause: number;
  readonly recordedSeq: number | null;
  readonly recordedNext: readonly TracedOutput[];
  readonly replayedNext: readonly TracedOutput[];
  readonly error: string;
  /** Hash of the step's state at the difference; null when it cannot be had. */
  readonly stateHash: string | null;
}

/** `cause` of a record of the run's log; Session records carry it among their details. */
export function causeOf(record: EventInput, fallback: number): number {
  if (record.t === 'Session') {
    const cause = record.body.details['cause'];
    return typeof cause === 'number' ? cause : fallback;
  }
  return 'cause' in record.body ? record.body.cause : fallback;
}

/** The log notes its own recoveries: no engine ever saw such a record. */
function writtenByLog(record: Event): boolean {
  return record.t === 'Session' && record.body.kind === 'recovered';
}

/** The form of an output that is hashed and compared. */
export function traced(record: EventInput, fallback: number): TracedOutput {
  const { t, sv, body } = record;
  return { t, sv, cause: causeOf(record, fallback), body };
}

function sameOutput(a: TracedOutput, b: TracedOutput): boolean {
  return canonicalIntegerJson(a) === canonicalIntegerJson(b);
}

function inputsEnd(lastSeq: number, toSeq: number): QuantlaxmiError {
  return new QuantlaxmiError(
    'QL_REPLAY_EVIDENCE',
    `inputs end at seq ${lastSeq}, the run took in seq ${toSeq}; give the session's log in full`,
    { context: { lastSeq, toSeq } },
  );
}

/** One pass over both logs. */
export class Lockstep {
  readonly #step: Step;
  readonly #trace: Trace;
  readonly #inputs: Cursor;
  readonly #recorded: Cursor;
  readonly #toSeq: number;
  /** Outputs that the step has made and the record has not yet shown. */
  #due: EventInput[] = [];
  /** `seq` of the last session event taken in. */
  cause = 0;
  /** Outputs on which both sides agree. */
  agreed = 0;
  readonly counts: Record<string, number> = {};
  readonly recentInputs: Recent<Event | EventInput> = new Recent(CONTEXT_EVENTS);
  readonly recentOutputs: Recent<TracedOutput> = new Recent(CONTEXT_EVENTS);

  constructor(parts: {
    readonly step: Step;
    readonly trace: Trace;
    readonly inputs: Cursor;
    readonly recorded: Cursor;
    readonly toSeq: number;
  }) {
    this.#step = parts.step;
    this.#trace = parts.trace;
    this.#inputs = parts.inputs;
    this.#recorded = parts.recorded;
    this.#toSeq = parts.toSeq;
  }

  /** Runs to the end or to the first difference; null when there is none. */
  async run(): Promise<Parting | null> {
    for (;;) {
      const record = this.#recorded.peek();
      const due = this.#due[0];
      if (record !== null && writtenByLog(record)) {
        await this.#recorded.advance();
      } else if (due !== undefined) {
        const parting = await this.#compare(due, record);
        if (parting !== null) return parting;
      } else if (record !== null && causeOf(record, this.cause) <= this.cause) {
        // The step has nothing to say: the record must be a venue's answer, not an output.
        if (record.src === ENGINE_SOURCE) return await this.#part('missing', record);
        const error = this.#take(record, () => this.#step.onVenue(record));
        if (error !== null) return await this.#part('error', record, error);
        await this.#recorded.advance();
      } else {
        const input = this.#inputs.peek();
        if (input === null && this.cause < this.#toSeq) throw inputsEnd(this.cause, this.#toSeq);
        if (input === null || input.seq > this.#toSeq) {
          return record === null ? null : await this.#part('missing', record);
        }
        this.cause = input.seq;
        const error = this.#take(input, () => this.#step.onInput(input));
        if (error !== null) return await this.#part('error', record, error);
        // Awaiting only between batches: a promise per event costs more than most events.
        const more = this.#inputs.advance();
        if (more !== undefined) await more;
      }
    }
  }

  /** Hands an event to the step; returns what it threw, else null. */
  #take(event: Event | EventInput, call: () => readonly EventInput[]): string | null {
    this.recentInputs.push(event);
    try {
      this.#due.push(...call());
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #compare(due: EventInput, record: Event | null): Promise<Parting | null> {
    const made = traced(due, this.cause);
    if (record === null || record.src !== ENGINE_SOURCE) return await this.#part('extra', record);
    const kept = traced(record, this.cause);
    if (!sameOutput(made, kept)) {
      if (kept.cause > made.cause) return await this.#part('extra', record);
      return await this.#part(kept.cause < made.cause ? 'missing' : 'different', record);
    }
    this.#trace.add(due, { cause: this.cause, seq: record.seq });
    this.agreed += 1;
    this.counts[due.t] = (this.counts[due.t] ?? 0) + 1;
    this.recentOutputs.push(made);
    this.#due.shift();
    await this.#recorded.advance();
    return null;
  }

  async #part(kind: DivergenceKind, record: Event | null, error = ''): Promise<Parting> {
    const stateHash = this.#stateHash();
    const recordedNext = await this.#recordedNext();
    if (error === '') await this.#lookAhead();
    const replayedNext = this.#due
      .slice(0, CONTEXT_EVENTS)
      .map((output) => traced(output, this.cause));
    return {
      kind,
      index: this.agreed + 1,
      cause: this.cause,
      recordedSeq: record !== null && record.src === ENGINE_SOURCE ? record.seq : null,
      recordedNext,
      replayedNext,
      error,
      stateHash,
    };
  }

  #stateHash(): string | null {
    try {
      return this.#step.stateHash();
    } catch {
      // After an error inside the engine its state need not have a canonical form.
      return null;
    }
  }

  /** The record's next outputs. */
  async #recordedNext(): Promise<TracedOutput[]> {
    const next: TracedOutput[] = [];
    let record = this.#recorded.peek();
    while (record !== null && next.length < CONTEXT_EVENTS) {
      if (record.src === ENGINE_SOURCE) next.push(traced(record, this.cause));
      await this.#recorded.advance();
      record = this.#recorded.peek();
    }
    return next;
  }

  /**
   * Where the replay decided nothing, feeds it facts until it does, so that a report can show what
   * it decides instead. Answers of the venue belong to the recorded orders and stay out.
   */
  async #lookAhead(): Promise<void> {
    for (let fed = 0; fed < LOOK_AHEAD_EVENTS && this.#due.length === 0; fed += 1) {
      const input = this.#inputs.peek();
      if (input === null || input.seq > this.#toSeq) return;
      try {
        this.#due.push(...this.#step.onInput(input));
      } catch {
        return;
      }
      await this.#inputs.advance();
    }
  }
}
