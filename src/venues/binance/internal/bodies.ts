/**
 * Events from the fields of a message, one function per recorded type.
 * Field meanings: binance-spot-api-docs web-socket-streams.md; developers.binance.com,
 * derivatives, websocket market streams (Diff. Book Depth, Individual Symbol Book Ticker, Trade).
 * @module
 */
import { type EventInputOf, type Level, SCHEMA_VERSIONS } from '../../../events/index.js';
import { BINANCE_VENUE } from '../market.js';
import { SLOT } from './fields.js';
import { refuse } from './json-scan.js';
import { FIELD, type Message } from './message.js';
import type { SymbolEntry } from './symbol-table.js';
import { readBoolean, readDecimal, readInteger, readLevels } from './values.js';

export function price(message: Message, slot: number, entry: SymbolEntry): number {
  message.need(slot, String.fromCharCode(slot));
  const { bytes, fields } = message;
  return readDecimal(bytes, fields.start(slot), fields.end(slot), entry.priceExponent);
}

export function quantity(message: Message, slot: number, entry: SymbolEntry): number {
  message.need(slot, String.fromCharCode(slot));
  const { bytes, fields } = message;
  return readDecimal(bytes, fields.start(slot), fields.end(slot), entry.qtyExponent);
}

function levels(message: Message, slot: number, entry: SymbolEntry): Level[] {
  message.need(slot, slot < 128 ? String.fromCharCode(slot) : 'bids" and "asks');
  const { bytes, fields } = message;
  return readLevels(bytes, fields.start(slot), fields.end(slot), entry);
}

/** `depthUpdate`: changed levels; futures name the update before (`pu`), spot does not. */
export function deltaEvent(message: Message, entry: SymbolEntry): EventInputOf<'BookDelta'> {
  const { bytes, fields } = message;
  const asks = levels(message, FIELD.ask, entry);
  const bids = levels(message, FIELD.bid, entry);
  const firstSeq = message.integer(FIELD.firstId, 'U');
  const lastSeq = message.integer(FIELD.lastId, 'u');
  if (firstSeq > lastSeq) refuse(fields.start(FIELD.firstId), '"U" not above "u"');
  const prevSeq = fields.has(SLOT.pu)
    ? readInteger(bytes, fields.start(SLOT.pu), fields.end(SLOT.pu))
    : null;
  return {
    t: 'BookDelta',
    sv: SCHEMA_VERSIONS.BookDelta,
    rx: message.rx,
    ts: message.timeUs(),
    src: BINANCE_VENUE,
    body: { asks, bids, firstSeq, inst: entry.inst, lastSeq, prevSeq },
  };
}

/** `bookTicker`. An empty side is sent as price 0 with quantity 0. */
export function quoteEvent(message: Message, entry: SymbolEntry): EventInputOf<'Quote'> {
  const ask = price(message, FIELD.ask, entry);
  const askQty = quantity(message, FIELD.askQty, entry);
  const bid = price(message, FIELD.bid, entry);
  const bidQty = quantity(message, FIELD.bidQty, entry);
  if ((ask === 0 && askQty > 0) || (bid === 0 && bidQty > 0)) {
    refuse(message.payloadStart, 'a price above 0 where there is a quantity');
  }
  return {
    t: 'Quote',
    sv: SCHEMA_VERSIONS.Quote,
    rx: message.rx,
    ts: message.timeUs(),
    src: BINANCE_VENUE,
    body: {
      ask: ask === 0 && askQty === 0 ? null : ask,
      askQty,
      bid: bid === 0 && bidQty === 0 ? null : bid,
      bidQty,
      inst: entry.inst,
      venueSeq: message.integer(FIELD.lastId, 'u'),
    },
  };
}

/** `trade` (id in `t`) and `aggTrade` (id in `a`). `m`: the buyer was resting, the seller took. */
export function tradeEvent(message: Message, entry: SymbolEntry): EventInputOf<'Trade'> {
  const idSlot = message.has(FIELD.tradeId) ? FIELD.tradeId : FIELD.ask;
  const venueSeq = message.integer(idSlot, 't');
  message.need(FIELD.buyerIsMaker, 'm');
  const isMaker = readBoolean(message.bytes, message.fields.start(FIELD.buyerIsMaker));
  return {
    t: 'Trade',
    sv: SCHEMA_VERSIONS.Trade,
    rx: message.rx,
    ts: message.timeUs(),
    src: BINANCE_VENUE,
    body: {
      aggressor: isMaker ? 'sell' : 'buy',
      inst: entry.inst,
      price: price(message, FIELD.price, entry),
      qty: quantity(message, FIELD.qty, entry),
      tradeId: message.text(idSlot),
      venueSeq,
    },
  };
}

/** True when prices strictly rise (direction 1) or fall (−1). */
function isOrdered(side: readonly Level[], direction: 1 | -1): boolean {
  for (let i = 1; i < side.length; i++) {
    const step = (side[i] as Level)[0] - (side[i - 1] as Level)[0];
    if (step * direction <= 0) return false;
  }
  return true;
}

/** Fields of a snapshot: of a REST answer and spot partial depth, or of futures partial depth. */
const SNAPSHOT = { bids: SLOT.bids, asks: SLOT.asks, seq: SLOT.lastUpdateId } as const;
const PARTIAL = { bids: FIELD.bid, asks: FIELD.ask, seq: FIELD.lastId } as const;

/** REST depth snapshot, or partial depth (the best levels, whole each time). */
export function snapshotEvent(
  message: Message,
  entry: SymbolEntry,
  isUpdate = false,
): EventInputOf<'BookSnapshot'> {
  const slots = isUpdate ? PARTIAL : SNAPSHOT;
  const asks = levels(message, slots.asks, entry);
  const bids = levels(message, slots.bids, entry);
  if (!isOrdered(asks, 1) || !isOrdered(bids, -1)) {
    refuse(message.payloadStart, 'snapshot levels from the best on, each price once');
  }
  return {
    t: 'BookSnapshot',
    sv: SCHEMA_VERSIONS.BookSnapshot,
    rx: message.rx,
    ts: message.timeUs(),
    src: BINANCE_VENUE,
    body: {
      asks,
      bids,
      inst: entry.inst,
      venueSeq: message.integer(slots.seq, isUpdate ? 'u' : 'lastUpdateId'),
    },
  };
}
