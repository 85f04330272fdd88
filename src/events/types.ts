/**
 * The event union: one envelope, nineteen bodies. Every body is a flat, fixed-shape record of safe
 * integers, strings and nulls, so that it can be written as canonical JSON without a float.
 *
 * Body keys are declared in the order RFC 8785 sorts them, which is the order the log holds them.
 * @module
 */

/** `[price mantissa, quantity mantissa]`; a quantity of 0 in a delta removes the level. */
export type Level = readonly [price: number, qty: number];

/** Names of the event types, as they stand in the envelope's `t`. */
export type EventType = keyof EventBodies;

/** What happened to the capture or the run itself. A gap is a fact, not a silence. */
export type SessionKind =
  | 'start'
  | 'stop'
  | 'connected'
  | 'disconnected'
  | 'gap'
  | 'resync'
  | 'malformed'
  | 'clock'
  | 'recovered'
  | 'config'
  | 'killSwitch'
  | 'ladder'
  | 'operator';

/** Capture, connection and operator facts. */
export interface SessionBody {
  /** Reason code, e.g. `QL_VENUE_SEQUENCE_GAP`; empty when the kind says it all. */
  readonly code: string;
  /** Details of the kind: integers or strings only, keys sorted when written. */
  readonly details: Readonly<Record<string, number | string>>;
  /** Instrument concerned, or null when the fact is about the whole session. */
  readonly inst: string | null;
  readonly kind: SessionKind;
}

/** A timer fired. Logged at firing, never at scheduling. */
export interface TimerBody {
  /** Input `seq` after which it fired (see {@link DecisionBody.cause}). */
  readonly cause: number;
  /** When it was due, µs since the epoch. */
  readonly due: number;
  readonly id: string;
}

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

/** Summary of a feature and the hash of its state. */
export interface FeatureBody {
  readonly cause: number;
  /** SHA-256 (hex) of the feature's canonical state. */
  readonly hash: string;
  readonly id: string;
  readonly inst: string;
  /** Integers, or shortest round-trip decimal text of a binary64. */
  readonly values: Readonly<Record<string, number | string>>;
}

/** Router output when it changes. */
export interface RegimeBody {
  readonly cause: number;
  readonly inst: string;
  readonly liquidity: string;
  readonly profile: string;
  readonly sinceSeq: number;
  readonly trend: string;
  readonly volatility: string;
}

/** Side of an order or fill. */
export type Side = 'buy' | 'sell';
/** With or without a limit price. */
export type OrderKind = 'limit' | 'market';
/** How long an order stands: `gtx` is post-only. */
export type TimeInForce = 'gtc' | 'ioc' | 'fok' | 'gtx';

/** What a strategy wants: place an order, or cancel or amend one of its own. */
export interface IntentBody {
  readonly action: 'place' | 'cancel' | 'amend';
  readonly inst: string;
  /** The strategy's own handle, unique within the run; names the order to cancel or amend as well. */
  readonly intentId: string;
  /** Limit price mantissa; null for market orders and cancels. */
  readonly price: number | null;
  /** Quantity mantissa, executed part included; 0 for cancels. */
  readonly qty: number;
  readonly reduceOnly: boolean;
  readonly side: Side;
  readonly tif: TimeInForce;
  readonly type: OrderKind;
}

/** What the strategy wanted and why; "no trade" is an empty list of intents. */
export interface DecisionBody {
  /** `seq` of the last input event (session log) processed when this was made. */
  readonly cause: number;
  readonly decisionId: string;
  /** Inputs of the decision the strategy chose to show: integers or decimal text. */
  readonly features: Readonly<Record<string, number | string>>;
  readonly intents: readonly IntentBody[];
  readonly profile: string;
  readonly regime: string;
  readonly strategyId: string;
}

/** What risk lets through of an intent. */
export type RiskVerdict = 'allow' | 'reduce' | 'throttle' | 'reject' | 'halt';
/** Rung of the escalation ladder. */
export type LadderLevel = 'normal' | 'warn' | 'throttle' | 'halt';

/** One check as it was evaluated. Observed and limit are decimal text; empty when unknown. */
export interface RiskCheckBody {
  readonly code: string;
  readonly id: string;
  readonly limit: string;
  readonly observed: string;
  readonly ok: boolean;
}

/** Every risk decision, also the allowing ones. */
export interface RiskBody {
  readonly cause: number;
  readonly checks: readonly RiskCheckBody[];
  readonly decisionId: string;
  readonly intentId: string;
  readonly ladder: LadderLevel;
  readonly riskDecisionId: string;
  readonly verdict: RiskVerdict;
}

