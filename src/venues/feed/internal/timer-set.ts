/**
 * Timers that can all be called off at once.
 * @module
 */
import type { TimerPort } from '../ports.js';

/** Timers of one owner; each run is handed to `enter`, which sees to errors and order. */
export class TimerSet {
  readonly #port: TimerPort;
  readonly #enter: (run: () => void) => void;
  readonly #waiting = new Set<() => void>();

  constructor(port: TimerPort, enter: (run: () => void) => void) {
    this.#port = port;
    this.#enter = enter;
  }

  /** Calls `run` once after at least `delayUs`; the returned function calls it off. */
  after(delayUs: number, run: () => void): () => void {
    const cancelPort = this.#port.after(delayUs, () => {
      if (this.#waiting.delete(cancel)) this.#enter(run);
    });
    const cancel = (): void => {
      if (this.#waiting.delete(cancel)) cancelPort();
    };
    this.#waiting.add(cancel);
    return cancel;
  }

  cancelAll(): void {
    for (const cancel of [...this.#waiting]) cancel();
  }
}
