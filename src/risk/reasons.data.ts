/**
 * Every reason code that a risk record can hold, with its one-line meaning, in alphabetical order.
 * @module
 */

/** Reason code → meaning. */
export const RISK_REASONS = {
  QL_INTENT_INVALID: 'The intent holds NaN, a fraction, an unknown word or an unusable id.',
  QL_RISK_BOOK_CROSSED: 'The best bid meets or crosses the best ask.',
  QL_RISK_BOOK_ONE_SIDED: 'One side of the book is empty.',
  QL_RISK_BOOK_UNSYNCED: 'The book of the instrument is out of sequence.',
  QL_RISK_CHECK_FAILED: 'A check threw instead of answering; nothing is known, so nothing goes.',
  QL_RISK_CURRENCY: 'No limit is set in a currency the instrument is valued in.',
  QL_RISK_DUPLICATE_INTENT: 'The intent id was used before in this run.',
  QL_RISK_DUPLICATE_ORDER: 'Equal orders were sent in the window before.',
  QL_RISK_FREEZE_QTY: 'The exchange freezes orders above this quantity.',
  QL_RISK_HALTED: 'Trading stopped after a fault; the observed value is its code.',
  QL_RISK_INSTRUMENT_INVALID: 'Tick, lot or multiplier of the instrument are not above zero.',
  QL_RISK_INSTRUMENT_UNKNOWN: 'The instrument was not declared, or is not valid now.',
  QL_RISK_KILL_SWITCH: 'The kill switch is engaged, or its state is unknown.',
  QL_RISK_LIMIT_EXPIRED: 'The limit was given up to a moment that has passed.',
  QL_RISK_LIMIT_UNSET: 'The policy sets no limit for the instrument.',
  QL_RISK_LIQUIDITY: 'The order is too large a part of the quantity on display.',
  QL_RISK_LIQUIDITY_UNKNOWN: 'The quantity on display is unknown.',
  QL_RISK_MEMORY_FULL: 'More orders came in the window than the check can remember.',
  QL_RISK_MESSAGE_RATIO: 'Too many messages for each order that executed.',
  QL_RISK_NOTIONAL_MAX: 'The order is worth more than the limit.',
  QL_RISK_NOTIONAL_MIN: 'The order is worth less than the venue accepts.',
  QL_RISK_NOT_TRADABLE: 'The instrument is not in the state "trading".',
  QL_RISK_OPEN_ORDERS: 'Too many own orders work already, or their number is unknown.',
  QL_RISK_ORDER_CLOSED: 'The order to cancel can no longer execute.',
  QL_RISK_ORDER_RATE: 'More orders than allowed in the time window.',
  QL_RISK_ORDER_UNKNOWN: 'The order to cancel is not one of this run.',
  QL_RISK_ORDER_VALUE: 'The order is worth more than the limit in the currency of the limit.',
  QL_RISK_POSITION_MAX: 'The position could pass its limit if all working orders execute.',
  QL_RISK_POSITION_UNKNOWN: 'The position or the working quantity is unknown.',
  QL_RISK_PRICE_BAND: 'The price is outside of the band fixed for the day.',
  QL_RISK_PRICE_COLLAR: 'The price is too far from the reference.',
  QL_RISK_PRICE_NOT_POSITIVE: 'The limit price is not above zero.',
  QL_RISK_PRICE_TICK: 'The limit price is not a multiple of the tick.',
  QL_RISK_PRICE_UNKNOWN: 'No price is known at which the whole quantity could execute.',
  QL_RISK_QTY_LOT: 'The quantity is not a multiple of the lot.',
  QL_RISK_QTY_MAX: 'The quantity is above the largest allowed, or that is unknown.',
  QL_RISK_QTY_MIN: 'The quantity is below the smallest the venue accepts.',
  QL_RISK_QUOTE_MISSING: 'No quote was received for the instrument.',
  QL_RISK_QUOTE_STALE: 'The last quote is older than allowed.',
  QL_RISK_RATE_STALE: 'The price that an exchange rate rests on is older than allowed.',
  QL_RISK_RATE_UNKNOWN: 'No exchange rate to the currency of the limit is known.',
  QL_RISK_REDUCE_ONLY: 'A reduce-only order could open or turn a position.',
  QL_RISK_REFERENCE_MISSING: 'No usable price to compare with was received.',
  QL_RISK_REFERENCE_STALE: 'The price to compare with is older than allowed.',
  QL_RISK_SELF_TRADE: 'The order would meet an own working order.',
  QL_RISK_SESSION_CLOSED: 'The venue does not trade now.',
  QL_RISK_SPREAD_MAX: 'The best prices are too far apart.',
  QL_RISK_SPREAD_MIN: 'The best prices are too near to each other.',
} as const;

/** Any code of {@link RISK_REASONS}. */
export type RiskReason = keyof typeof RISK_REASONS;
