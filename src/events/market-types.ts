/**
 * Bodies of the facts of markets: instruments and what is quoted and traded.
 *
 * Body keys are declared in the order RFC 8785 sorts them.
 * @module
 */

/** `[price mantissa, quantity mantissa]`; a quantity of 0 in a delta removes the level. */
export type Level = readonly [price: number, qty: number];

/** Side of an order or fill. */
export type Side = 'buy' | 'sell';

/** What kind of thing is traded. */
export type InstrumentClass = 'spot' | 'perp' | 'future' | 'option' | 'equity' | 'index';
/** Whether the venue lets it trade. */
export type InstrumentStatus = 'trading' | 'halted' | 'closed' | 'unknown';

/** Static data of an instrument from this record on; must precede the instrument's first use. */
export interface InstrumentBody {
  readonly base: string;
  readonly class: InstrumentClass;
  /** Expiry, µs since the epoch; null when it has none. */
  readonly expiry: number | null;
  /** True when exponents, tick and lot were inferred from the data, not declared by the venue. */
  readonly inferred: boolean;
  readonly instrumentId: string;
  /** True for contracts settled in base currency (notional = contracts × multiplier / price). */
  readonly inverse: boolean;
  /** Quantity step, as a mantissa at `qtyExponent`. */
  readonly lot: number;
  /** Largest order quantity, mantissa at `qtyExponent`; null when unknown (unknown is a denial). */
  readonly maxQty: number | null;
  /** Smallest order notional as a decimal string in the quote currency; null when there is none. */
  readonly minNotional: string | null;
  /** Smallest order quantity, mantissa at `qtyExponent`. */
  readonly minQty: number;
  /** Contract multiplier as a decimal string (`"1"` for spot and linear perpetuals). */
  readonly multiplier: string;
  readonly priceExponent: number;
  readonly qtyExponent: number;
  readonly quote: string;
  readonly right: 'call' | 'put' | null;
  readonly segment: string;
  readonly settle: string;
  readonly status: InstrumentStatus;
  /** Strike, mantissa at `priceExponent`; null unless an option. */
  readonly strike: number | null;
  readonly symbol: string;
  /** Price step, as a mantissa at `priceExponent`. */
  readonly tick: number;
  /** End of validity (exclusive), µs; null when open. */
  readonly validTo: number | null;
  readonly venue: string;
}

/** Best bid and offer. An absent side has price null and quantity 0. */
export interface QuoteBody {
  readonly ask: number | null;
  readonly askQty: number;
  readonly bid: number | null;
  readonly bidQty: number;
  readonly inst: string;
  /** The venue's own sequence number; null when it sends none. */
  readonly venueSeq: number | null;
}

/** The side that took liquidity. */
export type Aggressor = 'buy' | 'sell' | 'unknown';

/** A trade printed by the venue. */
export interface TradeBody {
  /** Side that took liquidity. */
  readonly aggressor: Aggressor;
  readonly inst: string;
  readonly price: number;
  readonly qty: number;
  /** The venue's trade id as text (some are not numbers); empty when it sends none. */
  readonly tradeId: string;
  readonly venueSeq: number | null;
}

/** Full depth at a venue sequence: bids descending, asks ascending. */
export interface BookSnapshotBody {
  readonly asks: readonly Level[];
  readonly bids: readonly Level[];
  readonly inst: string;
  readonly venueSeq: number;
}

/** Changed levels between two venue sequences. */
export interface BookDeltaBody {
  readonly asks: readonly Level[];
  readonly bids: readonly Level[];
  readonly firstSeq: number;
  readonly inst: string;
  readonly lastSeq: number;
  /** `lastSeq` of the delta before (Binance futures `pu`); null where the venue sends none. */
  readonly prevSeq: number | null;
}

/** Perpetual funding and mark. `rate` is the funding rate × 10^8. */
export interface FundingBody {
  readonly index: number | null;
  readonly inst: string;
  readonly intervalUs: number | null;
  readonly mark: number;
  readonly nextFundingTs: number | null;
  readonly rateE8: number;
}

/** Session statistics as a venue reports them. Absent values are null, never 0. */
export interface StatsBody {
  readonly close: number | null;
  readonly high: number | null;
  readonly inst: string;
  readonly last: number | null;
  readonly low: number | null;
  readonly open: number | null;
  readonly openInterest: number | null;
  /** Traded value as a decimal string in the quote currency. */
  readonly turnover: string | null;
  readonly volume: number | null;
}

/** A bar (candle) as the venue reports it: of one interval, again while it grows, last as final. */
export interface BarBody {
  readonly close: number;
  /** True when the interval is over and the bar changes no more. */
  readonly final: boolean;
  readonly high: number;
  readonly inst: string;
  /** Length of the interval, µs. */
  readonly intervalUs: number;
  readonly low: number;
  readonly open: number;
  /** Start of the interval, µs since the epoch. */
  readonly openTs: number;
  /** Trades in it; null where the venue does not count them. */
  readonly trades: number | null;
  /** Traded value as a decimal string in the quote currency; null where it is not told. */
  readonly turnover: string | null;
  readonly volume: number;
}

/**
 * An order by which the venue closes a position that lost its margin. No trade: what it traded
 * comes as trades as well.
 */
export interface LiquidationBody {
  /** Average fill price; null when nothing filled or it is not told. */
  readonly avgPrice: number | null;
  readonly filledQty: number;
  readonly inst: string;
  readonly price: number;
  readonly qty: number;
  /** Side of the order: a liquidated long sells. */
  readonly side: Side;
  /** The venue's own word for the order's state; empty when it tells none. */
  readonly status: string;
}
