/**
 * Reason codes of the simulated venue, in alphabetical order.
 * @module
 */

/** Reason code → meaning. */
export const SIM_REASONS = {
  QL_SIM_AMEND_FILLED: 'The new quantity of an amend is not above what has executed.',
  QL_SIM_EXPIRED: 'The contract has expired.',
  QL_SIM_FOK: 'Fill-or-kill: the liquidity on display does not hold the whole quantity.',
  QL_SIM_IOC: 'Immediate-or-cancel: what did not execute at once expired.',
  QL_SIM_LATENCY: 'The latency model refused the message.',
  QL_SIM_NOT_TRADING: 'The instrument is unknown to the venue or not in the state "trading".',
  QL_SIM_NO_LIQUIDITY: 'A market order found no more liquidity on display.',
  QL_SIM_NO_MARK: 'Funding was due, but there is no mark above 0: no cash moved.',
  QL_SIM_NO_MARKET: 'The venue has no price for the instrument.',
  QL_SIM_NO_SETTLEMENT: 'A contract expired without a price to settle at: the position stands.',
  QL_SIM_REDECLARED: 'The instrument was declared with other exponents after the order was sent.',
  QL_SIM_REDUCE_ONLY: 'Nothing of the position was left to reduce.',
  QL_SIM_WOULD_CROSS: 'Post-only: the order would have taken liquidity.',
} as const;

/** Any code of {@link SIM_REASONS}. */
export type SimReason = keyof typeof SIM_REASONS;