/** Where an order is in its life. */
export type OrderState =
  | 'intent'
  | 'approved'
  | 'submitted'
  | 'acked'
  | 'partiallyFilled'
  | 'filled'
  | 'amendRequested'
  | 'cancelRequested'
  | 'cancelled'
  | 'rejected'
  | 'expired'
  | 'unknown';

/** One transition of an order. */
export interface OrderBody {
  readonly cause: number;
  readonly clientOrderId: string;
  readonly inst: string;
  readonly orderId: string;
  readonly price: number | null;
  readonly qty: number;
  /** Reason code of a reject, cancel or expiry; empty otherwise. */
  readonly reason: string;
  readonly remaining: number;
  readonly riskDecisionId: string;
  readonly side: Side;
  readonly state: OrderState;
  readonly tif: TimeInForce;
  readonly type: OrderKind;
  readonly venueOrderId: string;
}

/** An execution. */
export interface FillBody {
  readonly cause: number;
  /** Fee as a mantissa at `feeExponent` of `feeCurrency`; negative for a rebate. */
  readonly fee: number;
  readonly feeCurrency: string;
  readonly feeExponent: number;
  readonly fillId: string;
  readonly inst: string;
  readonly liquidity: 'maker' | 'taker';
  readonly orderId: string;
  readonly price: number;
  readonly qty: number;
  readonly side: Side;
}

/** Balances and positions as a venue reports them; decimal text, reconciled against `portfolio`. */
export interface AccountBody {
  readonly account: string;
  readonly balances: readonly {
    readonly currency: string;
    readonly free: string;
    readonly total: string;
  }[];
  readonly cause: number;
  readonly margin: Readonly<Record<string, string>>;
  readonly positions: readonly {
    readonly entryPrice: string;
    readonly inst: string;
    readonly qty: string;
  }[];
}

/** What moved cash without an execution. */
export type CashFlowKind =
  | 'funding'
  | 'dividend'
  | 'settlement'
  | 'interest'
  | 'transfer'
  | 'fee'
  | 'rebate';

/**
 * Cash that came or went without an execution, as the venue reports it. A `settlement` closes the
 * position of an expired contract at its settlement price.
 */
export interface CashFlowBody {
  /** Decimal text in `currency`: positive received, negative paid. */
  readonly amount: string;
  readonly cause: number;
  readonly currency: string;
  /** The venue's id of the flow: one seen before is not booked again. */
  readonly flowId: string;
  /** Instrument it belongs to; null for transfers and the like. */
  readonly inst: string | null;
  readonly kind: CashFlowKind;
  /** Settlement price or mark it was worked out at, mantissa; null when it has none. */
  readonly price: number | null;
  /** Signed position it was worked out for, mantissa; null when it has none. */
  readonly qty: number | null;
}

/** Body of each event type. */
export interface EventBodies {
  Session: SessionBody;
  Timer: TimerBody;
  Instrument: InstrumentBody;
  Quote: QuoteBody;
  Trade: TradeBody;
  BookSnapshot: BookSnapshotBody;
  BookDelta: BookDeltaBody;
  Funding: FundingBody;
  Stats: StatsBody;
  Bar: BarBody;
  Liquidation: LiquidationBody;
  Feature: FeatureBody;
  Regime: RegimeBody;
  Decision: DecisionBody;
  Risk: RiskBody;
  Order: OrderBody;
  Fill: FillBody;
  Account: AccountBody;
  CashFlow: CashFlowBody;
}

/** An event before the log has numbered it. */
export interface EventInputOf<T extends EventType> {
  readonly t: T;
  /** Schema version of the body. */
  readonly sv: number;
  /** Receive time, µs since the epoch, non-decreasing within a log. */
  readonly rx: number;
  /** The venue's own time, µs; null when it sends none. */
  readonly ts: number | null;
  /** Who produced it: venue, `SIM`, `RUNNER`, `OPERATOR`, ... */
  readonly src: string;
  readonly body: EventBodies[T];
}

/** An event as the log holds it. */
export interface EventOf<T extends EventType> extends EventInputOf<T> {
  /** Position in its log: 1, 2, 3, ... The only order there is. */
  readonly seq: number;
}

/** Any event not yet numbered; narrow on `t`. */
export type EventInput = { [T in EventType]: EventInputOf<T> }[EventType];
/** Any logged event; narrow on `t`. */
export type Event = { [T in EventType]: EventOf<T> }[EventType];
