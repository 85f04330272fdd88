/** Those who wait for a `seq` to be committed or durable. */
import type { QuantlaxmiError } from '../../core/index.js';

interface Waiter {
  readonly seq: number;
  readonly durable: boolean;
  readonly resolve: () => void;
  readonly reject: (error: QuantlaxmiError) => void;
}

export class Waiters {
  #all: Waiter[] = [];

  get size(): number {
    return this.#all.length;
  }

  /** True when somebody waits for more than a commit. */
  get wantDurable(): boolean {
    return this.#all.some((waiter) => waiter.durable);
  }

  add(waiter: Waiter): void {
    this.#all.push(waiter);
  }

  /** Lets go of everybody whose `seq` is reached. */
  settle(isReached: (seq: number, durable: boolean) => boolean): void {
    const waiting = this.#all;
    this.#all = [];
    for (const waiter of waiting) {
      if (isReached(waiter.seq, waiter.durable)) waiter.resolve();
      else this.#all.push(waiter);
    }
  }

  rejectAll(error: QuantlaxmiError): void {
    const waiting = this.#all;
    this.#all = [];
    for (const waiter of waiting) waiter.reject(error);
  }
}
