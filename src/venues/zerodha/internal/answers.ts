/**
 * Answers over HTTP that hold market data → events: dumps, quotes and candles.
 * @module
 */
import { type JsonValue, parseStrictJson } from '../../../core/index.js';
import { SCHEMA_VERSIONS } from '../../../events/index.js';
import type { RawAnswer } from '../../feed/index.js';
import { decodeCandles, kiteBarBody, kiteIntervalUs } from '../candles.js';
import { ZERODHA_SOURCE } from '../market.js';
import { decodeQuotes, type KiteQuote, quoteTick } from '../quotes.js';
import { refuseJson } from './json-row.js';
import type { Listing } from './listing.js';
import type { Sheet } from './sheet.js';
import { recordTick } from './tick-events.js';

/** Address of a dump: of all exchanges, or of one. */
const INSTRUMENTS_URL = /^\/instruments(?:\/[A-Z]{2,8})?(?:\?|$)/;
const QUOTES_URL = /^\/quote(?:\/ohlc|\/ltp)?\?/;
const CANDLES_URL = /^\/instruments\/historical\/(\d{1,10})\/([a-z0-9]{1,16})(?:\?|$)/;
const JSON_BYTES_MAX = 1 << 24;

/** What an address asks for: a dump, quotes, candles, or nothing that is recorded. */
type Question =
  | { readonly t: 'dump' }
  | { readonly t: 'quotes' }
  | { readonly t: 'candles'; readonly token: number; readonly intervalUs: number }
  | { readonly t: 'other' };

function questionOf(url: string): Question {
  if (INSTRUMENTS_URL.test(url)) return { t: 'dump' };
  if (QUOTES_URL.test(url)) return { t: 'quotes' };
  const [, digits, interval = ''] = CANDLES_URL.exec(url) ?? [];
  const intervalUs = kiteIntervalUs(interval);
  if (digits === undefined || intervalUs === null) return { t: 'other' };
  let token = 0;
  for (const digit of digits) token = token * 10 + digit.charCodeAt(0) - 48;
  return { t: 'candles', token, intervalUs };
}

/** `data` of an answer, each number its digits. */
function answerData(bytes: Uint8Array): JsonValue {
  const root = parseStrictJson(bytes, { numbers: 'text', maxBytes: JSON_BYTES_MAX });
  const isObject = typeof root === 'object' && root !== null && !Array.isArray(root);
  const data = isObject ? (root as { readonly [key: string]: JsonValue })['data'] : undefined;
  return data ?? refuseJson('answer', 'found no "data"');
}

export class Answers {
  readonly #sheet: Sheet;
  readonly #listing: Listing;

  constructor(sheet: Sheet, listing: Listing) {
    this.#sheet = sheet;
    this.#listing = listing;
  }

  take(answer: RawAnswer): void {
    const sheet = this.#sheet;
    sheet.counts.answers += 1;
    const { bytes, status, url } = answer;
    const question = questionOf(url);
    if (status !== 200 || question.t === 'other') {
      sheet.counts.ignored += 1;
      return;
    }
    try {
      if (question.t === 'dump') this.#listing.load(answer);
      else if (question.t === 'candles') this.#candles(bytes, question);
      else for (const quote of decodeQuotes(answerData(bytes))) this.#quote(quote, bytes);
    } catch (error) {
      sheet.malformed(error, bytes, { start: 0, end: bytes.length, binary: false });
    }
  }

  #candles(
    bytes: Uint8Array,
    asked: { readonly token: number; readonly intervalUs: number },
  ): void {
    const { counts, lastRx: rx, out } = this.#sheet;
    const { token, intervalUs } = asked;
    const known = this.#listing.take(token) !== null;
    const instrument = this.#listing.instrument(token);
    if (!known || instrument === null) {
      this.#sheet.unknown('unknownTokens', String(token));
      return;
    }
    const bars = decodeCandles(answerData(bytes)).map((candle) =>
      kiteBarBody(candle, instrument, { intervalUs, rx }),
    );
    const src = ZERODHA_SOURCE;
    for (const body of bars) {
      out.push({ t: 'Bar', sv: SCHEMA_VERSIONS.Bar, rx, ts: null, src, body });
    }
    counts.bars += bars.length;
  }

  #quote(quote: KiteQuote, bytes: Uint8Array): void {
    const entry = this.#listing.take(quote.token);
    if (entry === null) {
      this.#sheet.unknown('unknownTokens', String(quote.token));
      return;
    }
    try {
      recordTick(this.#sheet, quoteTick(quote), entry);
    } catch (error) {
      const at = { start: 0, end: bytes.length, binary: false };
      this.#sheet.malformed(error, bytes, at, entry.inst);
    }
  }
}
