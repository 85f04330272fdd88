/**
 * Pre-trade risk: the checks an intent must pass, and the only maker of approved orders.
 * @module
 */
export { assertApproved, isApproved } from './approved.js';
export { maxNotional } from './checks/max-notional.js';
export { maxOrderRate } from './checks/max-order-rate.js';
export { maxPosition, maxQty } from './checks/max-position.js';
export { quoteAge } from './checks/quote-age.js';
export { evaluateIntent } from './evaluate.js';
export { type SanitizedIntent, sanitizeIntent } from './intent.js';
export { parseRiskPolicy, riskPolicy } from './policy.js';
export { RISK_REASONS, type RiskReason } from './reasons.data.js';
export type {
  LadderChange,
  LadderMetric,
  LadderRung,
  LadderScopeKind,
  LadderSpec,
  LadderState,
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
