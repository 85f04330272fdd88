/**
 * Pre-trade risk: the checks an intent must pass, and the only maker of approved orders.
 * @module
 */
export { assertApproved, isApproved } from './approved.js';
export { maxNotional } from './checks/max-notional.js';
export { maxOrderRate } from './checks/max-order-rate.js';
export { maxPosition, maxQty } from './checks/max-position.js';
export { duplicateOrder } from './checks/duplicate-order.js';
export { freezeQty } from './checks/freeze-qty.js';
export { inSession } from './checks/in-session.js';
export { liquidityFloor } from './checks/liquidity-floor.js';
export { maxOrderValue } from './checks/max-order-value.js';
export { messageToFill } from './checks/message-to-fill.js';
export { type OpenOrdersScope, openOrders } from './checks/open-orders.js';
export {
  orderRate,
  type RateCounts,
  type RateMethod,
  type RateScope,
} from './checks/order-rate.js';
export { type PriceBand, priceBand } from './checks/price-band.js';
export { type CollarBand, type CollarReference, priceCollar } from './checks/price-collar.js';
export { type SelfTradeMode, selfTrade } from './checks/self-trade.js';
export { type SpreadBounds, spreadBounds } from './checks/spread-bounds.js';
export { quoteAge } from './checks/quote-age.js';
export {
  maintenanceAmounts,
  maintenanceMargin,
  type MarginBracket,
  type MarginBracketSpec,
  marginBrackets,
} from './brackets.js';
export { cashCover } from './checks/cash-cover.js';
export {
  clockError,
  type RegimeWords,
  regime,
  toxicity,
  volatilityHalt,
} from './checks/conditions.js';
export { consecutiveLosses, dailyLoss, drawdown } from './checks/losses.js';
export {
  type LiquidationSpec,
  type MarginCoverOptions,
  type MarginTermsSpec,
  marginCover,
} from './checks/margin-cover.js';
export { type ExposureLimit, type ExposureScope, maxExposure } from './checks/max-exposure.js';
export {
  type SpanFunds,
  type SpanLot,
  type SpanMarginOptions,
  spanMargin,
} from './checks/span-margin.js';
export { evaluateIntent } from './evaluate.js';
export { type SanitizedIntent, sanitizeIntent } from './intent.js';
export {
  type BracketedLeg,
  isolatedLiquidationPrice,
  liquidationPrice,
  liquidationPriceInBracket,
  type MarginBalance,
  type MarginLeg,
} from './margin-liquidation.js';
export { parseRiskPolicy, type RiskPolicyOptions, riskPolicy } from './policy.js';
export type { PolicyParts } from './policy-parts.js';
export { NSE_ORDERS_PER_SECOND, nseRetailAlgo } from './presets.js';
export { RISK_REASONS, type RiskReason } from './reasons.data.js';
export {
  type FlattenHold,
  type FlattenProgress,
  type FlattenStep,
  flattenIntents,
} from './flatten.js';
export { haltLadder, type LadderOrder, rearmLadder, stepLadder } from './ladder.js';
export { observeLadder } from './ladder-observe.js';
export type {
  LadderChange,
  LadderFacts,
  LadderMetric,
  LadderObservation,
  LadderRung,
  LadderScopeKind,
  LadderSpec,
  LadderState,
  LadderStep,
  LadderTrigger,
} from './ladder-types.js';
export type {
  AccountSpec,
  FlattenSpec,
  OrderLifeSpec,
  RateSource,
  ReconcileSpec,
} from './policy-types.js';
export type {
  AmendOrder,
  Approved,
  BookState,
  CancelOrder,
  CheckResult,
  EquityState,
  KillSwitch,
  KnownOrder,
  LogHealth,
  Mark,
  MessageCounts,
  OrderIntent,
  OrderRequest,
  PlaceOrder,
  PriceRange,
  ReconcileState,
  RiskCheck,
  RiskCheckSpec,
  RiskDecision,
  RiskInput,
  RiskMemory,
  RiskPolicy,
  RiskPolicySpec,
  RiskView,
  SpecValue,
  Touch,
  Working,
  WorkingOrder,
} from './types.js';
export { UNKNOWN_VIEW } from './unknown-view.js';
