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
  Approved,
  BookState,
  CancelOrder,
  CheckResult,
  KillSwitch,
  KnownOrder,
  OrderIntent,
  PlaceOrder,
  RiskCheck,
  RiskCheckSpec,
  RiskDecision,
  RiskMemory,
  RiskPolicy,
  RiskPolicySpec,
  RiskView,
  Touch,
  Working,
} from './types.js';
