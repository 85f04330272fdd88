/**
 * One raw Binance message → its event, by a byte scan that builds nothing but the event.
 * @module
 */
import { isQuantlaxmiError, QuantlaxmiError } from '../../core/index.js';
import type { EventInput, InstrumentBody, TradeBody } from '../../events/index.js';
import { deltaEvent, quoteEvent, snapshotEvent, tradeEvent } from './internal/bodies.js';
import { barEvent, fundingEvent, liquidationEvent } from './internal/futures-bodies.js';
import { SLOT } from './internal/fields.js';
import { refuse, skipValue } from './internal/json-scan.js';
import { FIELD, Message, TYPE } from './internal/message.js';
import { type SymbolEntry, SymbolTable } from './internal/symbol-table.js';
import { readName } from './internal/values.js';

/**
 * Why a well-formed message makes no event: a type that is not recorded, a symbol without an
 * instrument, a symbol not asked for in a stream of the whole market, aggregated trades while they
 * are switched off, a trade of nothing, an answer to a request, or instrument metadata (which a
 * capture reads by {@link parseExchangeInfo}).
 */
export type IgnoredReason =
  | 'unknownStream'
  | 'unknownSymbol'
  | 'otherSymbol'
  | 'aggTrade'
  | 'emptyTrade'
  | 'control'
  | 'exchangeInfo';

/** A well-formed message that makes no event. `name` is the stream type or symbol, else empty. */
export interface IgnoredFrame {
  readonly t: 'ignored';
  readonly reason: IgnoredReason;
  readonly name: string;
  /** A trade of price or quantity 0: no trade, but its id is one of the sequence. */
  readonly trade?: TradeBody;
}

/** What {@link FrameDecoder.decode} makes of a message; narrow on `t`. */
export type DecodedFrame = EventInput | IgnoredFrame | DecodedArray;

/** What the elements of an array became, in order; refusals do not touch the others. */
export interface DecodedArray {
  readonly t: 'array';
  readonly frames: readonly (EventInput | IgnoredFrame)[];
  readonly refused: readonly QuantlaxmiError[];
}

/** Options of {@link binanceFrameDecoder}. */
export interface FrameDecoderOptions {
  /** Instruments whose messages become events; their exponents scale prices and quantities. */
  readonly instruments: readonly InstrumentBody[];
  /**
   * Record `aggTrade` messages as trades. They repeat what `trade` messages say, so switch this on
   * only where `trade` is not recorded.
   */
  readonly aggTrades: boolean;
  /** Symbols whose partial depth becomes snapshots; default none. */
  readonly partialDepth?: readonly string[];
}

/** Where a message stands in its buffer, and when it came. */
export interface Frame {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Receive time, µs. */
  readonly rx: number;
  /** Symbol of a REST depth snapshot that names none (spot and USD-M); null when not known. */
  readonly symbol: string | null;
  /** False for a message of a stream, which can be no REST answer; default true. */
  readonly isAnswer?: boolean;
}

/** Decodes the messages of one market. */
export interface FrameDecoder {
  /**
   * Decodes a combined-stream message, a bare message, an array of messages or a REST depth
   * snapshot. O(bytes).
   *
   * @throws QL_VENUE_FRAME (context: byte within the message) when it is not JSON or lacks a field
   * @throws QL_FIXED_SYNTAX, QL_FIXED_INEXACT, QL_FIXED_OVERFLOW when a decimal does not fit the
   *   instrument
   */
  decode(frame: Frame): DecodedFrame;
  /** Takes an instrument, or a new version of one. */
  declare(instrument: InstrumentBody): void;
}

function ignored(reason: IgnoredReason, name: string): IgnoredFrame {
  return { t: 'ignored', reason, name };
}

class ByteFrameDecoder implements FrameDecoder {
  readonly #message = new Message();
  readonly #symbols: SymbolTable;
  readonly #aggTrades: boolean;

  constructor(options: FrameDecoderOptions) {
    this.#symbols = new SymbolTable(options.instruments, options.partialDepth ?? []);
    this.#aggTrades = options.aggTrades;
  }

  declare(instrument: InstrumentBody): void {
    this.#symbols.add(instrument);
  }

