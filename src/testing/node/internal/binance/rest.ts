/** REST answers of a local Binance. @module */
import type { BinanceMarket } from '../../../../venues/binance/index.js';
import type { BinanceSourceSymbol } from '../../binance-source.js';
import { type Answered, jsonAnswer } from '../dialect.js';
import type { BinanceBooks, DepthTexts } from './books.js';

/** Where the endpoints of each market are. */
const PREFIXES: Readonly<Record<BinanceMarket, string>> = {
  spot: '/api/v3/',
  usdm: '/fapi/v1/',
  coinm: '/dapi/v1/',
};

/** Answers of an endpoint that a user gives. */
export type GivenAnswers = Readonly<Record<string, string | ((query: URLSearchParams) => string)>>;

/** State the answers are made from. */
export interface RestState {
  readonly market: BinanceMarket;
  readonly books: BinanceBooks;
  readonly exchangeInfo: string;
  readonly answers: GivenAnswers;
  /** What the venue's clock says, µs. */
  readonly nowUs: () => number;
  /** The depth of a symbol; not always the present one. */
  readonly depth: (symbol: string, limit: number) => DepthTexts | null;
}

const QUOTES = ['FDUSD', 'USDT', 'USDC', 'BUSD', 'TUSD', 'USD', 'BTC', 'ETH', 'BNB', 'EUR', 'TRY'];
const EIGHT_HOURS_MS = 28_800_000;

/** Name of the endpoint, or null when the path is not of this market. */
export function endpointOf(market: BinanceMarket, path: string): string | null {
  const prefix = PREFIXES[market];
  return path.startsWith(prefix) ? path.slice(prefix.length) : null;
}

function stepOf(decimals: number): string {
  return decimals === 0 ? '1' : `0.${'1'.padStart(decimals, '0')}`;
}

function symbolRow(market: BinanceMarket, of: BinanceSourceSymbol): Record<string, unknown> {
  const [pair = of.symbol, tail = ''] = of.symbol.split('_');
  const quote = QUOTES.find((name) => pair.endsWith(name) && pair !== name) ?? 'USD';
  const base = pair.endsWith(quote) ? pair.slice(0, -quote.length) : pair;
  const qtyStep = stepOf(of.qtyDecimals);
  const filters = [
    {
      filterType: 'PRICE_FILTER',
      minPrice: stepOf(of.priceDecimals),
      maxPrice: '1000000',
      tickSize: stepOf(of.priceDecimals),
    },
    { filterType: 'LOT_SIZE', minQty: qtyStep, maxQty: '1000000', stepSize: qtyStep },
  ];
  const common = { symbol: of.symbol, baseAsset: base, quoteAsset: quote, filters };
  if (market === 'spot') return { ...common, status: 'TRADING' };
  const contractType = tail === '' || tail === 'PERP' ? 'PERPETUAL' : 'CURRENT_QUARTER';
  const contract = { pair, contractType, deliveryDate: 4_133_404_800_000 };
  return market === 'usdm'
    ? { ...common, ...contract, status: 'TRADING', marginAsset: quote }
    : { ...common, ...contract, contractStatus: 'TRADING', marginAsset: base, contractSize: 100 };
}

/** An answer to `exchangeInfo` made from the symbols of a source. */
export function makeExchangeInfo(
  market: BinanceMarket,
  symbols: readonly BinanceSourceSymbol[],
  serverTime: number,
): string {
  const rows = symbols.map((of) => symbolRow(market, of));
  return JSON.stringify({
    timezone: 'UTC',
    serverTime,
    rateLimits: [],
    exchangeFilters: [],
    symbols: rows,
  });
}

function depth(state: RestState, symbol: string, query: URLSearchParams): Answered {
  const limit = Number.parseInt(
    query.get('limit') ?? (state.market === 'spot' ? '100' : '500'),
    10,
  );
  const max = state.market === 'spot' ? 5000 : 1000;
  if (!(limit > 0))
    return jsonAnswer(400, { code: -1130, msg: "Data sent for 'limit' is invalid" });
  const found = state.depth(symbol, Math.min(limit, max));
  if (found === null) return jsonAnswer(503, { code: -1008, msg: 'No book of it is in sequence.' });
  const { lastUpdateId, bids, asks } = found;
  const ms = Math.floor(state.nowUs() / 1000);
  const times = state.market === 'spot' ? {} : { E: ms, T: ms };
  const names = state.market === 'coinm' ? { symbol, pair: symbol.split('_')[0] } : {};
  return jsonAnswer(200, { lastUpdateId, ...times, ...names, bids, asks });
}

/** Mark price, funding and open interest follow from the book: enough to be read and checked. */
function derivative(state: RestState, endpoint: string, symbol: string): unknown {
  const time = Math.floor(state.nowUs() / 1000);
  const price = state.depth(symbol, 1)?.bids[0]?.[0] ?? '1';
  const past = time - (time % EIGHT_HOURS_MS);
  if (endpoint === 'openInterest') return { symbol, openInterest: '1000.000', time };
  if (endpoint === 'fundingRate') {
    return [{ symbol, fundingRate: '0.00010000', fundingTime: past, markPrice: price }];
  }
  const row = {
    symbol,
    markPrice: price,
    indexPrice: price,
    estimatedSettlePrice: price,
    lastFundingRate: '0.00010000',
    interestRate: '0.00010000',
    nextFundingTime: past + EIGHT_HOURS_MS,
    time,
  };
  return state.market === 'usdm' ? row : [{ ...row, pair: symbol.split('_')[0] }];
}

/** Answers a request whose weight is paid. */
export function answerRest(state: RestState, path: string, query: URLSearchParams): Answered {
  const given = state.answers[path];
  if (given !== undefined) {
    return jsonAnswer(200, typeof given === 'string' ? given : given(query));
  }
  const endpoint = endpointOf(state.market, path);
  if (endpoint === 'ping') return jsonAnswer(200, {});
  if (endpoint === 'time') {
    return jsonAnswer(200, { serverTime: Math.floor(state.nowUs() / 1000) });
  }
  if (endpoint === 'exchangeInfo') return jsonAnswer(200, state.exchangeInfo);
  const futures = endpoint === 'premiumIndex' || endpoint === 'fundingRate';
  const known =
    endpoint === 'depth' || ((futures || endpoint === 'openInterest') && state.market !== 'spot');
  if (endpoint === null || !known) {
    return jsonAnswer(404, { code: -1000, msg: `${path} is not served here` });
  }
  const symbol = query.get('symbol');
  if (symbol === null && endpoint === 'premiumIndex') {
    const rows = state.books.symbols.map((of) => derivative(state, endpoint, of.symbol));
    return jsonAnswer(200, rows.flat());
  }
  if (symbol === null || symbol === '') {
    const msg = "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.";
    return jsonAnswer(400, { code: -1102, msg });
  }
  if (!state.books.has(symbol)) return jsonAnswer(400, { code: -1121, msg: 'Invalid symbol.' });
  if (endpoint === 'depth') return depth(state, symbol, query);
  return jsonAnswer(200, derivative(state, endpoint, symbol));
}
