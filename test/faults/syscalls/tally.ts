/** Counts of a row as it goes. */
import type { Control, FaultOutcome } from '../lib/case.js';
import type { LogCheck } from './check.js';
import type { Told } from './told.js';

/** More failures say nothing new. */
const FAILURES_KEPT = 12;

export class Tally {
  injected = 0;
  acknowledged = 0;
  lost = 0;
  undetected = 0;
  misclassified = 0;
  readonly codes: Record<string, number> = {};
  readonly controls: Control[] = [];
  readonly #failures: string[] = [];

  count(code: string, n = 1): void {
    this.codes[code] = (this.codes[code] ?? 0) + n;
  }

  fail(text: string): void {
    if (this.#failures.length < FAILURES_KEPT) this.#failures.push(text);
  }

  misclassify(text: string): void {
    this.misclassified += 1;
    this.fail(text);
  }

  /** Takes a run and what its log was found to be. */
  checked(told: Told, check: LogCheck, place: string): void {
    this.acknowledged += told.acknowledged - (told.opened ?? 0);
    this.lost += check.lost;
    if (check.lost > 0) {
      this.fail(`${place}: ${told.acknowledged} acknowledged, ${check.recovered} found`);
    }
    for (const problem of check.problems) this.fail(`${place}: ${problem}`);
    const ending = told.closed ? 'closed' : told.signal === null ? 'ended' : 'killed';
    this.count(told.error?.code ?? ending);
  }

  outcome(figures: string): FaultOutcome {
    const { injected, acknowledged, lost, undetected, misclassified, codes, controls } = this;
    const counts = { injected, acknowledged, lost, undetected, misclassified };
    return { ...counts, codes, controls, figures, failures: this.#failures };
  }
}