  decode(frame: Frame): DecodedFrame {
    const message = this.#message;
    message.bytes = frame.bytes;
    message.rx = frame.rx;
    try {
      message.open(frame.start, frame.end);
      return message.isArray ? this.#array(message, frame) : this.#dispatch(message, frame);
    } catch (cause) {
      throw asFrameError(cause, frame.start);
    }
  }

  /** An array of messages. What is wrong with one does not touch the others. */
  #array(message: Message, frame: Frame): DecodedFrame {
    const end = message.payloadEnd;
    const frames: (EventInput | IgnoredFrame)[] = [];
    const refused: QuantlaxmiError[] = [];
    const first = message.payloadStart + 1;
    const firstObject = message.nextElement(first);
    if (firstObject < 0 || message.bytes[firstObject] !== 0x7b) {
      return ignored('unknownStream', message.streamName() || 'array');
    }
    let at = firstObject;
    // The array stays what it is; the payload moves from element to element.
    const arrayStart = message.payloadStart;
    while (at >= 0) {
      const elementEnd = skipValue(message.bytes, at, end, 1);
      try {
        message.enter(at, elementEnd);
        if (!message.has(FIELD.type)) refuse(at, 'a message that names its type');
        frames.push(this.#typed(message));
      } catch (cause) {
        const error = asFrameError(cause, frame.start);
        if (!isQuantlaxmiError(error)) throw error;
        refused.push(error);
      }
      message.payloadStart = arrayStart;
      at = message.nextElement(elementEnd);
    }
    return { t: 'array', frames, refused };
  }

  #dispatch(message: Message, frame: Frame): EventInput | IgnoredFrame {
    if (message.has(FIELD.type)) return this.#typed(message);
    if (message.has(SLOT.lastUpdateId)) {
      // What is pushed is a partial book, also on a stream that is not combined.
      if (message.streamEnd > 0 || frame.isAnswer === false) return this.#partial(message);
      return this.#snapshot(message, frame.symbol);
    }
    // The spot book ticker names neither its type nor a time.
    if (message.has(FIELD.bidQty) && message.has(FIELD.askQty)) return this.#bookTicker(message);
    if (message.has(SLOT.symbols)) return ignored('exchangeInfo', '');
    if (message.has(SLOT.result) || message.has(SLOT.error) || message.has(SLOT.code)) {
      return ignored('control', '');
    }
    return refuse(message.payloadStart, 'a message with a known set of fields');
  }

  #typed(message: Message): EventInput | IgnoredFrame {
    if (message.is(FIELD.type, TYPE.bookTicker)) return this.#bookTicker(message);
    if (message.is(FIELD.type, TYPE.depth)) return this.#depth(message);
    if (message.is(FIELD.type, TYPE.trade)) return this.#trade(message);
    if (message.is(FIELD.type, TYPE.aggTrade)) {
      return this.#aggTrades ? this.#trade(message) : ignored('aggTrade', 'aggTrade');
    }
    if (message.is(FIELD.type, TYPE.markPrice)) {
      const entry = this.#symbol(message);
      return entry === null ? this.#unknownSymbol(message) : fundingEvent(message, entry);
    }
    if (message.is(FIELD.type, TYPE.kline)) return this.#bar(message);
    if (message.is(FIELD.type, TYPE.forceOrder)) return this.#liquidation(message);
    const { fields, bytes } = message;
    const type = readName(bytes, fields.start(FIELD.type), fields.end(FIELD.type));
    return ignored('unknownStream', type);
  }

  #bookTicker(message: Message): EventInput | IgnoredFrame {
    const entry = this.#symbol(message);
    return entry === null ? this.#unknownSymbol(message) : quoteEvent(message, entry);
  }

  #depth(message: Message): EventInput | IgnoredFrame {
    const entry = this.#symbol(message);
    const partial = message.isPartialDepth();
    if (partial && entry?.partial !== true) return ignored('unknownStream', message.streamName());
    if (entry === null) return this.#unknownSymbol(message);
    // On a connection for one stream nothing but the caller's word tells partial depth from diffs.
    const whole = partial || (entry.partial && message.streamEnd === 0);
    return whole ? snapshotEvent(message, entry, true) : deltaEvent(message, entry);
  }

  #trade(message: Message): EventInput | IgnoredFrame {
    const entry = this.#symbol(message);
    if (entry === null) return this.#unknownSymbol(message);
    const event = tradeEvent(message, entry);
    if (event.body.price > 0 && event.body.qty > 0) return event;
    return { t: 'ignored', reason: 'emptyTrade', name: entry.symbol, trade: event.body };
  }

  #bar(message: Message): EventInput | IgnoredFrame {
    const entry = this.#symbol(message);
    if (entry === null) return this.#unknownSymbol(message);
    const ts = message.time(FIELD.eventTime, 'E');
    message.enterField(FIELD.bar, 'k');
    return barEvent(message, entry, ts);
  }

  #liquidation(message: Message): EventInput | IgnoredFrame {
    message.enterField(FIELD.order, 'o');
    const entry = this.#symbol(message);
    return entry === null ? this.#unknownSymbol(message) : liquidationEvent(message, entry);
  }

  #symbol(message: Message): SymbolEntry | null {
    const { fields } = message;
    if (!fields.has(FIELD.symbol)) return null;
    const start = fields.start(FIELD.symbol) + 1;
    return this.#symbols.find(message.bytes, start, fields.end(FIELD.symbol) - 1);
  }

  #unknownSymbol(message: Message): IgnoredFrame {
    message.need(FIELD.symbol, 's');
    const name = message.text(FIELD.symbol).slice(1, -1);
    return ignored(message.isAllMarket() ? 'otherSymbol' : 'unknownSymbol', name);
  }

  #snapshot(message: Message, given: string | null): EventInput | IgnoredFrame {
    const { fields, bytes } = message;
    const named = fields.has(SLOT.symbol)
      ? readName(bytes, fields.start(SLOT.symbol), fields.end(SLOT.symbol))
      : given;
    if (named === null) {
      return refuse(message.payloadStart, 'a snapshot that names its symbol, or one given with it');
    }
    const entry = this.#symbols.byName(named);
    return entry === null ? ignored('unknownSymbol', named) : snapshotEvent(message, entry);
  }

  /** Spot partial depth: the symbol is in the name of the stream alone, in lower case. */
  #partial(message: Message): EventInput | IgnoredFrame {
    const stream = message.streamName();
    const only = stream === '' ? this.#symbols.onlyPartial() : null;
    const symbol = message.isPartialDepth() ? stream.slice(0, stream.indexOf('@')) : only;
    const entry = symbol === null ? null : this.#symbols.byName(upperAscii(symbol));
    if (entry?.partial === true) return snapshotEvent(message, entry);
    return ignored('unknownStream', stream || 'partial depth');
  }
}

