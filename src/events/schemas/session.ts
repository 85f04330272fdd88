/** Schemas of the events about the capture, the run and the instruments. @module */

import * as z from 'zod';
import {
  decimal,
  type EventSchema,
  envelope,
  exponent,
  int,
  name,
  natural,
  numbersOrTexts,
  positive,
  text,
} from './fields.js';

const SESSION_KINDS = [
  'start',
  'stop',
  'connected',
  'disconnected',
  'gap',
  'resync',
  'malformed',
  'clock',
  'recovered',
  'config',
  'killSwitch',
  'ladder',
  'operator',
] as const;

/**
 * Schema of logged `Session` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { sessionSchema } from 'quantlaxmi/events';
 *
 * sessionSchema().safeParse({ t: 'Session' }).success; // => false
 * ```
 */
export function sessionSchema(): EventSchema<'Session'> {
  return envelope(
    'Session',
    z.strictObject({
      code: text(),
      details: numbersOrTexts(),
      inst: name().nullable(),
      kind: z.enum(SESSION_KINDS),
    }),
  );
}

/**
 * Schema of logged `Timer` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { timerSchema } from 'quantlaxmi/events';
 *
 * timerSchema().safeParse({ t: 'Timer' }).success; // => false
 * ```
 */
export function timerSchema(): EventSchema<'Timer'> {
  return envelope('Timer', z.strictObject({ cause: natural(), due: natural(), id: name() }));
}

/**
 * Schema of logged `Instrument` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { instrumentSchema } from 'quantlaxmi/events';
 *
 * instrumentSchema().safeParse({ t: 'Instrument' }).success; // => false
 * ```
 */
export function instrumentSchema(): EventSchema<'Instrument'> {
  return envelope(
    'Instrument',
    z.strictObject({
      base: text(),
      class: z.enum(['spot', 'perp', 'future', 'option', 'equity', 'index']),
      expiry: natural().nullable(),
      inferred: z.boolean(),
      instrumentId: name(),
      inverse: z.boolean(),
      lot: positive(),
      maxQty: natural().nullable(),
      minNotional: decimal().nullable(),
      minQty: natural(),
      multiplier: decimal(),
      priceExponent: exponent(),
      qtyExponent: exponent(),
      quote: text(),
      right: z.enum(['call', 'put']).nullable(),
      segment: text(),
      settle: text(),
      status: z.enum(['trading', 'halted', 'closed', 'unknown']),
      strike: int().nullable(),
      symbol: name(),
      tick: positive(),
      validTo: natural().nullable(),
      venue: name(),
    }),
  );
}
