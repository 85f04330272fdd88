/** Schemas of orders, fills and accounts. @module */

import * as z from 'zod';
import {
  decimal,
  type EventSchema,
  envelope,
  exponent,
  int,
  name,
  natural,
  orderKind,
  record,
  side,
  text,
  tif,
} from './fields.js';

const ORDER_STATES = [
  'intent',
  'approved',
  'submitted',
  'acked',
  'partiallyFilled',
  'filled',
  'amendRequested',
  'cancelRequested',
  'cancelled',
  'rejected',
  'expired',
  'unknown',
] as const;

/**
 * Schema of logged `Order` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { orderSchema } from 'quantlaxmi/events';
 *
 * orderSchema().safeParse({ t: 'Order' }).success; // => false
 * ```
 */
export function orderSchema(): EventSchema<'Order'> {
  return envelope(
    'Order',
    z.strictObject({
      cause: natural(),
      clientOrderId: text(),
      inst: name(),
      orderId: name(),
      price: int().nullable(),
      qty: natural(),
      reason: text(),
      remaining: natural(),
      riskDecisionId: text(),
      side: side(),
      state: z.enum(ORDER_STATES),
      tif: tif(),
      type: orderKind(),
      venueOrderId: text(),
    }),
  );
}

/**
 * Schema of logged `Fill` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { fillSchema } from 'quantlaxmi/events';
 *
 * fillSchema().safeParse({ t: 'Fill' }).success; // => false
 * ```
 */
export function fillSchema(): EventSchema<'Fill'> {
  return envelope(
    'Fill',
    z.strictObject({
      cause: natural(),
      fee: int(),
      feeCurrency: text(),
      feeExponent: exponent(),
      fillId: name(),
      inst: name(),
      liquidity: z.enum(['maker', 'taker']),
      orderId: text(),
      price: int(),
      qty: natural(),
      side: side(),
    }),
  );
}

/**
 * Schema of logged `Account` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { accountSchema } from 'quantlaxmi/events';
 *
 * accountSchema().safeParse({ t: 'Account' }).success; // => false
 * ```
 */
export function accountSchema(): EventSchema<'Account'> {
  return envelope(
    'Account',
    z.strictObject({
      account: text(),
      balances: z.array(z.strictObject({ currency: name(), free: decimal(), total: decimal() })),
      cause: natural(),
      margin: record(text()),
      positions: z.array(z.strictObject({ entryPrice: decimal(), inst: name(), qty: decimal() })),
    }),
  );
}

/**
 * Schema of logged `CashFlow` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { cashFlowSchema } from 'quantlaxmi/events';
 *
 * cashFlowSchema().safeParse({ t: 'CashFlow' }).success; // => false
 * ```
 */
export function cashFlowSchema(): EventSchema<'CashFlow'> {
  return envelope(
    'CashFlow',
    z.strictObject({
      amount: decimal(),
      cause: natural(),
      currency: name(),
      flowId: name(),
      inst: name().nullable(),
      kind: z.enum(['funding', 'dividend', 'settlement', 'interest', 'transfer', 'fee', 'rebate']),
      price: int().nullable(),
      qty: int().nullable(),
    }),
  );
}
