/** Adds up the rounds of a case. */
import { createRng } from 'quantlaxmi/core';
import { Counts } from '../../lib/counts.js';
import type { Finding } from './check-log.js';

export class Tally extends Counts {
  /** Takes the finding of a round in which `acknowledged` further events were promised. */
  add(where: string, finding: Finding, acknowledged: number): void {
    this.injected += 1;
    this.acknowledged += acknowledged;
    this.lost += finding.lost;
    this.undetected += finding.undetected;
    this.misclassified += finding.misclassified;
    this.count(finding.ending);
    for (const failure of finding.failures) this.fail(where, failure);
    if (finding.lost > 0) this.fail(where, `${finding.lost} acknowledged events are lost`);
  }
}

/** Whole numbers from `seed`: the same for the same seed and round. */
export function choices(seed: number, round: number): (from: number, to: number) => number {
  const rng = createRng(BigInt(seed), BigInt(round));
  return (from, to) => from + rng.below(to - from + 1);
}
