/**
 * One raw Binance message → one event, by a byte scan that builds nothing but the event.
 * @module
 */
import { isQuantlaxmiError, QuantlaxmiError } from '../../core/index.js';
import type { EventInput, InstrumentBody } from '../../events/index.js';
import { deltaEvent, quoteEvent, snapshotEvent, tradeEvent } from './internal/bodies.js';
import { SLOT } from './internal/fields.js';
import { refuse } from './internal/json-scan.js';
import { ascii, FIELD, Message } from './internal/message.js';
import { type SymbolEntry, SymbolTable } from './internal/symbol-table.js';
import { readName } from './internal/values.js';

/**
 * Why a well-formed message makes no event: a type that is not recorded, a symbol without an
 * instrument, aggregated trades while they are switched off, an answer to a request, or instrument
 * metadata (which a capture reads by {@link parseExchangeInfo}).
 */
export type IgnoredReason =
  | 'unknownStream'
  | 'unknownSymbol'
  | 'aggTrade'
  | 'control'
  | 'exchangeInfo';

/** A well-formed message that makes no event. `name` is the stream type or symbol, else empty. */
export interface IgnoredFrame {
  readonly t: 'ignored';
  readonly reason: IgnoredReason;
  readonly name: string;
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
   * Decodes a combined-stream message, a bare message or a REST depth snapshot. O(bytes).
   *
   * @throws QL_VENUE_FRAME (context: byte within the message) when it is not JSON or lacks a field
   * @throws QL_FIXED_SYNTAX, QL_FIXED_INEXACT, QL_FIXED_OVERFLOW when a decimal does not fit the
   *   instrument
   */
  decode(frame: Frame): DecodedFrame;
  /** Takes an instrument, or a new version of one. */
  declare(instrument: InstrumentBody): void;
}

const DEPTH = /* @__PURE__ */ ascii('"depthUpdate"');
const BOOK_TICKER = /* @__PURE__ */ ascii('"bookTicker"');
const TRADE = /* @__PURE__ */ ascii('"trade"');
const AGG_TRADE = /* @__PURE__ */ ascii('"aggTrade"');

function ignored(reason: IgnoredReason, name: string): IgnoredFrame {
  return { t: 'ignored', reason, name };
}

class ByteFrameDecoder implements FrameDecoder {
  readonly #message = new Message();
  readonly #symbols: SymbolTable;
  readonly #aggTrades: boolean;

  constructor(options: FrameDecoderOptions) {
    this.#symbols = new SymbolTable(options.instruments);
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
      return this.#dispatch(message, frame);
    } catch (cause) {
      if (!isQuantlaxmiError(cause, 'QL_VENUE_FRAME')) throw cause;
      const { pos, expected } = cause.context as { pos: number; expected: string };
      const byte = pos - frame.start;
      throw new QuantlaxmiError('QL_VENUE_FRAME', `Message, byte ${byte}: expected ${expected}.`, {
        context: { byte, expected },
      });
    }
  }

  #dispatch(message: Message, frame: Frame): DecodedFrame {
    if (message.isArray) return ignored('unknownStream', message.streamName() || 'array');
    if (message.has(FIELD.type)) return this.#typed(message);
    if (message.has(SLOT.lastUpdateId)) {
      // A snapshot pushed on a stream is a partial book: it would cut the full one.
      if (message.streamEnd > 0) return ignored('unknownStream', message.streamName());
      return this.#snapshot(message, frame.symbol);
    }
    // The spot book ticker names neither its type nor a time.
    if (message.has(FIELD.bidQty) && message.has(FIELD.askQty)) {
      const entry = this.#symbol(message);
      return entry === null ? this.#unknownSymbol(message) : quoteEvent(message, entry);
    }
    if (message.has(SLOT.symbols)) return ignored('exchangeInfo', '');
    if (message.has(SLOT.result) || message.has(SLOT.error) || message.has(SLOT.code)) {
      return ignored('control', '');
    }
    return refuse(message.payloadStart, 'a message with a known set of fields');
  }

  #typed(message: Message): DecodedFrame {
    const entry = this.#symbol(message);
    if (message.is(FIELD.type, BOOK_TICKER)) {
      return entry === null ? this.#unknownSymbol(message) : quoteEvent(message, entry);
    }
    if (message.is(FIELD.type, DEPTH)) {
      if (message.isPartialDepth()) return ignored('unknownStream', message.streamName());
      return entry === null ? this.#unknownSymbol(message) : deltaEvent(message, entry);
    }
    if (message.is(FIELD.type, TRADE)) {
      return entry === null ? this.#unknownSymbol(message) : tradeEvent(message, entry);
    }
    if (message.is(FIELD.type, AGG_TRADE)) {
      if (!this.#aggTrades) return ignored('aggTrade', 'aggTrade');
      return entry === null ? this.#unknownSymbol(message) : tradeEvent(message, entry);
    }
    const { fields, bytes } = message;
    const type = readName(bytes, fields.start(FIELD.type), fields.end(FIELD.type));
    return ignored('unknownStream', type);
  }

  #symbol(message: Message): SymbolEntry | null {
    const { fields } = message;
    if (!fields.has(FIELD.symbol)) return null;
    const start = fields.start(FIELD.symbol) + 1;
    return this.#symbols.find(message.bytes, start, fields.end(FIELD.symbol) - 1);
  }

  #unknownSymbol(message: Message): IgnoredFrame {
    message.need(FIELD.symbol, 's');
    return ignored('unknownSymbol', message.text(FIELD.symbol).slice(1, -1));
  }

  #snapshot(message: Message, given: string | null): DecodedFrame {
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
}

/**
 * Makes a decoder of raw Binance messages: `depthUpdate`, `bookTicker`, `trade`, `aggTrade` and
 * REST depth snapshots, of spot, USD-M and COIN-M alike (they differ only in optional fields).
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
