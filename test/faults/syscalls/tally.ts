/** Counts of a row as it goes. */
import type { Control, FaultOutcome } from '../lib/case.js';
import { Counts } from '../lib/counts.js';
import type { LogCheck } from './check.js';
import type { Told } from './told.js';

export class Tally extends Counts {
  readonly controls: Control[] = [];

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

  finish(figures: string): FaultOutcome {
    return this.outcome(this.controls, figures);
  }
}
