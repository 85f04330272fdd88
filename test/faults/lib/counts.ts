import type { Control, FaultOutcome } from './case.js';

/** More failures of one row say nothing new. */
const FAILURES_KEPT = 12;

/** What a row of the matrix counts as it goes, and its outcome at the end. */
export class Counts {
  injected = 0;
  acknowledged = 0;
  lost = 0;
  undetected = 0;
  misclassified = 0;
  readonly #codes: Record<string, number> = {};
  readonly #failures: string[] = [];
  #failed = 0;

  /** Counts an error code, or an ending. */
  count(code: string, n = 1): void {
    this.#codes[code] = (this.#codes[code] ?? 0) + n;
  }

  /** Notes a failure; the parts are joined by colons, the place first. */
  fail(...parts: readonly string[]): void {
    this.#failed += 1;
    if (this.#failures.length < FAILURES_KEPT) this.#failures.push(parts.join(': '));
  }

  /** True when anything at all was found wrong: what a control has to reach. */
  get objects(): boolean {
    return this.#failed > 0 || this.lost + this.undetected + this.misclassified > 0;
  }

  /** What was counted, for a control's detail. */
  get codesText(): string {
    return Object.entries(this.#codes)
      .map(([code, n]) => `${code} ${n}`)
      .join(', ');
  }

  outcome(controls: readonly Control[], figures: string): FaultOutcome {
    const { injected, acknowledged, lost, undetected, misclassified } = this;
    const more = this.#failed - this.#failures.length;
    const failures = more > 0 ? [...this.#failures, `and ${more} more`] : this.#failures;
    const sums = { injected, acknowledged, lost, undetected, misclassified };
    return { ...sums, codes: this.#codes, controls, figures, failures };
  }
}
