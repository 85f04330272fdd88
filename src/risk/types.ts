/**
 * What risk looks at, what it answers, and the brand that only it can put on an order.
 * @module
 */
import type {
  InstrumentBody,
  IntentBody,
  LadderLevel,
  OrderKind,
  RiskCheckBody,
  RiskVerdict,
  Side,
  TimeInForce,
} from '../events/index.js';

/** An intent with the ids its order will carry, before any check. */
export interface OrderIntent {
  /** As the strategy returned it, cleaned by {@link sanitizeIntent}. */
  readonly intent: IntentBody;
  /** What was wrong with the intent as returned; empty when it was well formed. */
  readonly problem: string;
  readonly decisionId: string;
  readonly riskDecisionId: string;
  readonly orderId: string;
  readonly clientOrderId: string;
}

/** A new order, ready for a venue. Prices and quantities are mantissas of the instrument. */
export interface PlaceOrder {
  readonly action: 'place';
  readonly clientOrderId: string;
  readonly decisionId: string;
  readonly inst: string;
  readonly intentId: string;
  readonly orderId: string;
  /** Null for market orders. */
  readonly price: number | null;
  readonly qty: number;
  readonly reduceOnly: boolean;
  readonly riskDecisionId: string;
  readonly side: Side;
  readonly tif: TimeInForce;
  readonly type: OrderKind;
}

/** The cancel of a working order, ready for a venue. */
export interface CancelOrder {
  readonly action: 'cancel';
  readonly clientOrderId: string;
  readonly decisionId: string;
  readonly inst: string;
  readonly intentId: string;
  readonly orderId: string;
  readonly riskDecisionId: string;
}

declare class ApprovedBrand {
  // A private name cannot be written down outside a class, and object spread drops it.
  readonly #approved: true;
}

/**
 * A request that passed every check. Only `evaluateIntent` makes one: the type cannot be written
 * by hand, and at run time a venue asks {@link isApproved}, which knows the objects themselves, so
 * that a copy of an approved order is not approved. Approved objects are frozen.
 */
export type Approved<T extends PlaceOrder | CancelOrder> = T & ApprovedBrand;

/** Best prices with the receive time of the event that set them; an absent side is null. */
export interface Touch {
  readonly ask: number | null;
  readonly askQty: number;
  readonly bid: number | null;
  readonly bidQty: number;
  /** Receive time, µs. */
  readonly rx: number;
}

/** Whether the L2 book of an instrument can be trusted; `none` when no book data came. */
export type BookState = 'none' | 'synced' | 'unsynced';

/** Quantities still working at the venue, mantissas. Unknown orders count as working. */
export interface Working {
  readonly buyQty: number;
  readonly sellQty: number;
}

/** An own order as risk needs to see it. */
export interface KnownOrder {
  readonly clientOrderId: string;
  readonly inst: string;
  readonly open: boolean;
  readonly orderId: string;
}

/** `unknown` trades as little as `engaged`. */
export type KillSwitch = 'released' | 'engaged' | 'unknown';

/** State of the checks that remember (rates), one slot per check id. Plain JSON integers. */
export type RiskMemory = Readonly<Record<string, readonly number[]>>;

/**
 * Everything a check may look at. Null means unknown, and unknown is a denial.
 */
export interface RiskView {
  /** Receive time of the event in hand, µs. */
  readonly nowUs: number;
  readonly killSwitch: KillSwitch;
  /** Code of the fault that stopped trading; empty while there is none. */
  readonly halted: string;
  readonly memory: RiskMemory;
  /** Instrument as valid now; null when unknown. */
  instrument(inst: string): InstrumentBody | null;
  /** Best prices; null when none were ever received. */
  touch(inst: string): Touch | null;
  /** Whether the book of the instrument can be trusted now. */
  bookState(inst: string): BookState;
  /**
   * Worst price a market order of this size would reach in the liquidity on display (mantissa);
   * null when the display does not hold that much.
   */
  sweepPrice(inst: string, side: Side, qty: number): number | null;
  /** Signed position mantissa; null when unknown. */
  position(inst: string): number | null;
  /** Working quantities; null when unknown. */
  working(inst: string): Working | null;
  /** Own order by the intent that made it; null when there is none. */
  order(intentId: string): KnownOrder | null;
}

/** Outcome of one check before it is written down. */
export interface CheckResult {
  /** Reason code when it does not hold; empty when it does. */
  readonly code: string;
  /** Limit as decimal text; empty when there is none to show. */
  readonly limit: string;
  /** Observed value as decimal text; empty when unknown. */
  readonly observed: string;
}

/** A check of a policy: a pure function with its description as data. */
export interface RiskCheck {
  readonly id: string;
  /** Plain JSON from which `parseRiskPolicy` makes the same check again. */
  readonly spec: RiskCheckSpec;
  /** Pure. `state` is what {@link RiskCheck.spend} returned last; empty at the start. */
  evaluate(intent: IntentBody, view: RiskView, state: readonly number[]): CheckResult;
  /**
   * Largest order quantity this check allows of an instrument, mantissa, or null; used where the
   * venue's own maximum is unknown.
   */
  capQty?(instrument: InstrumentBody): number | null;
  /** New state after an order was approved; absent for checks that remember nothing. */
  spend?(view: RiskView, state: readonly number[]): readonly number[];
}

/** A check as data: its id and its limits, integers or decimal text. */
export interface RiskCheckSpec {
  readonly check: string;
  readonly [limit: string]: number | string | Readonly<Record<string, string>>;
}

/** A whole policy; see {@link riskPolicy}. */
export interface RiskPolicy {
  readonly checks: readonly RiskCheck[];
  /** The policy as plain JSON, for manifests. */
  readonly spec: RiskPolicySpec;
  /** SHA-256 (hex) of the canonical JSON of `spec`. */
  readonly hash: string;
}

/** A policy as data. */
export interface RiskPolicySpec {
  readonly fmt: 'quantlaxmi-risk/1';
  readonly checks: readonly RiskCheckSpec[];
}

/** The answer to one intent: the whole set of checks, and an approved request or none. */
export interface RiskDecision {
  readonly verdict: RiskVerdict;
  readonly ladder: LadderLevel;
  /** Every check in a fixed order, also the ones that held. */
  readonly checks: readonly RiskCheckBody[];
  /** Null unless the verdict lets the order out. */
  readonly approved: Approved<PlaceOrder> | Approved<CancelOrder> | null;
  /** Memory to hand in with the next intent. */
  readonly memory: RiskMemory;
}
