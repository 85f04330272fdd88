/**
 * Every reason code that a risk record can hold, with its one-line meaning, in alphabetical order.
 * @module
 */

/** Reason code → meaning. */
export const RISK_REASONS = {
  QL_INTENT_INVALID: 'The intent holds NaN, a fraction, an unknown word or an unusable id.',
  QL_RISK_BOOK_UNSYNCED: 'The book of the instrument is out of sequence.',
  QL_RISK_CHECK_FAILED: 'A check threw instead of answering; nothing is known, so nothing goes.',
  QL_RISK_CURRENCY: 'No limit is set in a currency the instrument is valued in.',
  QL_RISK_DUPLICATE_INTENT: 'The intent id was used before in this run.',
  QL_RISK_HALTED: 'Trading stopped after a fault; the observed value is its code.',
  QL_RISK_INSTRUMENT_INVALID: 'Tick, lot or multiplier of the instrument are not above zero.',
  QL_RISK_INSTRUMENT_UNKNOWN: 'The instrument was not declared, or is not valid now.',
  QL_RISK_KILL_SWITCH: 'The kill switch is engaged, or its state is unknown.',
  QL_RISK_LIMIT_UNSET: 'The policy sets no limit for the instrument.',
  QL_RISK_NOTIONAL_MAX: 'The order is worth more than the limit.',
  QL_RISK_NOTIONAL_MIN: 'The order is worth less than the venue accepts.',
  QL_RISK_NOT_TRADABLE: 'The instrument is not in the state "trading".',
  QL_RISK_ORDER_CLOSED: 'The order to cancel can no longer execute.',
  QL_RISK_ORDER_RATE: 'More orders than allowed in the time window.',
  QL_RISK_ORDER_UNKNOWN: 'The order to cancel is not one of this run.',
  QL_RISK_POSITION_MAX: 'The position could pass its limit if all working orders execute.',
  QL_RISK_POSITION_UNKNOWN: 'The position or the working quantity is unknown.',
  QL_RISK_PRICE_NOT_POSITIVE: 'The limit price is not above zero.',
  QL_RISK_PRICE_TICK: 'The limit price is not a multiple of the tick.',
  QL_RISK_PRICE_UNKNOWN: 'No price is known at which the whole quantity could execute.',
  QL_RISK_QTY_LOT: 'The quantity is not a multiple of the lot.',
  QL_RISK_QTY_MAX: 'The quantity is above the largest allowed, or that is unknown.',
  QL_RISK_QTY_MIN: 'The quantity is below the smallest the venue accepts.',
  QL_RISK_QUOTE_MISSING: 'No quote was received for the instrument.',
  QL_RISK_QUOTE_STALE: 'The last quote is older than allowed.',
  QL_RISK_REDUCE_ONLY: 'A reduce-only order could open or turn a position.',
} as const;

/** Any code of {@link RISK_REASONS}. */
export type RiskReason = keyof typeof RISK_REASONS;
