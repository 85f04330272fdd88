/** Schemas of bars and of liquidations. @module */

import * as z from 'zod';
import {
  decimal,
  type EventSchema,
  envelope,
  int,
  name,
  natural,
  positive,
  side,
  text,
} from './fields.js';

/**
 * Schema of logged `Bar` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { barSchema } from 'quantlaxmi/events';
 *
 * barSchema().safeParse({ t: 'Bar' }).success; // => false
 * ```
 */
export function barSchema(): EventSchema<'Bar'> {
  return envelope(
    'Bar',
    z.strictObject({
      close: int(),
      final: z.boolean(),
      high: int(),
      inst: name(),
      intervalUs: positive(),
      low: int(),
      open: int(),
      openTs: natural(),
      trades: natural().nullable(),
      turnover: decimal().nullable(),
      volume: natural(),
    }),
  );
}

/**
 * Schema of logged `Liquidation` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { liquidationSchema } from 'quantlaxmi/events';
 *
 * liquidationSchema().safeParse({ t: 'Liquidation' }).success; // => false
 * ```
 */
export function liquidationSchema(): EventSchema<'Liquidation'> {
  return envelope(
    'Liquidation',
    z.strictObject({
      avgPrice: int().nullable(),
      filledQty: natural(),
      inst: name(),
      price: int(),
      qty: natural(),
      side: side(),
      status: text(),
    }),
  );
}
