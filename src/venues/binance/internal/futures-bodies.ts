/**
 * Events from mark prices, liquidations and bars.
 * Field meanings: developers.binance.com, derivatives, websocket market streams (Mark Price,
 * Liquidation Order, Kline/Candlestick); binance-spot-api-docs web-socket-streams.md (Kline).
 * @module
 */
import { type EventInputOf, SCHEMA_VERSIONS } from '../../../events/index.js';
import { BINANCE_VENUE } from '../market.js';
import { price, quantity } from './bodies.js';
import { SLOT } from './fields.js';
import { refuse } from './json-scan.js';
import { FIELD, type Message } from './message.js';
import type { SymbolEntry } from './symbol-table.js';
import { readBoolean, readDecimalText, readName, readSigned } from './values.js';

const RATE_EXPONENT = -8;

/** True for a field that is absent or `""`: what a delivery contract has in place of a rate. */
function isEmpty({ fields }: Message, slot: number): boolean {
  return fields.end(slot) - fields.start(slot) <= 2;
}

/**
 * `markPriceUpdate`. `T` is the next funding, not the time of the message. A delivery contract has
 * no funding: its rate is 0 and the next time null.
 */
export function fundingEvent(message: Message, entry: SymbolEntry): EventInputOf<'Funding'> {
  const { bytes, fields } = message;
  const next = fields.has(FIELD.time) ? message.time(FIELD.time, 'T') : 0;
  const rateE8 = isEmpty(message, FIELD.rate)
    ? 0
    : readSigned(bytes, fields.start(FIELD.rate), fields.end(FIELD.rate), RATE_EXPONENT);
  const mark = price(message, FIELD.price, entry);
  if (mark === 0) refuse(fields.start(FIELD.price), 'a price above 0');
  return {
    t: 'Funding',
    sv: SCHEMA_VERSIONS.Funding,
    rx: message.rx,
    ts: message.time(FIELD.eventTime, 'E'),
    src: BINANCE_VENUE,
    body: {
      index: isEmpty(message, FIELD.index) ? null : price(message, FIELD.index, entry) || null,
      inst: entry.inst,
      intervalUs: null,
      mark,
      nextFundingTs: next === 0 ? null : next,
      rateE8,
    },
  };
}

/** `ap`: 0 while nothing is filled. */
function averagePrice(message: Message, entry: SymbolEntry): number | null {
  return isEmpty(message, SLOT.ap) ? null : price(message, SLOT.ap, entry) || null;
}

/** `forceOrder`, once its order (`o`) is entered. An average price of 0: nothing filled. */
export function liquidationEvent(
  message: Message,
  entry: SymbolEntry,
): EventInputOf<'Liquidation'> {
  const { bytes, fields } = message;
  message.need(FIELD.side, 'S');
  const side = readName(bytes, fields.start(FIELD.side), fields.end(FIELD.side));
  if (side !== 'BUY' && side !== 'SELL') refuse(fields.start(FIELD.side), '"BUY" or "SELL"');
  message.need(FIELD.status, 'X');
  const limit = price(message, FIELD.price, entry);
  const qty = quantity(message, FIELD.qty, entry);
  const filledQty = quantity(message, FIELD.filled, entry);
  if (filledQty > qty) refuse(fields.start(FIELD.filled), 'no more filled than ordered');
  return {
    t: 'Liquidation',
    sv: SCHEMA_VERSIONS.Liquidation,
    rx: message.rx,
    ts: message.time(FIELD.time, 'T'),
    src: BINANCE_VENUE,
    body: {
      avgPrice: averagePrice(message, entry),
      filledQty,
      inst: entry.inst,
      price: limit,
      qty,
      side: side === 'BUY' ? 'buy' : 'sell',
      status: readName(bytes, fields.start(FIELD.status), fields.end(FIELD.status)),
    },
  };
}

const MINUTE_US = 60_000_000;
const HOUR_US = 60 * MINUTE_US;
const DAY_US = 24 * HOUR_US;
const UNIT_US: Readonly<Record<string, number>> = {
  s: 1_000_000,
  m: MINUTE_US,
  h: HOUR_US,
  d: DAY_US,
  w: 7 * DAY_US,
};

/** Length of the interval a bar names; a month is as long as the bar says. */
function intervalUs(message: Message): number {
  const { bytes, fields } = message;
  message.need(FIELD.index, 'i');
  const start = fields.start(FIELD.index);
  const name = readName(bytes, start, fields.end(FIELD.index));
  const count = /^([1-9]\d?)([smhdw])$/.exec(name);
  if (count !== null) {
    const [, digits, unit] = count as unknown as [string, string, string];
    let times = 0;
    for (const digit of digits) times = times * 10 + (digit.charCodeAt(0) - 48);
    return times * (UNIT_US[unit] as number);
  }
  if (name !== '1M') refuse(start, 'an interval like "1m" or "1M"');
  // The close time is the last millisecond (or microsecond) of the interval.
  const length = message.time(FIELD.time, 'T') - message.time(FIELD.openTime, 't');
  const days = Math.round(length / DAY_US);
  return days >= 28 && days <= 31 ? days * DAY_US : refuse(start, 'a month of 28 to 31 days');
}

/** `kline`, once its bar (`k`) is entered; `ts` is the time of the message. */
export function barEvent(
  message: Message,
  entry: SymbolEntry,
  ts: number | null,
): EventInputOf<'Bar'> {
  const { bytes, fields } = message;
  message.need(FIELD.final, 'x');
  const open = price(message, FIELD.open, entry);
  const high = price(message, FIELD.high, entry);
  const low = price(message, FIELD.low, entry);
  const close = price(message, FIELD.close, entry);
  if (low <= 0 || low > Math.min(open, close) || high < Math.max(open, close)) {
    refuse(message.payloadStart, 'open and close between low and high');
  }
  message.need(FIELD.turnover, 'q');
  const turnover = readDecimalText(bytes, fields.start(FIELD.turnover), fields.end(FIELD.turnover));
  return {
    t: 'Bar',
    sv: SCHEMA_VERSIONS.Bar,
    rx: message.rx,
    ts,
    src: BINANCE_VENUE,
    body: {
      close,
      final: readBoolean(bytes, fields.start(FIELD.final)),
      high,
      inst: entry.inst,
      intervalUs: intervalUs(message),
      low,
      open,
      openTs: message.time(FIELD.openTime, 't'),
      trades: message.integer(FIELD.trades, 'n'),
      // COIN-M tells its turnover in the base asset, which is not what the field is for.
      turnover: entry.inverse ? null : turnover,
      volume: quantity(message, FIELD.volume, entry),
    },
  };
}
