/**
 * The run-time side of the `Approved` brand.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import { isSealed } from './internal/seal.js';
import type { Approved, OrderRequest } from './types.js';

/**
 * True for the very object that risk approved. A copy, a cast and a parsed JSON text are not it.
 *
 * @param value - anything
 * @example
 * ```ts
 * import { isApproved } from 'quantlaxmi/risk';
 *
 * isApproved({ action: 'place' }); // => false
 * ```
 */
export function isApproved(value: unknown): value is Approved<OrderRequest> {
  return isSealed(value);
}

/**
 * Refuses what risk did not approve. Every venue calls it first.
 *
 * @param value - what is about to be sent
 * @throws QuantlaxmiError QL_ORDER_NOT_APPROVED
 * @example
 * ```ts
 * import { assertApproved } from 'quantlaxmi/risk';
 *
 * let refused = false;
 * try {
 *   assertApproved({ action: 'place', orderId: 'forged' });
 * } catch {
 *   refused = true;
 * }
 * refused; // => true
 * ```
 */
export function assertApproved(value: unknown): asserts value is Approved<OrderRequest> {
  if (isSealed(value)) return;
  const id = (value as { orderId?: unknown } | null | undefined)?.orderId;
  throw new QuantlaxmiError(
    'QL_ORDER_NOT_APPROVED',
    `Order ${typeof id === 'string' ? id : '(no id)'} reached a venue without approval; ` +
      'expected the object that evaluateIntent returned, not a copy. Send orders through risk.',
    { context: { orderId: typeof id === 'string' ? id : null } },
  );
}
