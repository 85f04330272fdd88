/**
 * When an order that is not answered counts as unknown, and when the venue is asked about it.
 * @module
 */
import type { OrderLifeSpec } from '../risk/index.js';
import type { OwnOrder } from './types.js';
import type { TimerRequest } from './venue.js';

/** What a due timer asks for: call the order unknown, or ask the venue about it. */
export type OrderOverdue = 'unknown' | 'query';

const PREFIX = 'order/';

/** How long the order may stay as it is; null while it waits for nothing. */
function patienceOf(order: OwnOrder, spec: OrderLifeSpec): number | null {
  switch (order.state) {
    case 'submitted':
      return spec.ackTimeoutUs;
    case 'amendRequested':
    case 'cancelRequested':
      return spec.changeTimeoutUs;
    case 'unknown':
      return spec.queryEveryUs;
    default:
      return null;
  }
}

/**
 * The timer for an order that has begun to wait: for the answer to a new order, an amend or a
 * cancel, or, while it is unknown, for the next question. Ask for one after each request, after
 * each fact that changed `requests`, and after each question; a timer that is overtaken by an
 * answer is not taken back, {@link overdue} sees that it means nothing any more.
 *
 * @param order - the order as it is now
 * @param spec - how long to wait, µs
 * @param nowUs - logged time, µs
 * @returns the timer, its id unique among the order's waits, or null while it waits for nothing
 * @example
 * ```ts
 * import { createOrderStore, orderTimer, overdue } from 'quantlaxmi/execution';
 *
 * const orders = createOrderStore();
 * const order = orders.submit({
 *   action: 'place', clientOrderId: 'c-1', decisionId: 'd-1', inst: 'SIM:X:A', intentId: 'a',
 *   orderId: 'o-1', price: 100, qty: 5, reduceOnly: false, riskDecisionId: 'r-1', side: 'buy',
 *   tif: 'gtc', type: 'limit',
 * });
 * const spec = { ackTimeoutUs: 500, changeTimeoutUs: 500, queryEveryUs: 1_000 };
 * const timer = orderTimer(order, spec, 10_000);
 * timer?.dueUs; // => 10500
 * overdue(orders.get('o-1'), timer?.id ?? ''); // => 'unknown'
 * ```
 */
export function orderTimer(
  order: OwnOrder,
  spec: OrderLifeSpec,
  nowUs: number,
): TimerRequest | null {
  const waitUs = patienceOf(order, spec);
  if (waitUs === null) return null;
  return { id: `${PREFIX}${order.requests}/${order.orderId}`, dueUs: nowUs + waitUs };
}

/** The order a timer of {@link orderTimer} belongs to; null for another timer. */
export function timedOrderId(timerId: string): string | null {
  if (!timerId.startsWith(PREFIX)) return null;
  const at = timerId.indexOf('/', PREFIX.length);
  return at < 0 ? null : timerId.slice(at + 1);
}

/**
 * What a due timer means for its order: nothing (null) once the wait it was made for is over.
 *
 * @param order - the order as it is now; null when it is forgotten
 * @param timerId - id of the timer that fired
 */
export function overdue(order: OwnOrder | null, timerId: string): OrderOverdue | null {
  if (order === null || timerId !== `${PREFIX}${order.requests}/${order.orderId}`) return null;
  if (order.state === 'unknown') return 'query';
  const waits = order.state === 'submitted' || order.state.endsWith('Requested');
  return waits ? 'unknown' : null;
}
