/**
 * What the body of every event type looks like, as data. `scripts/generate-codecs.ts` turns this
 * table into the byte encoders and scanners of `generated/`; {@link schemaSha256} hashes it. The
 * zod schemas are written by hand beside it and a property test holds the two together.
 *
 * Limits are structure, not market truth: a quantity is not negative and an instrument has a
 * name, but nothing here knows what a sensible price is.
 * @module
 */

import type { EventBodies, EventType } from './types.js';

/** A safe integer with optional inclusive bounds. */
export interface IntField {
  readonly kind: 'int';
  readonly min?: number;
  readonly max?: number;
  readonly nullable?: true;
}

/** What a text holds: anything, at least one character, a decimal number, a SHA-256 in hex. */
export type TextForm = 'any' | 'nonEmpty' | 'decimal' | 'hex64';

/** A well-formed Unicode string. `cached` marks names that repeat from line to line. */
export interface TextField {
  readonly kind: 'text';
  readonly form: TextForm;
  readonly cached?: true;
  readonly nullable?: true;
}

/** One of a fixed list of words. */
export interface WordField {
  readonly kind: 'word';
  readonly of: readonly string[];
  readonly nullable?: true;
}

/** `true` or `false`. */
export interface BoolField {
  readonly kind: 'bool';
}

/** A list of `[price, qty]` pairs: any safe integer, then one that is not negative. */
export interface LevelsField {
  readonly kind: 'levels';
}

/** A record with free keys; values are texts, or integers and texts. */
export interface MapField {
  readonly kind: 'map';
  readonly of: 'text' | 'intOrText';
}

/** A list of records of one fixed shape. */
export interface ListField {
  readonly kind: 'list';
  readonly of: Fields;
}

/** Any field of a body. */
export type Field =
  | IntField
  | TextField
  | WordField
  | BoolField
  | LevelsField
  | MapField
  | ListField;

/** Fields by key. The codec writes the keys in UTF-16 order whatever the order here. */
export type Fields = Readonly<Record<string, Field>>;

/** One version of one body. */
export interface BodyDescriptor<K extends string = string> {
  /** Schema version, from 1. */
  readonly sv: number;
  readonly fields: Readonly<Record<K, Field>>;
}

const int: IntField = { kind: 'int' };
const intOrNull: IntField = { kind: 'int', nullable: true };
const natural: IntField = { kind: 'int', min: 0 };
const naturalOrNull: IntField = { kind: 'int', min: 0, nullable: true };
const positive: IntField = { kind: 'int', min: 1 };
const exponent: IntField = { kind: 'int', min: -18, max: 18 };
const bool: BoolField = { kind: 'bool' };
const levels: LevelsField = { kind: 'levels' };
/** Free text that differs from line to line (trade ids). */
const text: TextField = { kind: 'text', form: 'any' };
/** Free text that repeats (bucket names, reason codes). */
const label: TextField = { kind: 'text', form: 'any', cached: true };
/** Identity that differs from line to line. */
const id: TextField = { kind: 'text', form: 'nonEmpty' };
/** Identity that repeats from line to line (instruments, venues). */
const name: TextField = { kind: 'text', form: 'nonEmpty', cached: true };
const decimal: TextField = { kind: 'text', form: 'decimal' };
const hash: TextField = { kind: 'text', form: 'hex64' };
const numbersOrTexts: MapField = { kind: 'map', of: 'intOrText' };

const words = (...of: readonly string[]): WordField => ({ kind: 'word', of });
const wordsOrNull = (...of: readonly string[]): WordField => ({ kind: 'word', of, nullable: true });

const side = /* @__PURE__ */ words('buy', 'sell');
const tif = /* @__PURE__ */ words('gtc', 'ioc', 'fok', 'gtx');
const orderKind = /* @__PURE__ */ words('limit', 'market');

type Table = {
  readonly [T in EventType]: readonly BodyDescriptor<keyof EventBodies[T] & string>[];
};

