/**
 * Which symbols the venue lists: a symbol is subscribed once its instrument is known.
 * @module
 */
import type { FeedCommand, FeedRequest } from '../../feed/index.js';
import type { BinanceCapture } from '../capture-types.js';
import type { BinanceMarket } from '../market.js';
import { noSymbol, noSymbolFact } from './refusals.js';
import type { BinanceRequests } from './requests.js';

/** What an answer says about symbols that wait. */
export interface ListingOutcome {
  /** Symbols whose instrument is known now. */
  readonly listed: readonly string[];
  /** Symbols the venue does not list. */
  readonly missing: readonly string[];
  readonly commands: readonly FeedCommand[];
}

const NOTHING: ListingOutcome = { listed: [], missing: [], commands: [] };

/** Wait before instruments are asked for again after an answer that was none, µs. */
const AGAIN_US = 5_000_000;
/** Without an answer for this long they are asked for again, µs. */
const LOST_US = 180_000_000;

export class Listing {
  readonly #market: BinanceMarket;
  readonly #requests: BinanceRequests;
  readonly #capture: BinanceCapture;
  /** Symbols the feed was started with; it cannot run without them. */
  #expected: ReadonlySet<string> = new Set();
  /** Symbols that wait, with the time at which they are asked for again; 0 = not known yet. */
  readonly #waiting = new Map<string, number>();
  /** Symbols of a request, by its address. */
  readonly #asked = new Map<string, readonly string[]>();
  #next = 0;
  /** The opening answer came and listed every symbol. */
  open = false;

  constructor(market: BinanceMarket, requests: BinanceRequests, capture: BinanceCapture) {
    this.#market = market;
    this.#requests = requests;
    this.#capture = capture;
  }

  /** Symbols of the opening request. */
  expect(symbols: readonly string[]): void {
    this.#expected = new Set(symbols);
  }

  listed(symbol: string): boolean {
    if (this.#expected.has(symbol) && !this.open) return true;
    return this.#capture.instrument(symbol) !== null;
  }

  /** Requests for the instruments of symbols. */
  ask(symbols: readonly string[]): FeedRequest[] {
    if (symbols.length === 0) return [];
    for (const symbol of symbols) this.#waiting.set(symbol, 0);
    return [this.#request(symbols)];
  }

  drop(symbol: string): void {
    this.#waiting.delete(symbol);
  }

  /** Requests to be made again. */
  due(nowUs: number): FeedRequest[] {
    if (this.#waiting.size === 0) return [];
    const again: string[] = [];
    for (const [symbol, at] of this.#waiting) {
      if (at === 0) this.#waiting.set(symbol, nowUs + LOST_US);
      else if (nowUs >= at) again.push(symbol);
    }
    return this.ask(again);
  }

  /** Takes an answer to `exchangeInfo`, which the capture has read. */
  answer(url: string, status: number, rx: number): ListingOutcome {
    if (!this.open && status === 200) {
      const lacking = [...this.#expected].filter((one) => this.#capture.instrument(one) === null);
      if (lacking.length > 0) return this.#fail(lacking);
      this.open = true;
    }
    // The opening request has no other answer of this status: its symbols are wrong.
    if (!this.open && status === 400) return this.#fail([...this.#expected]);
    const asked = this.#asked.get(url);
    this.#asked.delete(url);
    const covered = (url.includes('symbols=') ? asked : [...this.#waiting.keys()]) ?? [];
    const waiting = covered.filter((symbol) => this.#waiting.has(symbol));
    if (waiting.length === 0) return NOTHING;
    if (status === 200) return this.#settle(waiting);
    if (status === 400) return this.#narrow(waiting);
    for (const symbol of waiting) this.#waiting.set(symbol, rx + AGAIN_US);
    return NOTHING;
  }

  #fail(symbols: readonly string[]): ListingOutcome {
    const error = noSymbol(this.#market, symbols);
    return { ...NOTHING, commands: [{ t: 'fail', error }] };
  }

  #settle(symbols: readonly string[]): ListingOutcome {
    const listed = symbols.filter((symbol) => this.#capture.instrument(symbol) !== null);
    const missing = symbols.filter((symbol) => this.#capture.instrument(symbol) === null);
    for (const symbol of symbols) this.#waiting.delete(symbol);
    return { listed, missing, commands: missing.map((symbol) => this.#left(symbol)) };
  }

  /** One of these is not listed: each is asked for alone, to tell which. */
  #narrow(symbols: readonly string[]): ListingOutcome {
    if (symbols.length === 1) return this.#settle(symbols);
    const commands = symbols.map((symbol): FeedCommand => {
      this.#waiting.set(symbol, 0);
      return { t: 'request', request: this.#request([symbol]) };
    });
    return { ...NOTHING, commands };
  }

  #left(symbol: string): FeedCommand {
    return { t: 'fact', body: noSymbolFact(this.#market, symbol) };
  }

  #request(symbols: readonly string[]): FeedRequest {
    const request = this.#requests.exchangeInfo(`exchangeInfo:${this.#next}`, symbols, false);
    this.#next += 1;
    this.#asked.set(request.recordedUrl, symbols);
    return request;
  }
}
