/**
 * Exchange segments of Kite, told by the low byte of an instrument token.
 * Source: kite.trade/docs/connect/v3/websocket; the tables of the official clients.
 * @module
 */

/** Decimal exponent of the prices of a segment: 2, 4 or 7 decimals. */
export type KiteExponent = -2 | -4 | -7;

/** One exchange segment. */
export interface KiteSegment {
  /** Low byte of the tokens of the segment. */
  readonly code: number;
  /** Name in the official clients. */
  readonly name: 'nse' | 'nfo' | 'cds' | 'bse' | 'bfo' | 'bcd' | 'mcx' | 'mcxsx' | 'indices';
  /** Exponent of its prices: paise, or the finer units of currency derivatives. */
  readonly exponent: KiteExponent;
}

const SEGMENTS: readonly (KiteSegment | null)[] = [
  null,
  { code: 1, name: 'nse', exponent: -2 },
  { code: 2, name: 'nfo', exponent: -2 },
  { code: 3, name: 'cds', exponent: -7 },
  { code: 4, name: 'bse', exponent: -2 },
  { code: 5, name: 'bfo', exponent: -2 },
  { code: 6, name: 'bcd', exponent: -4 },
  { code: 7, name: 'mcx', exponent: -2 },
  { code: 8, name: 'mcxsx', exponent: -2 },
  { code: 9, name: 'indices', exponent: -2 },
];

/** Low byte of the tokens of indices, which trade nowhere and have packets of their own. */
export const KITE_INDICES = 9;

/**
 * Segment of an instrument token; null when its low byte names none, so that the unit of its prices
 * is not known.
 *
 * @param token - instrument token
 * @returns the segment or null; O(1)
 * @example
 * ```ts
 * import { kiteSegment } from 'quantlaxmi/venues/zerodha';
 *
 * kiteSegment(408065)?.name; // => 'nse'
 * kiteSegment(256265)?.name; // => 'indices'
 * ```
 */
export function kiteSegment(token: number): KiteSegment | null {
  return SEGMENTS[token & 0xff] ?? null;
}
