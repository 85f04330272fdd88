/**
 * Tokens and ids of the instruments that are known.
 * @module
 */
import { QuantlaxmiError } from '../../../core/index.js';
import { readInstruments } from '../instruments.js';
import type { KiteInstrumentName } from './options.js';

/** Names shown in a message; the rest is counted. */
const SHOWN = 10;

/** Both names of each known instrument. */
export class KiteNames {
  readonly #ids = new Map<number, string>();
  readonly #tokens = new Map<string, number>();

  get size(): number {
    return this.#ids.size;
  }

  /** Adds the instruments of a dump; rows that cannot be used are the capture's to tell. */
  learn(csv: Uint8Array): void {
    for (const { instrument } of readInstruments(csv)) {
      if (instrument !== null) this.#add(instrument.token, instrument.body.instrumentId);
    }
  }

  idOf(token: number): string | null {
    return this.#ids.get(token) ?? null;
  }

  /**
   * Tokens of instruments.
   *
   * @throws QuantlaxmiError QL_VENUE_NO_SYMBOL when one is not known
   */
  tokensOf(instruments: readonly KiteInstrumentName[]): number[] {
    const unknown: KiteInstrumentName[] = [];
    const tokens: number[] = [];
    for (const name of instruments) {
      const token = typeof name === 'number' ? name : this.#tokens.get(name);
      if (token !== undefined && this.#ids.has(token)) tokens.push(token);
      else unknown.push(name);
    }
    if (unknown.length === 0) return tokens;
    const more = unknown.length - SHOWN;
    const shown = unknown.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
    throw new QuantlaxmiError(
      'QL_VENUE_NO_SYMBOL',
      `Kite's instruments dump (${this.#ids.size} instruments) does not list ${shown}. The dump ` +
        'changes each day: contracts expire and tokens are given anew. Check the id or token ' +
        "against today's dump (GET /instruments)",
      { context: { instruments: unknown.slice(0, SHOWN), known: this.#ids.size } },
    );
  }

  #add(token: number, id: string): void {
    this.#ids.set(token, id);
    this.#tokens.set(id, token);
  }
}
