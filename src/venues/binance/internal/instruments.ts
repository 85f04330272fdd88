/**
 * The instruments of a capture: declared, declared again, and where their streams stand.
 * @module
 */
import { isQuantlaxmiError } from '../../../core/index.js';
import {
  type EventInput,
  type EventInputOf,
  type InstrumentBody,
  SCHEMA_VERSIONS,
  type TradeBody,
} from '../../../events/index.js';
import type { RawAnswer } from '../../feed/index.js';
import type { BinanceCaptureOptions } from '../capture-types.js';
import type { FrameDecoder } from '../decoder.js';
import { MANTISSA_MAX } from '../../../fixed-point/index.js';
import { readExchangeInfo } from '../exchange-info.js';
import { withFinerDigits } from '../finer-digits.js';
import { BINANCE_VENUE } from '../market.js';
import type { Fact } from './facts.js';
import { InstrumentState, NUMBERED_TYPES, type Run } from './instrument-state.js';
import type { Sheet } from './sheet.js';

/** The venue prints mark prices with so many decimals. */
const MARK_EXPONENT = -8;
/** The venue prints at most so many decimals: what has more is damage. */
const DECIMALS_MAX = 8;

/** What {@link Instruments} works with. */
export interface InstrumentsInput {
  readonly options: BinanceCaptureOptions;
  readonly sheet: Sheet;
  readonly decoder: FrameDecoder;
}

export class Instruments {
  readonly #options: BinanceCaptureOptions;
  readonly #sheet: Sheet;
  readonly #decoder: FrameDecoder;
  readonly #bySymbol = new Map<string, InstrumentState>();
  readonly #byId = new Map<string, InstrumentState>();
  #last: InstrumentState | null = null;
  /** Symbols subscribed while the feed runs. */
  readonly #added = new Set<string>();

  constructor(input: InstrumentsInput) {
    this.#options = input.options;
    this.#sheet = input.sheet;
    this.#decoder = input.decoder;
  }

