/**
 * Instruments by the bytes of their venue symbol.
 * @module
 */
import { encodeUtf8 } from '../../../core/index.js';
import type { InstrumentBody } from '../../../events/index.js';
import { bytesEqual } from './fields.js';
import { byteText } from './message.js';

/** What decoding needs of an instrument. */
export interface SymbolEntry {
  readonly inst: string;
  readonly symbol: string;
  readonly bytes: Uint8Array;
  readonly priceExponent: number;
  readonly qtyExponent: number;
  /** Settled in the base asset: its turnover is told in that, not in the quote currency. */
  readonly inverse: boolean;
  /** Its book comes as partial depth. */
  readonly partial: boolean;
}

export class SymbolTable {
  readonly #byBytes = new Map<string, SymbolEntry>();
  readonly #byName = new Map<string, SymbolEntry>();
  /** Messages of one symbol come in runs: the last one found is tried first. */
  #last: SymbolEntry | null = null;

  readonly #partial: ReadonlySet<string>;

  constructor(instruments: readonly InstrumentBody[], partial: readonly string[]) {
    this.#partial = new Set(partial);
    for (const instrument of instruments) this.add(instrument);
  }

  add(instrument: InstrumentBody): void {
    const { symbol, instrumentId: inst, priceExponent, qtyExponent, inverse } = instrument;
    const bytes = encodeUtf8(symbol);
    const partial = this.#partial.has(symbol);
    const entry = { inst, symbol, bytes, priceExponent, qtyExponent, inverse, partial };
    this.#byBytes.set(byteText(bytes, 0, bytes.length), entry);
    this.#byName.set(symbol, entry);
    this.#last = entry;
  }

  /** The only symbol whose book comes as partial depth; null when there are none or several. */
  onlyPartial(): string | null {
    const [only = null] = this.#partial;
    return this.#partial.size === 1 ? only : null;
  }

  byName(symbol: string): SymbolEntry | null {
    return this.#byName.get(symbol) ?? null;
  }

  /** The instrument whose symbol is bytes[start, end), or null. */
  find(bytes: Uint8Array, start: number, end: number): SymbolEntry | null {
    const last = this.#last;
    if (last !== null && bytesEqual(bytes, start, end, last.bytes)) return last;
    const entry = this.#byBytes.get(byteText(bytes, start, end)) ?? null;
    if (entry !== null) this.#last = entry;
    return entry;
  }
}
