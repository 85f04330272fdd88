/**
 * The life of an order, and the port to the places that execute it.
 * @module
 */
export { CLOSED_ORDERS_KEPT, createOrderStore, type OrderStore } from './order-store.js';
export {
  amendingOrder,
  cancellingOrder,
  doubtedOrder,
  fillOrder,
  type OrderChange,
  type OrderOutcome,
  reportOrder,
  submittedOrder,
} from './own-order.js';
export { type OrderOverdue, orderTimer, overdue, timedOrderId } from './order-timers.js';
export { createPriceView, type Freshest, type PriceView } from './price-view.js';
export { MISSING_ORDER } from './internal/contradiction.js';
export { missingOrderEnd, reconcile } from './reconcile.js';
export { EXECUTION_REASONS, type ExecutionReason } from './reasons.data.js';
export type {
  Difference,
  DifferenceKind,
  ReconcileAction,
  ReconcileInput,
  ReconcileResult,
} from './reconcile-types.js';
export { canTransition, isOpenState, ORDER_TRANSITIONS } from './transitions.js';
export type { OrderTerms, OwnOrder } from './types.js';
export {
  NO_EFFECTS,
  NO_SUCH_ORDER,
  type OrderQuery,
  RECONCILED_CODE,
  STATE_TOLD,
  type TimerRequest,
  type Venue,
  type VenueEffects,
  type VenueFact,
} from './venue.js';