  all(): InstrumentState[] {
    return [...this.#bySymbol.values()];
  }

  /** Numbers handed on of each stream, by "type instrument": a copy. */
  runs(): Map<string, Run> {
    const runs = new Map<string, Run>();
    for (const [inst, state] of this.#byId) {
      for (const type of NUMBERED_TYPES) {
        const run = state.run(type);
        if (run.from >= 0) runs.set(`${type} ${inst}`, { ...run });
      }
    }
    return runs;
  }

  bySymbol(symbol: string): InstrumentState | null {
    return this.#bySymbol.get(symbol) ?? null;
  }

  byId(inst: string): InstrumentState | null {
    // Messages of one instrument come in runs.
    if (this.#last?.body.instrumentId === inst) return this.#last;
    const state = this.#byId.get(inst);
    if (state === undefined) return null;
    this.#last = state;
    return state;
  }

  /** A symbol to be declared when metadata names it. */
  want(symbol: string): void {
    this.#added.add(symbol);
  }

  /** Records an instrument, or a new version of one. */
  declare(given: InstrumentBody): void {
    const body = this.#options.marks === true ? withFinerDigits(given, MARK_EXPONENT, 0) : given;
    this.restore(body);
    const rx = this.#sheet.lastRx;
    const sv = SCHEMA_VERSIONS.Instrument;
    this.#sheet.out.push({ t: 'Instrument', sv, rx, ts: null, src: BINANCE_VENUE, body });
  }

  /** Takes an instrument as it was recorded before. */
  restore(body: InstrumentBody): void {
    this.#decoder.declare(body);
    const held = this.#bySymbol.get(body.symbol);
    if (held === undefined) {
      const state = new InstrumentState(body);
      this.#bySymbol.set(body.symbol, state);
      this.#byId.set(body.instrumentId, state);
      return;
    }
    const { priceExponent, qtyExponent } = held.body;
    held.body = body;
    // Mantissas of another exponent are another price: readers of the log drop their book here.
    if (body.priceExponent !== priceExponent || body.qtyExponent !== qtyExponent) {
      held.check.invalidate();
    }
  }

  /**
   * New metadata: wanted instruments are declared, those that changed again from here on. Exponents
   * only get finer, so that mantissas before and after stay comparable.
   */
  read(json: string): void {
    const { market, symbols = [] } = this.#options;
    const wanted = new Set([...this.#bySymbol.keys(), ...symbols, ...this.#added]);
    const { instruments, refused } = readExchangeInfo(json, market, wanted);
    this.#sheet.counts.answers += 1;
    for (const one of instruments) {
      const held = this.#bySymbol.get(one.symbol)?.body;
      if (held === undefined) {
        this.declare(one);
        continue;
      }
      const fresh = withFinerDigits(one, held.priceExponent, held.qtyExponent);
      const names = Object.keys(fresh) as (keyof InstrumentBody)[];
      if (!names.every((name) => held[name] === fresh[name])) this.declare(fresh);
    }
    for (const { error } of refused) {
      this.#sheet.counts.malformed += 1;
      const { code, message } = error;
      this.#sheet.sampled({ kind: 'malformed', code, inst: null, details: { message } });
    }
    const named = new Set([...instruments, ...refused].map((one) => one.symbol));
    for (const symbol of symbols) {
      // An answer about some symbols only says nothing about those that are known already.
      if (named.has(symbol) || this.#bySymbol.has(symbol)) continue;
      this.#sheet.unknown('unknownSymbol', symbol);
    }
  }

  /**
   * Declares an instrument again with finer exponents, where the capture is to; false when it is
   * not, when the exponents reach that far already, or when its quantities would not fit.
   */
  refine(symbol: string, priceDecimals: number, qtyDecimals: number): boolean {
    const held = this.#bySymbol.get(symbol)?.body;
    if (held === undefined || this.#options.finerDigits !== 'redeclare') return false;
    if (priceDecimals > DECIMALS_MAX || qtyDecimals > DECIMALS_MAX) return false;
    try {
      const fresh = withFinerDigits(held, 0 - priceDecimals, 0 - qtyDecimals);
      // A limit that was cut no longer says what the venue allows: the digits are damage.
      const cut = fresh.maxQty === MANTISSA_MAX && held.maxQty !== MANTISSA_MAX;
      if (fresh === held || cut) return false;
      this.declare(fresh);
      return true;
    } catch (error) {
      if (isQuantlaxmiError(error, 'QL_FIXED_OVERFLOW')) return false;
      throw error;
    }
  }

  /**
   * The book of an instrument, or of all, may not be read until a snapshot. `anew`: the streams
   * have no other connection, numbers of the next one may count anew.
   */
  invalidate(inst: string | null, anew = true): void {
    for (const [id, state] of this.#byId) {
      if (inst !== null && inst !== id) continue;
      if (anew) state.disconnected();
      else state.check.invalidate();
      state.lostAt = this.#sheet.lastRx;
    }
  }

  /**
   * True for a snapshot that was asked for before the book was lost: nobody knows what changed
   * since, and no update that follows it was received. Told as unusable, not recorded as one.
   */
  outdated(symbol: string, answer: RawAnswer): boolean {
    const state = this.#bySymbol.get(symbol);
    const askedAt = answer.rx - answer.tookUs;
    if (state === undefined || askedAt >= state.lostAt) return false;
    const details = { askedAt, lostAt: state.lostAt };
    const inst = state.body.instrumentId;
    this.#sheet.report({ kind: 'gap', code: 'QL_VENUE_SNAPSHOT_UNUSABLE', inst, details });
    return true;
  }

  /** Records an event, with what it says about its stream. */
  take(event: EventInput): void {
    const { counts, out } = this.#sheet;
    switch (event.t) {
      case 'BookDelta':
        counts.deltas += 1;
        this.#sheet.report(this.#delta(event));
        out.push(event);
        return;
      case 'Quote':
        counts.quotes += 1;
        out.push(event);
        this.#quote(event);
        return;
      case 'Trade':
        counts.trades += 1;
        out.push(event);
        this.#sheet.report(this.#trade(event));
        return;
      case 'BookSnapshot':
        counts.snapshots += 1;
        break;
      case 'Funding':
        counts.fundings += 1;
        break;
      case 'Bar':
        counts.bars += 1;
        break;
      case 'Liquidation':
        counts.liquidations += 1;
        break;
      default:
        counts.stats += 1;
    }
    out.push(event);
    this.#sheet.report(this.follow(event));
  }

  /** A trade of nothing: its id counts, the trade does not. */
  skip(trade: TradeBody): void {
    this.#sheet.counts.ignored += 1;
    const state = this.byId(trade.inst);
    if (state !== null) this.#sheet.report(this.#tradeOf(state, trade));
  }

  /** Moves the streams' state on by an event; returns what is wrong with it. */
  follow(event: EventInput): Fact | null {
    if (event.t === 'BookDelta') return this.#delta(event);
    if (event.t === 'Trade') return this.#trade(event);
    if (event.t === 'Quote') {
      this.#quote(event);
      return null;
    }
    const state = this.byId((event.body as { inst?: string }).inst ?? '');
    if (state === null) return null;
    state.touch(event.t, event.rx);
    if (event.t !== 'BookSnapshot') return null;
    state.handedOn('BookSnapshot', event.body.venueSeq);
    return state.check.snapshot(event.body);
  }

  #delta(event: EventInputOf<'BookDelta'>): Fact | null {
    const state = this.byId(event.body.inst);
    if (state === null) return null;
    state.deltaRx = event.rx;
    state.handedOn('BookDelta', event.body.lastSeq);
    return state.check.delta(event.body);
  }

  #trade(event: EventInputOf<'Trade'>): Fact | null {
    const state = this.byId(event.body.inst);
    if (state === null) return null;
    state.tradeRx = event.rx;
    return this.#tradeOf(state, event.body);
  }

  #tradeOf(state: InstrumentState, body: TradeBody): Fact | null {
    if (body.venueSeq !== null) state.handedOn('Trade', body.venueSeq);
    return state.check.trade(body);
  }

  #quote(event: EventInputOf<'Quote'>): void {
    const state = this.byId(event.body.inst);
    if (state === null) return;
    state.quoteRx = event.rx;
    const { venueSeq } = event.body;
    if (venueSeq !== null) state.handedOn('Quote', venueSeq);
  }
}
