/** Schemas of market data events. @module */

import * as z from 'zod';
import { decimal, type EventSchema, envelope, int, levels, name, natural, text } from './fields.js';

/**
 * Schema of logged `Quote` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { quoteSchema } from 'quantlaxmi/events';
 *
 * quoteSchema().safeParse({ t: 'Quote' }).success; // => false
 * ```
 */
export function quoteSchema(): EventSchema<'Quote'> {
  return envelope(
    'Quote',
    z.strictObject({
      ask: int().nullable(),
      askQty: natural(),
      bid: int().nullable(),
      bidQty: natural(),
      inst: name(),
      venueSeq: int().nullable(),
    }),
  );
}

/**
 * Schema of logged `Trade` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { tradeSchema } from 'quantlaxmi/events';
 *
 * tradeSchema().safeParse({ t: 'Trade' }).success; // => false
 * ```
 */
export function tradeSchema(): EventSchema<'Trade'> {
  return envelope(
    'Trade',
    z.strictObject({
      aggressor: z.enum(['buy', 'sell', 'unknown']),
      inst: name(),
      price: int(),
      qty: natural(),
      tradeId: text(),
      venueSeq: int().nullable(),
    }),
  );
}

/**
 * Schema of logged `BookSnapshot` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { bookSnapshotSchema } from 'quantlaxmi/events';
 *
 * bookSnapshotSchema().safeParse({ t: 'BookSnapshot' }).success; // => false
 * ```
 */
export function bookSnapshotSchema(): EventSchema<'BookSnapshot'> {
  return envelope(
    'BookSnapshot',
    z.strictObject({ asks: levels(), bids: levels(), inst: name(), venueSeq: int() }),
  );
}

/**
 * Schema of logged `BookDelta` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { bookDeltaSchema } from 'quantlaxmi/events';
 *
 * bookDeltaSchema().safeParse({ t: 'BookDelta' }).success; // => false
 * ```
 */
export function bookDeltaSchema(): EventSchema<'BookDelta'> {
  return envelope(
    'BookDelta',
    z.strictObject({
      asks: levels(),
      bids: levels(),
      firstSeq: int(),
      inst: name(),
      lastSeq: int(),
      prevSeq: int().nullable(),
    }),
  );
}

/**
 * Schema of logged `Funding` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { fundingSchema } from 'quantlaxmi/events';
 *
 * fundingSchema().safeParse({ t: 'Funding' }).success; // => false
 * ```
 */
export function fundingSchema(): EventSchema<'Funding'> {
  return envelope(
    'Funding',
    z.strictObject({
      index: int().nullable(),
      inst: name(),
      intervalUs: natural().nullable(),
      mark: int(),
      nextFundingTs: natural().nullable(),
      rateE8: int(),
    }),
  );
}

/**
 * Schema of logged `Stats` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { statsSchema } from 'quantlaxmi/events';
 *
 * statsSchema().safeParse({ t: 'Stats' }).success; // => false
 * ```
 */
export function statsSchema(): EventSchema<'Stats'> {
  return envelope(
    'Stats',
    z.strictObject({
      close: int().nullable(),
      high: int().nullable(),
      inst: name(),
      last: int().nullable(),
      low: int().nullable(),
      open: int().nullable(),
      openInterest: natural().nullable(),
      turnover: decimal().nullable(),
      volume: natural().nullable(),
    }),
  );
}
