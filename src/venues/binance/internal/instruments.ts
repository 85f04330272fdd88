/**
 * The instruments of a capture: declared, declared again, and where their streams stand.
 * @module
 */
import {
  type EventInput,
  type EventInputOf,
  type InstrumentBody,
  SCHEMA_VERSIONS,
} from '../../../events/index.js';
import type { BinanceCaptureOptions } from '../capture-types.js';
import type { DecodedArray, FrameDecoder } from '../decoder.js';
import { parseExchangeInfo } from '../exchange-info.js';
import { withFinerDigits } from '../finer-digits.js';
import { BINANCE_VENUE } from '../market.js';
import type { Fact } from './facts.js';
import { InstrumentState } from './instrument-state.js';
import type { Sheet } from './sheet.js';

/** The venue prints mark prices with so many decimals. */
const MARK_EXPONENT = -8;

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

  constructor(input: InstrumentsInput) {
    this.#options = input.options;
    this.#sheet = input.sheet;
    this.#decoder = input.decoder;
  }

  all(): InstrumentState[] {
    return [...this.#bySymbol.values()];
  }

  bySymbol(symbol: string): InstrumentState | null {
    return this.#bySymbol.get(symbol) ?? null;
  }

  byId(inst: string): InstrumentState | null {
    return this.#byId.get(inst) ?? null;
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
    const wanted = new Set([...this.#bySymbol.keys(), ...symbols]);
    for (const one of parseExchangeInfo(json, market, wanted)) {
      const held = this.#bySymbol.get(one.symbol)?.body;
      if (held === undefined) {
        this.declare(one);
        continue;
      }
      const fresh = withFinerDigits(one, held.priceExponent, held.qtyExponent);
      const names = Object.keys(fresh) as (keyof InstrumentBody)[];
      if (!names.every((name) => held[name] === fresh[name])) this.declare(fresh);
    }
  }

  /** The book of an instrument, or of all, may not be read until a snapshot. */
  invalidate(inst: string | null): void {
    if (inst !== null) this.#byId.get(inst)?.check.invalidate();
    else for (const one of this.#bySymbol.values()) one.check.invalidate();
  }

  /** Records what a message became, with what it says about its stream. */
  take(frame: EventInput | DecodedArray): void {
    if (frame.t === 'array') return;
    const { counts, out } = this.#sheet;
    switch (frame.t) {
      case 'BookDelta':
        counts.deltas += 1;
        this.#report(this.#delta(frame));
        out.push(frame);
        return;
      case 'Quote':
        counts.quotes += 1;
        break;
      case 'Trade':
        counts.trades += 1;
        break;
      case 'BookSnapshot':
        counts.snapshots += 1;
        break;
      default:
        return;
    }
    out.push(frame);
    this.follow(frame, (fact) => this.#report(fact));
  }

  /** Moves the streams' state on by an event, telling what is wrong with it. */
  follow(event: EventInput, tell: (fact: Fact | null) => void): void {
    switch (event.t) {
      case 'BookDelta':
        tell(this.#delta(event));
        return;
      case 'Trade': {
        const state = this.#byId.get(event.body.inst);
        if (state === undefined) return;
        state.touch('Trade', event.rx);
        tell(state.check.trade(event.body));
        return;
      }
      case 'Quote': {
        const state = this.#byId.get(event.body.inst);
        if (state === undefined) return;
        state.touch('Quote', event.rx);
        state.lastQuote = event.body.venueSeq ?? -1;
        return;
      }
      case 'BookSnapshot': {
        const state = this.#byId.get(event.body.inst);
        if (state === undefined) return;
        state.touch('BookSnapshot', event.rx);
        tell(state.check.snapshot(event.body));
        return;
      }
      default:
    }
  }

  #delta(event: EventInputOf<'BookDelta'>): Fact | null {
    const state = this.#byId.get(event.body.inst);
    if (state === undefined) return null;
    state.touch('BookDelta', event.rx);
    return state.check.delta(event.body);
  }

  #report(fact: Fact | null): void {
    this.#sheet.report(fact);
  }
}
