/**
 * Pre-trade risk: the checks an intent must pass, and the only maker of approved orders.
 * @module
 */
export { assertApproved, isApproved } from './approved.js';
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
