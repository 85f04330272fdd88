/**
 * Errors of a live feed that no repetition heals, and the facts about what was left out.
 * @module
 */
import { QuantlaxmiError } from '../../../core/index.js';
import type { SessionBody } from '../../../events/index.js';
import { type BinanceMarket, binanceInstrumentId } from '../market.js';
import type { StreamOf } from './streams.js';

/** Names shown in a message; the rest is counted. */
const SHOWN = 10;

function shown(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** The venue lists none of these symbols. */
export function noSymbol(market: BinanceMarket, symbols: readonly string[]): QuantlaxmiError {
  const other = market === 'coinm' ? 'BTCUSD_PERP' : 'BTCUSDT';
  return new QuantlaxmiError(
    'QL_VENUE_NO_SYMBOL',
    `Binance ${market} does not list ${shown(symbols)}. Check the spelling and the market: ` +
      `symbols are written as in its exchangeInfo, for example ${other}.`,
    { context: { market, symbols: symbols.slice(0, SHOWN) } },
  );
}

/** 403 and 451: this address is not served, whatever is asked and how often. */
export function blocked(market: BinanceMarket, status: number, where: string): QuantlaxmiError {
  const why =
    status === 451
      ? 'it does not serve the region of this address. Run the feed from a region it serves'
      : 'its firewall refuses this address. Wait some minutes, lower the rate of requests, or ' +
        'use another address';
  return new QuantlaxmiError(
    'QL_VENUE_BLOCKED',
    `Binance ${market} answered ${where} with status ${status}: ${why}.`,
    { context: { market, status, where } },
  );
}

/** What was added to or taken from the feed, one fact for each symbol. */
export function changeFact(
  market: BinanceMarket,
  action: 'subscribe' | 'unsubscribe',
  streams: readonly StreamOf[],
): SessionBody {
  const symbol = streams[0]?.symbol ?? '';
  const kinds = streams.map((one) => one.kind).join(' ');
  return {
    kind: 'config',
    code: 'QL_VENUE_SUBSCRIPTION',
    inst: binanceInstrumentId(market, symbol),
    details: { action, streams: kinds, symbol },
  };
}

/** A stream the venue does not serve: it is left out from here on. */
export function refusedFact(
  market: BinanceMarket,
  stream: StreamOf,
  error: { readonly code: number; readonly message: string },
): SessionBody {
  return {
    kind: 'malformed',
    code: 'QL_VENUE_SUBSCRIPTION_REFUSED',
    inst: binanceInstrumentId(market, stream.symbol),
    details: { message: error.message.slice(0, 256), stream: stream.name, venueCode: error.code },
  };
}

/** A symbol asked for while the feed runs that the venue does not list: it is left out. */
export function noSymbolFact(market: BinanceMarket, symbol: string): SessionBody {
  return {
    kind: 'malformed',
    code: 'QL_VENUE_NO_SYMBOL',
    inst: null,
    details: { market, symbol },
  };
}
