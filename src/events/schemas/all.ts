/** The schemas by type, and the schema of any event. @module */

import * as z from 'zod';
import type { Event, EventType } from '../types.js';
import { barSchema, liquidationSchema } from './bars.js';
import type { EventSchema } from './fields.js';
import { decisionSchema, featureSchema, regimeSchema, riskSchema } from './judgement.js';
import {
  bookDeltaSchema,
  bookSnapshotSchema,
  fundingSchema,
  quoteSchema,
  statsSchema,
  tradeSchema,
} from './market.js';
import { accountSchema, cashFlowSchema, fillSchema, orderSchema } from './orders.js';
import { instrumentSchema, sessionSchema, timerSchema } from './session.js';

const SCHEMAS: { readonly [T in EventType]: () => EventSchema<T> } = {
  Session: sessionSchema,
  Timer: timerSchema,
  Instrument: instrumentSchema,
  Quote: quoteSchema,
  Trade: tradeSchema,
  BookSnapshot: bookSnapshotSchema,
  BookDelta: bookDeltaSchema,
  Funding: fundingSchema,
  Stats: statsSchema,
  Bar: barSchema,
  Liquidation: liquidationSchema,
  Feature: featureSchema,
  Regime: regimeSchema,
  Decision: decisionSchema,
  Risk: riskSchema,
  Order: orderSchema,
  Fill: fillSchema,
  Account: accountSchema,
  CashFlow: cashFlowSchema,
};

/**
 * The schema of logged events of one type. Makes a new schema each time: keep the result.
 *
 * @param t - event type
 * @returns a zod schema of envelope and body that refuses unknown keys
 * @example
 * ```ts
 * import { schemaOf } from 'quantlaxmi/events';
 *
 * const timer = schemaOf('Timer');
 * const body = { cause: 7, due: 8, id: 'decide' };
 * const event = { seq: 1, t: 'Timer', sv: 1, rx: 9, ts: null, src: 'RUNNER', body };
 * timer.safeParse(event).success; // => true
 * timer.safeParse({ ...event, rx: 9.5 }).success; // => false
 * ```
 */
export function schemaOf<T extends EventType>(t: T): EventSchema<T> {
  return SCHEMAS[t]();
}

/**
 * The schema of any logged event, told apart by `t`. Makes a new schema each time: keep the
 * result.
 *
 * @example
 * ```ts
 * import { eventSchema } from 'quantlaxmi/events';
 *
 * eventSchema().safeParse({ t: 'Quote' }).success; // => false
 * ```
 */
export function eventSchema(): z.ZodType<Event> {
  type Member = z.core.$ZodTypeDiscriminable;
  const members = Object.values(SCHEMAS).map((make) => make() as unknown as Member);
  const union = z.discriminatedUnion('t', members as [Member, ...Member[]]);
  return union as unknown as z.ZodType<Event>;
}
