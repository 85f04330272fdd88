/** Schemas of what features, the regime router, strategies and risk say. @module */

import * as z from 'zod';
import {
  type EventSchema,
  envelope,
  hash,
  int,
  name,
  natural,
  numbersOrTexts,
  orderKind,
  side,
  text,
  tif,
} from './fields.js';

/**
 * Schema of logged `Feature` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { featureSchema } from 'quantlaxmi/events';
 *
 * featureSchema().safeParse({ t: 'Feature' }).success; // => false
 * ```
 */
export function featureSchema(): EventSchema<'Feature'> {
  return envelope(
    'Feature',
    z.strictObject({
      cause: natural(),
      hash: hash(),
      id: name(),
      inst: name(),
      values: numbersOrTexts(),
    }),
  );
}

/**
 * Schema of logged `Regime` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { regimeSchema } from 'quantlaxmi/events';
 *
 * regimeSchema().safeParse({ t: 'Regime' }).success; // => false
 * ```
 */
export function regimeSchema(): EventSchema<'Regime'> {
  return envelope(
    'Regime',
    z.strictObject({
      cause: natural(),
      inst: name(),
      liquidity: text(),
      profile: text(),
      sinceSeq: natural(),
      trend: text(),
      volatility: text(),
    }),
  );
}

const intent = () =>
  z.strictObject({
    action: z.enum(['place', 'cancel', 'amend']),
    inst: name(),
    intentId: name(),
    price: int().nullable(),
    qty: natural(),
    reduceOnly: z.boolean(),
    side: side(),
    tif: tif(),
    type: orderKind(),
  });

/**
 * Schema of logged `Decision` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { decisionSchema } from 'quantlaxmi/events';
 *
 * decisionSchema().safeParse({ t: 'Decision' }).success; // => false
 * ```
 */
export function decisionSchema(): EventSchema<'Decision'> {
  return envelope(
    'Decision',
    z.strictObject({
      cause: natural(),
      decisionId: name(),
      features: numbersOrTexts(),
      intents: z.array(intent()),
      profile: text(),
      regime: text(),
      strategyId: text(),
    }),
  );
}

/**
 * Schema of logged `Risk` events. Makes a new schema each time: keep the result.
 *
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { riskSchema } from 'quantlaxmi/events';
 *
 * riskSchema().safeParse({ t: 'Risk' }).success; // => false
 * ```
 */
export function riskSchema(): EventSchema<'Risk'> {
  return envelope(
    'Risk',
    z.strictObject({
      cause: natural(),
      checks: z.array(
        z.strictObject({
          code: text(),
          id: name(),
          limit: text(),
          observed: text(),
          ok: z.boolean(),
        }),
      ),
      decisionId: text(),
      intentId: text(),
      ladder: z.enum(['normal', 'warn', 'throttle', 'halt']),
      riskDecisionId: name(),
      verdict: z.enum(['allow', 'reduce', 'throttle', 'reject', 'halt']),
    }),
  );
}
