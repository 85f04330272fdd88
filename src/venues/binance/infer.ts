/**
 * First pass over a recording: which symbols occur, and how fine their prices and quantities are.
 * @module
 */
import { decodeUtf8, isQuantlaxmiError } from '../../core/index.js';
import type { InstrumentBody } from '../../events/index.js';
import { parseExchangeInfo } from './exchange-info.js';
import { withFinerDigits } from './finer-digits.js';
import { SLOT } from './internal/fields.js';
import { skipValue } from './internal/json-scan.js';
import { FIELD, Message, TYPE } from './internal/message.js';
import { readName } from './internal/values.js';
import type { BinanceMarket } from './market.js';
import { splitRecordingLine, symbolOfUrl } from './recording.js';
import { inferredInstrument } from './symbols.js';

/** Digits seen of one symbol. */
interface Digits {
  price: number;
  qty: number;
}

/** First pass over a recording; see {@link createRecordingScan}. */
export interface RecordingScan {
  /** Looks at one line. Lines that cannot be read are left to the capture to report. */
  line(bytes: Uint8Array, start: number, end: number): void;
  /** Takes instruments known from elsewhere (exchangeInfo given apart from the recording). */
  declare(instruments: readonly InstrumentBody[]): void;
  /** Looks at one message of a symbol (a REST snapshot given apart from the recording). */
  message(bytes: Uint8Array, symbol: string | null): void;
  /**
   * Instruments of all symbols seen, in order of first sight: from exchangeInfo where the recording
   * holds it (with exponents that reach the finest digits seen), else inferred from those digits.
   */
  instruments(): InstrumentBody[];
}

/** The venue prints at most 8 decimals: what has more is damage, and must not widen the rest. */
const DECIMALS_MAX = 8;

const NO_DIGITS: Readonly<Digits> = { price: 0, qty: 0 };

/** Decimals of a quoted decimal without its trailing zeros; 0 when it has no credible fraction. */
function decimalsIn(bytes: Uint8Array, start: number, end: number): number {
  let last = end;
  while (last > start && bytes[last - 1] === 0x30) last -= 1;
  for (let at = start; at < last; at++) {
    if (bytes[at] !== 0x2e) continue;
    const decimals = last - at - 1;
    return decimals > DECIMALS_MAX ? 0 : decimals;
  }
  return 0;
}

class FirstPass implements RecordingScan {
  readonly #market: BinanceMarket;
  readonly #message = new Message();
  readonly #digits = new Map<string, Digits>();
  readonly #declared = new Map<string, InstrumentBody>();
  /** Digits of symbols in streams of a whole market: being in one makes no symbol recorded. */
  readonly #aside = new Map<string, Digits>();
  /** Digits of snapshots that name no symbol: they belong to the only symbol, if there is one. */
  readonly #unnamed: Digits = { price: 0, qty: 0 };

  constructor(market: BinanceMarket) {
    this.#market = market;
  }

