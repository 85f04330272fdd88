/**
 * Counting what a check looks for, and remembering where it was found first.
 * @module
 */
import type { Limit } from '../config.js';
import type { GateCheck } from '../report.js';

/** Occurrences of one thing, with the place of the first. */
export interface Tally {
  count: number;
  first: string;
}

/** An empty tally. */
export const tally = (): Tally => ({ count: 0, first: '' });

/** Counts one occurrence at `seq`; the text is built only for the first. */
export function hit(to: Tally, seq: number, describe: () => string): void {
  if (to.count === 0) to.first = `First at seq ${seq}: ${describe()}.`;
  to.count += 1;
}

/** A check that compares a measured integer with a limit. */
export function limitCheck(
  id: string,
  limit: Limit,
  measured: { readonly observed: number; readonly detail: string },
): GateCheck {
  const { observed, detail } = measured;
  const verdict = observed <= limit.max ? 'pass' : limit.over;
  return { id, observed, threshold: limit.max, verdict, detail };
}

/** A check that compares a tally with a limit. */
export const tallyCheck = (id: string, limit: Limit, found: Tally): GateCheck =>
  limitCheck(id, limit, { observed: found.count, detail: found.first });
