/**
 * The facts: one envelope, nineteen bodies, their byte codecs, schemas and versions.
 * @module
 */

export type { EventCounts } from './counts.js';
export { countEvent, isEventType } from './counts.js';
export { decodeEvent, decodeEventJson } from './decode.js';
export type { Encoder } from './encode.js';
export { createEncoder, encodeEventJson, encodeEventPrefix } from './encode.js';
export type { EventField } from './event-fields.js';
export { eventFields } from './event-fields.js';
export { EVENT_TYPES, SCHEMA_VERSIONS } from './generated/tables.js';
export { schemaSha256 } from './schema-hash.js';
export { eventSchema, schemaOf } from './schemas/all.js';
export type { EventSchema } from './schemas/fields.js';
export { decisionSchema, featureSchema, regimeSchema, riskSchema } from './schemas/judgement.js';
export { barSchema, liquidationSchema } from './schemas/bars.js';
export {
  bookDeltaSchema,
  bookSnapshotSchema,
  fundingSchema,
  quoteSchema,
  statsSchema,
  tradeSchema,
} from './schemas/market.js';
export { accountSchema, cashFlowSchema, fillSchema, orderSchema } from './schemas/orders.js';
export { instrumentSchema, sessionSchema, timerSchema } from './schemas/session.js';
export type {
  AccountBody,
  Aggressor,
  BarBody,
  CashFlowBody,
  CashFlowKind,
  BookDeltaBody,
  BookSnapshotBody,
  DecisionBody,
  Event,
  EventBodies,
  EventInput,
  EventInputOf,
  EventOf,
  EventType,
  FeatureBody,
  FillBody,
  FundingBody,
  InstrumentBody,
  InstrumentClass,
  InstrumentStatus,
  IntentBody,
  LadderLevel,
  Level,
  LiquidationBody,
  OrderBody,
  OrderKind,
  OrderState,
  QuoteBody,
  RegimeBody,
  RiskBody,
  RiskCheckBody,
  RiskVerdict,
  SessionBody,
  SessionKind,
  Side,
  StatsBody,
  TimeInForce,
  TimerBody,
  TradeBody,
} from './types.js';
export type { AnyBody, Upcaster, UpcasterTable } from './upcast.js';
export { UPCASTERS, upcastBody } from './upcast.js';
export { validateEvent } from './validate.js';
