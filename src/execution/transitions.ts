/**
 * Which state of an order leads to which.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { OrderState } from '../events/index.js';

/** State → states it may go to. A state without successors is final. */
export const ORDER_TRANSITIONS: Readonly<Record<OrderState, readonly OrderState[]>> = {
  intent: ['approved', 'rejected'],
  approved: ['submitted', 'rejected'],
  submitted: [
    'acked',
    'partiallyFilled',
    'filled',
    'amendRequested',
    'cancelRequested',
    'cancelled',
    'rejected',
    'expired',
    'unknown',
  ],
  acked: [
    'partiallyFilled',
    'filled',
    'amendRequested',
    'cancelRequested',
    'cancelled',
    'expired',
    'unknown',
  ],
  partiallyFilled: [
    'filled',
    'amendRequested',
    'cancelRequested',
    'cancelled',
    'expired',
    'unknown',
  ],
  // Back to acked or partiallyFilled when the venue took the amend, or refused it with a reason.
  amendRequested: [
    'acked',
    'partiallyFilled',
    'filled',
    'cancelRequested',
    'cancelled',
    'rejected',
    'expired',
    'unknown',
  ],
  // Back to acked or partiallyFilled when the venue refuses the cancel.
  cancelRequested: [
    'acked',
    'partiallyFilled',
    'filled',
    'cancelled',
    'rejected',
    'expired',
    'unknown',
  ],
  // Back to amendRequested when the order is seen alive on its old terms and the amend is open.
  unknown: [
    'acked',
    'partiallyFilled',
    'filled',
    'amendRequested',
    'cancelRequested',
    'cancelled',
    'rejected',
    'expired',
  ],
  filled: [],
  cancelled: [],
  rejected: [],
  expired: [],
};

/**
 * True when an order in `state` can still execute. `unknown` counts as open: nobody knows that it
 * cannot.
 *
 * @param state - the order's state
 * @example
 * ```ts
 * import { isOpenState } from 'quantlaxmi/execution';
 *
 * isOpenState('unknown'); // => true
 * isOpenState('expired'); // => false
 * ```
 */
export function isOpenState(state: OrderState): boolean {
  return ORDER_TRANSITIONS[state].length > 0;
}

/**
 * True when `from` may go to `to`.
 *
 * @param from - present state
 * @param to - state asked for
 * @example
 * ```ts
 * import { canTransition } from 'quantlaxmi/execution';
 *
 * canTransition('submitted', 'acked'); // => true
 * canTransition('filled', 'cancelled'); // => false
 * ```
 */
export function canTransition(from: OrderState, to: OrderState): boolean {
  return ORDER_TRANSITIONS[from].includes(to);
}

/** Makes the error of an illegal transition. */
export function transitionError(
  orderId: string,
  from: OrderState,
  wrong: { readonly to: OrderState; readonly why: string },
): QuantlaxmiError {
  const successors = ORDER_TRANSITIONS[from].join(', ');
  return new QuantlaxmiError(
    'QL_ORDER_TRANSITION',
    `Order ${orderId} is ${from} and was told to be ${wrong.to}: ${wrong.why}; expected ` +
      `${successors === '' ? 'nothing more' : `one of ${successors}`}. ` +
      'Stop trading and reconcile with the venue.',
    { context: { orderId, from, to: wrong.to } },
  );
}
