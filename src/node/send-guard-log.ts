/** How long a log has owed its writer a sync, by the process clock. @module */
import type { Clock } from '../core/index.js';
import type { RunLog } from '../strategy/index.js';
import type { WalWriter } from '../wal/index.js';
import type { LogState } from './send-guard.js';

/** Appends closer together than this share one mark, µs: they count as old as the first. */
const MARK_US = 1_000;

/** Options of {@link logHealth}. */
export interface LogHealthOptions {
  readonly clock: Clock;
  /** The log is stalled while its oldest record that is not yet durable is older, µs. */
  readonly ageMaxUs: number;
}

/** A log that knows how far its disk is behind. Append to it, not to the writer. */
export interface LogHealth extends RunLog, LogState {
  /** True while the disk is behind by more than is allowed, or nobody can tell. */
  readonly stalled: boolean;
  /** Resolves when there is room for more. */
  ready(): Promise<void>;
}

interface Mark {
  readonly seq: number;
  readonly atUs: number;
}

class MeasuredLog implements LogHealth {
  readonly #wal: WalWriter;
  readonly #clock: Clock;
  readonly #ageMaxUs: number;
  #marks: Mark[] = [];

  constructor(wal: WalWriter, options: LogHealthOptions) {
    this.#wal = wal;
    this.#clock = options.clock;
    this.#ageMaxUs = options.ageMaxUs;
  }

  get state(): LogState['state'] {
    return this.#wal.state;
  }

  get stalled(): boolean {
    this.#forget();
    const [oldest] = this.#marks;
    if (oldest === undefined) return false;
    const ageUs = this.#clock.nowUs() - oldest.atUs;
    return !(ageUs <= this.#ageMaxUs);
  }

  append(event: Parameters<RunLog['append']>[0]): number {
    const seq = this.#wal.append(event);
    this.#forget();
    const atUs = this.#clock.nowUs();
    const last = this.#marks.at(-1);
    if (last === undefined || !(atUs - last.atUs < MARK_US)) this.#marks.push({ seq, atUs });
    return seq;
  }

  durable(seq: number): Promise<void> {
    return this.#wal.durable(seq);
  }

  ready(): Promise<void> {
    return this.#wal.ready();
  }

  /** Drops the marks in front of the one that the oldest unsynced record falls under. */
  #forget(): void {
    const { appendedSeq, durableSeq } = this.#wal;
    if (durableSeq >= appendedSeq) {
      if (this.#marks.length > 0) this.#marks = [];
      return;
    }
    let drop = 0;
    while ((this.#marks[drop + 1]?.seq ?? Number.POSITIVE_INFINITY) <= durableSeq + 1) drop += 1;
    if (drop > 0) this.#marks = this.#marks.slice(drop);
  }
}

/**
 * Measures a log's delay: the age of its oldest record that is not durable. A disk that hangs is
 * seen by its silence, before the writer gives it up.
 *
 * @param wal - the writer; what was appended to it before counts as durable
 * @param options - the process clock, and how old an unsynced record may get
 * @returns the log for a runner, and its health for `sendGuard`; O(1) amortised
 * @example
 * ```ts
 * import { logHealth, sendGuard, systemClock } from 'quantlaxmi/node';
 * import type { WalWriter } from 'quantlaxmi/wal';
 *
 * export function guarded(wal: WalWriter) {
 *   const log = logHealth(wal, { clock: systemClock(), ageMaxUs: 250_000 });
 *   return { log, guard: sendGuard({ log }) };
 * }
 * ```
 */
export function logHealth(wal: WalWriter, options: LogHealthOptions): LogHealth {
  return new MeasuredLog(wal, options);
}
