/**
 * The one way a writer fails: every store call of the write path passes here, one at a time, and
 * after the first failure there is none.
 */
import type { QuantlaxmiError } from '../../core/index.js';
import { poisoned } from '../errors.js';
import type { Guard } from './publish.js';

/** The store has not answered; nothing is known of what it did. */
class StalledError extends Error {
  constructor(ageMs: number) {
    super(`the disk has not answered for ${ageMs} ms`);
  }
}

interface Call {
  readonly op: string;
  readonly file: string;
  /** Settles when the store has answered. */
  readonly answered: Promise<unknown>;
  /** Makes the writer go on without the answer. */
  readonly giveUp: (error: unknown) => void;
}

/** What the writer has to do with a failure. */
interface FailureListener {
  readonly durableSeq: () => number;
  readonly failed: (error: QuantlaxmiError, cause: unknown) => void;
}

export class WriteGuard {
  poison: QuantlaxmiError | null = null;
  readonly #listener: FailureListener;
  #call: Call | null = null;
  #stalled = false;

  constructor(listener: FailureListener) {
    this.#listener = listener;
  }

  readonly run: Guard = async (file, op, call) => {
    if (this.poison !== null) throw this.poison;
    try {
      const result = await this.#answerOf(file, op, call);
      this.#call = null;
      return result;
    } catch (cause) {
      throw this.fail(cause, { op, file });
    }
  };

  #answerOf<T>(file: string, op: string, call: () => Promise<T>): Promise<T> {
    return new Promise((resolve, giveUp) => {
      const answered = call();
      this.#call = { op, file, answered, giveUp };
      answered.then(resolve, giveUp);
    });
  }

  /** Ends the writer, unless it has ended before. */
  fail(cause: unknown, { op, file }: { op: string; file: string }): QuantlaxmiError {
    if (this.poison !== null) return this.poison;
    const durableSeq = this.#listener.durableSeq();
    this.poison = poisoned(cause, { file, op, durableSeq });
    this.#listener.failed(this.poison, cause);
    return this.poison;
  }

  /** Ends the writer with its call still out: nobody waits for the answer any more. */
  stall(ageUs: number, place: string): void {
    if (this.poison !== null) return;
    this.#stalled = true;
    const { op = 'flush', file = place, giveUp } = this.#call ?? {};
    const error = this.fail(new StalledError(Math.floor(ageUs / 1000)), { op, file });
    giveUp?.(error);
  }

  /** Does it at once, or, after a stall, when the call that is out comes back, if ever. */
  async whenAnswered(work: () => Promise<void>): Promise<void> {
    if (!this.#stalled || this.#call === null) return work();
    void this.#call.answered.catch(() => undefined).then(work);
  }
}
