/** How long a flush has been running: by an alarm where there is one, else by the clock. */
import type { Clock } from '../../core/index.js';
import { WAL_LIMITS } from '../limits.js';
import type { WalAlarm, WalStallOptions } from '../writer-types.js';

/** Longest threshold: beyond it a halt would protect nobody. */
export const STALL_MAX_US = 86_400_000_000;

/** What a watch tells of; ages in microseconds. */
interface StallListener {
  readonly warn: (ageUs: number) => void;
  readonly halt: (ageUs: number) => void;
}

export class StallWatch {
  readonly #clock: Clock;
  readonly #alarm: WalAlarm | null;
  readonly #warnUs: number;
  readonly #haltUs: number;
  readonly #listener: StallListener;
  #startedUs = 0;
  #running = false;
  #told = false;
  #callOff: (() => void) | null = null;

  constructor(clock: Clock, options: WalStallOptions | undefined, listener: StallListener) {
    this.#clock = clock;
    this.#alarm = options?.alarm ?? null;
    this.#warnUs = options?.warnUs ?? WAL_LIMITS.stallWarnUs;
    this.#haltUs = options?.haltUs ?? WAL_LIMITS.stallHaltUs;
    this.#listener = listener;
  }

  begin(): void {
    this.end();
    this.#running = true;
    this.#told = false;
    if (this.#alarm === null) this.#startedUs = this.#clock.nowUs();
    else this.#callOff = this.#alarm(this.#warnUs, this.#warn);
  }

  end(): void {
    this.#running = false;
    this.#callOff?.();
    this.#callOff = null;
  }

  /** Judges by the clock. With an alarm the clock has no say: a wall clock may be set. */
  check(): void {
    if (!this.#running || this.#alarm !== null) return;
    const ageUs = this.#clock.nowUs() - this.#startedUs;
    if (ageUs >= this.#haltUs) {
      this.end();
      this.#listener.halt(ageUs);
    } else if (ageUs >= this.#warnUs && !this.#told) {
      this.#told = true;
      this.#listener.warn(ageUs);
    }
  }

  readonly #warn = (): void => {
    this.#callOff = (this.#alarm as WalAlarm)(this.#haltUs - this.#warnUs, this.#halt);
    this.#listener.warn(this.#warnUs);
  };

  readonly #halt = (): void => {
    this.end();
    this.#listener.halt(this.#haltUs);
  };
}
