/**
 * The three Binance markets recorded, and how their symbols become instrument ids.
 * @module
 */

/** Spot, USDⓈ-margined futures, coin-margined futures. */
export type BinanceMarket = 'spot' | 'usdm' | 'coinm';

/** Venue name in ids and in the envelope's `src`. */
export const BINANCE_VENUE = 'BINANCE';

const SEGMENTS = { spot: 'SPOT', usdm: 'USDM', coinm: 'COINM' } as const;

/** Segment part of the instrument id. */
export function binanceSegment(market: BinanceMarket): 'SPOT' | 'USDM' | 'COINM' {
  return SEGMENTS[market];
}

/**
 * Instrument id of a venue symbol.
 *
 * @example
 * ```ts
 * import { binanceInstrumentId } from 'quantlaxmi/venues/binance';
 *
 * binanceInstrumentId('coinm', 'BTCUSD_PERP'); // => 'BINANCE:COINM:BTCUSD_PERP'
 * ```
 */
export function binanceInstrumentId(market: BinanceMarket, symbol: string): string {
  return `${BINANCE_VENUE}:${SEGMENTS[market]}:${symbol}`;
}
