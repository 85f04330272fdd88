/**
 * Codes of the session records and of requests held back by a run, in alphabetical order.
 * @module
 */

/** Code → meaning. */
export const STRATEGY_REASONS = {
  QL_FLATTEN_GAVE_UP:
    'Flattening sent as many orders as the policy allows and still holds a position.',
  QL_LADDER_CHANGED: 'A scope of the escalation ladder changed its level.',
  QL_OPERATOR_FLATTEN: 'A named person orders the positions of a scope to be closed.',
  QL_OPERATOR_HALT: 'A named person halts a scope.',
  QL_OPERATOR_PEAK: 'A named person bases the high-water mark of equity anew.',
  QL_OPERATOR_POLICY: 'A named person puts another risk policy in force.',
  QL_OPERATOR_REARM: 'A named person ends the halt of a scope.',
  QL_OPERATOR_REFUSED: 'An order of a person was not obeyed; the record says which and why.',
  QL_ORDER_TIMEOUT: 'No answer about an order came in time; what became of it is unknown.',
  QL_RECONCILE_BALANCE: 'A balance differs from the venue by more than the policy tolerates.',
  QL_RECONCILE_DONE: 'The account at the venue was compared and trading may go on.',
  QL_RECONCILE_FOREIGN_ORDER: 'The venue holds an order that the run does not know.',
  QL_RECONCILE_INCOMPLETE: 'The answer about the account is cut off or contradicts itself.',
  QL_RECONCILE_ORDER_STATE: 'An order has another state at the venue than in the run.',
  QL_RECONCILE_POSITION: 'A position differs from the venue.',
  QL_RECONCILE_TIMEOUT: 'The answer about the account did not come in time; it is asked for again.',
  QL_RISK_POLICY: 'Another risk policy is in force from here on.',
  QL_RUN_RESUMED: 'A runner goes on where one that was killed had stopped.',
  QL_SEND_CANCEL_HELD_BACK:
    'A cancel that had to go first was held back, so the request was as well.',
  QL_SEND_GUARD_FAILED:
    'The guard of requests threw or gave no answer, so the request was held back.',
  QL_SEND_LATE: 'The decision was too old, or its age unknown, when its request was to be sent.',
  QL_WAL_FLOWING: 'The log is written in time again.',
  QL_WAL_POISONED: 'The log can not be written any more, so nothing is sent.',
  QL_WAL_STALLED: 'The log is not written in time; new orders wait until it is.',
} as const;

/** Any code of {@link STRATEGY_REASONS}. */
export type StrategyReason = keyof typeof STRATEGY_REASONS;