/** Every version of every body, oldest first; the last one is what writers write. */
export const DESCRIPTORS: Table = {
  Session: [
    {
      sv: 1,
      fields: {
        code: label,
        details: numbersOrTexts,
        inst: { kind: 'text', form: 'nonEmpty', cached: true, nullable: true },
        kind: /* @__PURE__ */ words(
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
        ),
      },
    },
  ],
  Timer: [{ sv: 1, fields: { cause: natural, due: natural, id: name } }],
  Instrument: [
    {
      sv: 1,
      fields: {
        base: label,
        class: /* @__PURE__ */ words('spot', 'perp', 'future', 'option', 'equity', 'index'),
        expiry: naturalOrNull,
        inferred: bool,
        instrumentId: name,
        inverse: bool,
        lot: positive,
        maxQty: naturalOrNull,
        minNotional: { kind: 'text', form: 'decimal', nullable: true },
        minQty: natural,
        multiplier: decimal,
        priceExponent: exponent,
        qtyExponent: exponent,
        quote: label,
        right: /* @__PURE__ */ wordsOrNull('call', 'put'),
        segment: label,
        settle: label,
        status: /* @__PURE__ */ words('trading', 'halted', 'closed', 'unknown'),
        strike: intOrNull,
        symbol: name,
        tick: positive,
        validTo: naturalOrNull,
        venue: name,
      },
    },
  ],
  Quote: [
    {
      sv: 1,
      fields: {
        ask: intOrNull,
        askQty: natural,
        bid: intOrNull,
        bidQty: natural,
        inst: name,
        venueSeq: intOrNull,
      },
    },
  ],
  Trade: [
    {
      sv: 1,
      fields: {
        aggressor: /* @__PURE__ */ words('buy', 'sell', 'unknown'),
        inst: name,
        price: int,
        qty: natural,
        tradeId: text,
        venueSeq: intOrNull,
      },
    },
  ],
  BookSnapshot: [{ sv: 1, fields: { asks: levels, bids: levels, inst: name, venueSeq: int } }],
  BookDelta: [
    {
      sv: 1,
      fields: {
        asks: levels,
        bids: levels,
        firstSeq: int,
        inst: name,
        lastSeq: int,
        prevSeq: intOrNull,
      },
    },
  ],
  Funding: [
    {
      sv: 1,
      fields: {
        index: intOrNull,
        inst: name,
        intervalUs: naturalOrNull,
        mark: int,
        nextFundingTs: naturalOrNull,
        rateE8: int,
      },
    },
  ],
  Stats: [
    {
      sv: 1,
      fields: {
        close: intOrNull,
        high: intOrNull,
        inst: name,
        last: intOrNull,
        low: intOrNull,
        open: intOrNull,
        openInterest: naturalOrNull,
        turnover: { kind: 'text', form: 'decimal', nullable: true },
        volume: naturalOrNull,
      },
    },
  ],
  Bar: [
    {
      sv: 1,
      fields: {
        close: int,
        final: bool,
        high: int,
        inst: name,
        intervalUs: positive,
        low: int,
        open: int,
        openTs: natural,
        trades: naturalOrNull,
        turnover: { kind: 'text', form: 'decimal', nullable: true },
        volume: natural,
      },
    },
  ],
  Liquidation: [
    {
      sv: 1,
      fields: {
        avgPrice: intOrNull,
        filledQty: natural,
        inst: name,
        price: int,
        qty: natural,
        side,
        status: label,
      },
    },
  ],
  Feature: [
    { sv: 1, fields: { cause: natural, hash, id: name, inst: name, values: numbersOrTexts } },
  ],
  Regime: [
    {
      sv: 1,
      fields: {
        cause: natural,
        inst: name,
        liquidity: label,
        profile: label,
        sinceSeq: natural,
        trend: label,
        volatility: label,
      },
    },
  ],
  Decision: [
    {
      sv: 1,
      fields: {
        cause: natural,
        decisionId: id,
        features: numbersOrTexts,
        intents: {
          kind: 'list',
          of: {
            action: /* @__PURE__ */ words('place', 'cancel', 'amend'),
            inst: name,
            intentId: id,
            price: intOrNull,
            qty: natural,
            reduceOnly: bool,
            side,
            tif,
            type: orderKind,
          },
        },
        profile: label,
        regime: label,
        strategyId: label,
      },
    },
  ],
  Risk: [
    {
      sv: 1,
      fields: {
        cause: natural,
        checks: {
          kind: 'list',
          of: { code: label, id: name, limit: label, observed: text, ok: bool },
        },
        decisionId: text,
        intentId: text,
        ladder: /* @__PURE__ */ words('normal', 'warn', 'throttle', 'halt'),
        riskDecisionId: id,
        verdict: /* @__PURE__ */ words('allow', 'reduce', 'throttle', 'reject', 'halt'),
      },
    },
  ],
  Order: [
    {
      sv: 1,
      fields: {
        cause: natural,
        clientOrderId: text,
        inst: name,
        orderId: id,
        price: intOrNull,
        qty: natural,
        reason: label,
        remaining: natural,
        riskDecisionId: text,
        side,
        state: /* @__PURE__ */ words(
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
        ),
        tif,
        type: orderKind,
        venueOrderId: text,
      },
    },
  ],
  Fill: [
    {
      sv: 1,
      fields: {
        cause: natural,
        fee: int,
        feeCurrency: label,
        feeExponent: exponent,
        fillId: id,
        inst: name,
        liquidity: /* @__PURE__ */ words('maker', 'taker'),
        orderId: text,
        price: int,
        qty: natural,
        side,
      },
    },
  ],
  Account: [
    {
      sv: 1,
      fields: {
        account: label,
        balances: { kind: 'list', of: { currency: name, free: decimal, total: decimal } },
        cause: natural,
        margin: { kind: 'map', of: 'text' },
        positions: { kind: 'list', of: { entryPrice: decimal, inst: name, qty: decimal } },
      },
    },
  ],
  CashFlow: [
    {
      sv: 1,
      fields: {
        amount: decimal,
        cause: natural,
        currency: name,
        flowId: id,
        inst: { kind: 'text', form: 'nonEmpty', cached: true, nullable: true },
        kind: /* @__PURE__ */ words(
          'funding',
          'dividend',
          'settlement',
          'interest',
          'transfer',
          'fee',
          'rebate',
        ),
        price: intOrNull,
        qty: intOrNull,
      },
    },
  ],
};
