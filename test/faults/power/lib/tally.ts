/** Adds up the rounds of a case. */
import { createRng } from 'quantlaxmi/core';
import type { Control, FaultOutcome } from '../../lib/case.js';
import type { Finding } from './check-log.js';

const SHOWN_FAILURES = 5;

export class Tally {
  injected = 0;
  acknowledged = 0;
  lost = 0;
  undetected = 0;
  misclassified = 0;
  readonly #codes: Record<string, number> = {};
  readonly #failures: string[] = [];
  #failed = 0;

  seen(code: string): void {
    this.#codes[code] = (this.#codes[code] ?? 0) + 1;
  }

  fail(where: string, what: string): void {
    this.#failed += 1;
    if (this.#failures.length < SHOWN_FAILURES) this.#failures.push(`${where}: ${what}`);
  }

  /** Takes the finding of a round in which `acknowledged` further events were promised. */
  add(where: string, finding: Finding, acknowledged: number): void {
    this.injected += 1;
    this.acknowledged += acknowledged;
    this.lost += finding.lost;
    this.undetected += finding.undetected;
    this.misclassified += finding.misclassified;
    this.seen(finding.ending);
    for (const failure of finding.failures) this.fail(where, failure);
    if (finding.lost > 0) this.fail(where, `${finding.lost} acknowledged events are lost`);
  }

  /** True when anything at all was found wrong: what a control has to reach. */
  get objects(): boolean {
    return this.#failed > 0 || this.lost + this.undetected + this.misclassified > 0;
  }

  /** What is in the codes, for a control's detail. */
  get codesText(): string {
    return Object.entries(this.#codes)
      .map(([code, count]) => `${code} ${count}`)
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

/** Whole numbers from `seed`: the same for the same seed and round. */
export function choices(seed: number, round: number): (from: number, to: number) => number {
  const rng = createRng(BigInt(seed), BigInt(round));
  return (from, to) => from + rng.below(to - from + 1);
}
