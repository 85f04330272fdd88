/**
 * What is asked for: streams by symbol.
 * @module
 */
import { type BinanceMarket, binanceInstrumentId } from '../market.js';
import type { StreamOf } from './streams.js';

export class Wanted {
  readonly #market: BinanceMarket;
  readonly #streams = new Map<string, StreamOf[]>();
  readonly #symbolOf = new Map<string, string>();

  constructor(market: BinanceMarket) {
    this.#market = market;
  }

  symbols(): string[] {
    return [...this.#streams.keys()];
  }

  streams(symbol: string): readonly StreamOf[] {
    return this.#streams.get(symbol) ?? [];
  }

  /** Symbol of an instrument asked for now or before; null when it never was. */
  symbolOf(inst: string): string | null {
    return this.#symbolOf.get(inst) ?? null;
  }

  /** True when the symbol is new. */
  add(stream: StreamOf): boolean {
    const { name, symbol } = stream;
    const own = this.#streams.get(symbol);
    if (own === undefined) {
      this.#streams.set(symbol, [stream]);
      this.#symbolOf.set(binanceInstrumentId(this.#market, symbol), symbol);
      return true;
    }
    if (!own.some((one) => one.name === name)) own.push(stream);
    return false;
  }

  /** True when the symbol has no stream left. */
  remove(stream: StreamOf): boolean {
    const { name, symbol } = stream;
    const left = this.streams(symbol).filter((one) => one.name !== name);
    if (left.length > 0) this.#streams.set(symbol, left);
    else this.#streams.delete(symbol);
    return left.length === 0;
  }
}
