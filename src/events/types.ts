/**
 * The event union: one envelope, nineteen bodies. Every body is a flat, fixed-shape record of safe
 * integers, strings and nulls, so that it can be written as canonical JSON without a float.
 *
 * Body keys are declared in the order RFC 8785 sorts them, which is the order the log holds them.
 * @module
 */

import type {
  BarBody,
  BookDeltaBody,
  BookSnapshotBody,
  FundingBody,
  InstrumentBody,
  LiquidationBody,
  QuoteBody,
  Side,
  StatsBody,
  TradeBody,
} from './market-types.js';

export type {
  Aggressor,
  BarBody,
  BookDeltaBody,
  BookSnapshotBody,
  FundingBody,
  InstrumentBody,
  InstrumentClass,
  InstrumentStatus,
  Level,
  LiquidationBody,
  QuoteBody,
  Side,
  StatsBody,
  TradeBody,
} from './market-types.js';

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

/** With or without a limit price. */
export type OrderKind = 'limit' | 'market';
/** How long an order stands: `gtx` is post-only. */
export type TimeInForce = 'gtc' | 'ioc' | 'fok' | 'gtx';

/** What a strategy wants: place an order, or cancel or amend one of its own. */
export interface IntentBody {
  readonly action: 'place' | 'cancel' | 'amend';
  readonly inst: string;
  /** The strategy's own handle, unique within the run; names the order to cancel or amend too. */
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