function upperAscii(text: string): string {
  return text.replace(/[a-z]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 32));
}

/** A refusal of the scan tells the byte of the buffer: here it gets the byte of the message. */
function asFrameError(cause: unknown, start: number): unknown {
  if (!isQuantlaxmiError(cause, 'QL_VENUE_FRAME')) return cause;
  const { pos, expected } = cause.context as { pos: number; expected: string };
  const byte = pos - start;
  return new QuantlaxmiError('QL_VENUE_FRAME', `Message, byte ${byte}: expected ${expected}.`, {
    context: { byte, expected },
  });
}

/**
 * Makes a decoder of raw Binance messages: `depthUpdate`, partial depth, `bookTicker`, `trade`,
 * `aggTrade`, `markPriceUpdate`, `kline`, `forceOrder` and REST depth snapshots, of spot, USD-M and
 * COIN-M alike (they differ only in optional fields).
 * Prices and quantities go from text digits to integers, never through a float.
 *
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 * import { binanceFrameDecoder, inferredInstrument } from 'quantlaxmi/venues/binance';
 *
 * const btc = inferredInstrument({
 *   market: 'spot', symbol: 'BTCUSDT', priceDecimals: 2, qtyDecimals: 5,
 * });
 * const decoder = binanceFrameDecoder({ instruments: [btc], aggTrades: false });
 * const bytes = encodeUtf8(
 *   '{"u":7,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826","a":"61837.64","A":"1.6052"}',
 * );
 * const quote = decoder.decode({ bytes, start: 0, end: bytes.length, rx: 0, symbol: null });
 * quote.t === 'Quote' && quote.body.bid; // => 6183763
 * ```
 */
export function binanceFrameDecoder(options: FrameDecoderOptions): FrameDecoder {
  return new ByteFrameDecoder(options);
}
