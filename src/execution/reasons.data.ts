/**
 * Codes of what venues answer to questions about orders and accounts, in alphabetical order.
 * @module
 */

/** Code → meaning. */
export const EXECUTION_REASONS = {
  QL_RECONCILE_MISSING_ORDER: 'An own order that is open for the run is not open at the venue.',
  QL_VENUE_NO_SUCH_ORDER: 'Asked about an order, the venue says that it will never execute it.',
  QL_VENUE_RECONCILED: 'The answer to a question about the whole account ends here.',
  QL_VENUE_STATE_TOLD:
    'Asked about an order, the venue tells its state; no change of it is under way.',
} as const;

/** Any code of {@link EXECUTION_REASONS}. */
export type ExecutionReason = keyof typeof EXECUTION_REASONS;
