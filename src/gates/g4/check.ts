/**
 * Building the checks of G4.
 * @module
 */
import type { GateVerdict } from '../../manifest/index.js';
import type { GateCheck } from '../report.js';

/** A condition that holds or does not. */
export interface Condition {
  readonly holds: boolean;
  readonly observed: number | string;
  readonly threshold: number | string;
  readonly detail?: string;
  /** Verdict when it does not hold; `fail` when not given. */
  readonly otherwise?: GateVerdict;
}

/** The check of a condition. */
export const conditionCheck = (id: string, condition: Condition): GateCheck => ({
  id,
  observed: condition.observed,
  threshold: condition.threshold,
  verdict: condition.holds ? 'pass' : (condition.otherwise ?? 'fail'),
  detail: condition.detail ?? '',
});

/** A check over a list of problems: none may be there; the first few are shown. */
export const problemsCheck = (
  id: string,
  threshold: string,
  problems: readonly string[],
): GateCheck =>
  conditionCheck(id, {
    holds: problems.length === 0,
    observed: problems.length,
    threshold,
    detail: problems.slice(0, 8).join('; '),
  });

/** What an error says, with its code where it has one. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `${code}: ${error.message}` : error.message;
}