  line(bytes: Uint8Array, start: number, end: number): void {
    this.#forgive(() => {
      const line = splitRecordingLine(bytes, start, end);
      const symbol = line.url === null ? null : symbolOfUrl(line.url);
      this.#look(bytes, { start: line.start, end: line.end }, symbol);
    });
  }

  declare(instruments: readonly InstrumentBody[]): void {
    for (const one of instruments) this.#declared.set(one.symbol, one);
  }

  message(bytes: Uint8Array, symbol: string | null): void {
    this.#forgive(() => this.#look(bytes, { start: 0, end: bytes.length }, symbol));
  }

  #forgive(look: () => void): void {
    try {
      look();
    } catch (error) {
      if (!isQuantlaxmiError(error)) throw error;
    }
  }

  instruments(): InstrumentBody[] {
    const only = this.#digits.size === 1;
    return [...this.#digits].map(([symbol, digits]) => {
      const aside = this.#aside.get(symbol) ?? NO_DIGITS;
      const unnamed = only ? this.#unnamed : NO_DIGITS;
      const priceDecimals = Math.max(digits.price, aside.price, unnamed.price);
      const qtyDecimals = Math.max(digits.qty, aside.qty, unnamed.qty);
      const declared = this.#declared.get(symbol);
      return declared === undefined
        ? inferredInstrument({ market: this.#market, symbol, priceDecimals, qtyDecimals })
        : withFinerDigits(declared, 0 - priceDecimals, 0 - qtyDecimals);
    });
  }

  #look(bytes: Uint8Array, span: { start: number; end: number }, given: string | null): void {
    const message = this.#message;
    message.bytes = bytes;
    message.open(span.start, span.end);
    if (message.isArray) this.#elements();
    else if (message.has(SLOT.symbols)) {
      const json = decodeUtf8(bytes.subarray(span.start, span.end));
      this.declare(parseExchangeInfo(json, this.#market));
    } else if (message.has(SLOT.lastUpdateId)) {
      const symbol = this.#name(SLOT.symbol) ?? given;
      const digits = symbol === null ? this.#unnamed : this.#digitsOf(symbol);
      this.#levels(SLOT.bids, digits);
      this.#levels(SLOT.asks, digits);
    } else this.#streamed();
  }

  #elements(): void {
    const message = this.#message;
    const { payloadStart, payloadEnd } = message;
    let at = message.nextElement(payloadStart + 1);
    while (at >= 0 && message.bytes[at] === 0x7b) {
      const end = skipValue(message.bytes, at, payloadEnd, 1);
      message.enter(at, end);
      this.#streamed();
      message.payloadStart = payloadStart;
      at = message.nextElement(end);
    }
  }

  #streamed(): void {
    const message = this.#message;
    if (message.is(FIELD.type, TYPE.forceOrder)) {
      message.enterField(FIELD.order, 'o');
      this.#widen([FIELD.price, SLOT.ap], [FIELD.qty, FIELD.filled]);
    } else if (message.is(FIELD.type, TYPE.kline)) {
      message.enterField(FIELD.bar, 'k');
      this.#widen([FIELD.open, FIELD.high, FIELD.low, FIELD.close], [FIELD.volume]);
    } else if (message.is(FIELD.type, TYPE.markPrice)) {
      this.#widen([FIELD.price, FIELD.index], []);
    } else if (message.has(SLOT.pu) || message.has(FIELD.firstId)) {
      const symbol = this.#name(FIELD.symbol);
      if (symbol === null) return;
      const digits = this.#digitsOf(symbol);
      this.#levels(FIELD.bid, digits);
      this.#levels(FIELD.ask, digits);
    } else if (
      message.has(FIELD.bidQty) &&
      message.has(FIELD.askQty) &&
      message.has(FIELD.lastId)
    ) {
      this.#widen([FIELD.bid, FIELD.ask], [FIELD.bidQty, FIELD.askQty]);
    } else if (message.has(FIELD.buyerIsMaker)) this.#widen([FIELD.price], [FIELD.qty]);
  }

  #widen(prices: readonly number[], quantities: readonly number[]): void {
    const symbol = this.#name(FIELD.symbol);
    if (symbol === null) return;
    const digits = this.#digitsOf(symbol);
    for (const slot of prices) digits.price = this.#max(slot, digits.price);
    for (const slot of quantities) digits.qty = this.#max(slot, digits.qty);
  }

  #name(slot: number): string | null {
    const { fields, bytes } = this.#message;
    return fields.has(slot) ? readName(bytes, fields.start(slot), fields.end(slot)) : null;
  }

  #digitsOf(symbol: string): Digits {
    const map = this.#message.isAllMarket() ? this.#aside : this.#digits;
    let digits = map.get(symbol);
    if (digits === undefined) {
      digits = { price: 0, qty: 0 };
      map.set(symbol, digits);
    }
    return digits;
  }

  #max(slot: number, before: number): number {
    const { fields, bytes } = this.#message;
    if (!fields.has(slot)) return before;
    return Math.max(before, decimalsIn(bytes, fields.start(slot) + 1, fields.end(slot) - 1));
  }

  /** Walks `[["price","qty"],…]` from quote to quote; the capture checks the layout. */
  #levels(slot: number, digits: Digits): void {
    const { fields, bytes } = this.#message;
    const end = fields.end(slot);
    let isPrice = true;
    for (let at = fields.start(slot); at < end; at++) {
      if (bytes[at] !== 0x22) continue;
      const start = at + 1;
      at = bytes.indexOf(0x22, start);
      const decimals = decimalsIn(bytes, start, at);
      if (isPrice) digits.price = Math.max(digits.price, decimals);
      else digits.qty = Math.max(digits.qty, decimals);
      isPrice = !isPrice;
    }
  }
}

/**
 * Makes the first pass that finds the instruments of a recording. Feed it every line, then start
 * the capture with what {@link RecordingScan.instruments} returns. Memory is O(symbols).
 *
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 * import { createRecordingScan } from 'quantlaxmi/venues/binance';
 *
 * const scan = createRecordingScan('spot');
 * const line = encodeUtf8(
 *   '1723161254087 {"u":7,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826","a":"61837.7","A":"1"}',
 * );
 * scan.line(line, 0, line.length);
 * scan.instruments().map((i) => [i.symbol, i.priceExponent, i.qtyExponent]);
 * // => [['BTCUSDT', -2, -5]]
 * ```
 */
export function createRecordingScan(market: BinanceMarket): RecordingScan {
  return new FirstPass(market);
}
