/**
 * Instruments with validity intervals: what was true of an instrument at a given receive time.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { InstrumentBody } from '../events/index.js';

/** One declaration and the half-open interval [fromUs, toUs) it is valid in, µs since the epoch. */
export interface InstrumentVersion {
  readonly instrument: InstrumentBody;
  readonly fromUs: number;
  /** Exclusive end; null while open. */
  readonly toUs: number | null;
}

/** Declared instruments by id; see {@link createInstrumentRegistry}. */
export interface InstrumentRegistry {
  /**
   * Declares an instrument from `rx` on; an earlier declaration of the id ends there.
   * @throws QL_INSTRUMENT_INVALID when `rx` is before the declaration it would replace, or the body
   *   contradicts itself.
   */
  add(instrument: InstrumentBody, rx: number): void;
  /**
   * The instrument valid at receive time `rx` (µs). O(log versions).
   * @throws QL_INSTRUMENT_UNKNOWN when none is.
   */
  at(instrumentId: string, rx: number): InstrumentBody;
  /** Like {@link InstrumentRegistry.at}, null instead of an error. */
  find(instrumentId: string, rx: number): InstrumentBody | null;
  /** All declarations of an id, oldest first. */
  history(instrumentId: string): readonly InstrumentVersion[];
  /** Declared ids, in order of first declaration. */
  ids(): readonly string[];
}

const nothing: readonly InstrumentVersion[] = [];

/** What contradicts itself in an instrument's body, or null. */
function contradiction(body: InstrumentBody): string | null {
  if (body.instrumentId !== `${body.venue}:${body.segment}:${body.symbol}`) {
    return `instrumentId ${body.instrumentId} is not VENUE:SEGMENT:SYMBOL of its own fields`;
  }
  if (!(body.tick > 0)) return `tick is ${body.tick}, expected a positive mantissa`;
  if (!(body.lot > 0)) return `lot is ${body.lot}, expected a positive mantissa`;
  if (body.maxQty !== null && body.maxQty < body.minQty) {
    return `maxQty ${body.maxQty} is below minQty ${body.minQty}`;
  }
  if (!/^(0*[1-9]\d*(\.\d+)?|0+\.0*[1-9]\d*)$/.test(body.multiplier)) {
    return `multiplier is ${body.multiplier}, expected a positive decimal`;
  }
  return null;
}

class Registry implements InstrumentRegistry {
  readonly #versions = new Map<string, InstrumentVersion[]>();

  add(instrument: InstrumentBody, rx: number): void {
    const id = instrument.instrumentId;
    const wrong = contradiction(instrument);
    if (wrong !== null) this.#refuse(id, wrong);
    const versions = this.#versions.get(id) ?? [];
    const last = versions.at(-1);
    if (last !== undefined) {
      if (rx < last.fromUs) {
        this.#refuse(id, `declared from ${rx} µs, before its declaration of ${last.fromUs} µs`);
      }
      const toUs = last.toUs === null ? rx : Math.min(last.toUs, rx);
      versions[versions.length - 1] = { ...last, toUs };
    }
    versions.push({ instrument, fromUs: rx, toUs: instrument.validTo });
    this.#versions.set(id, versions);
  }

  find(instrumentId: string, rx: number): InstrumentBody | null {
    const versions = this.#versions.get(instrumentId) ?? nothing;
    let low = 0;
    let high = versions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((versions[middle] as InstrumentVersion).fromUs <= rx) low = middle + 1;
      else high = middle;
    }
    const version = versions[low - 1];
    if (version === undefined) return null;
    return version.toUs === null || rx < version.toUs ? version.instrument : null;
  }

  at(instrumentId: string, rx: number): InstrumentBody {
    const found = this.find(instrumentId, rx);
    if (found !== null) return found;
    const versions = this.history(instrumentId);
    const held = versions.map((v) => `[${v.fromUs}, ${v.toUs ?? 'open'})`).join(' ');
    throw new QuantlaxmiError(
      'QL_INSTRUMENT_UNKNOWN',
      `${instrumentId} is not valid at ${rx} µs: ` +
        (held === '' ? 'it was never declared' : `declared for ${held}`) +
        '. Declare it with an Instrument event before its first use.',
      { context: { inst: instrumentId, rx } },
    );
  }

  history(instrumentId: string): readonly InstrumentVersion[] {
    return this.#versions.get(instrumentId) ?? nothing;
  }

  ids(): readonly string[] {
    return [...this.#versions.keys()];
  }

  #refuse(inst: string, wrong: string): never {
    throw new QuantlaxmiError(
      'QL_INSTRUMENT_INVALID',
      `Instrument ${inst} cannot be declared: ${wrong}. Correct the Instrument event.`,
      { context: { inst } },
    );
  }
}

/**
 * Makes an empty registry. Feed it the Instrument events of a log, in order.
 *
 * @example
 * ```ts
 * import { createInstrumentRegistry } from 'quantlaxmi/market';
 *
 * createInstrumentRegistry().find('BINANCE:SPOT:BTCUSDT', 0);
 * // => null
 * ```
 */
export function createInstrumentRegistry(): InstrumentRegistry {
  return new Registry();
}
