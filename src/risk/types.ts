/**
 * What risk looks at, what it answers, and the brand that only it can put on an order.
 * @module
 */
import type {
  AccountBody,
  InstrumentBody,
  IntentBody,
  LadderLevel,
  OrderKind,
  OrderState,
  RegimeBody,
  RiskCheckBody,
  RiskVerdict,
  Side,
  TimeInForce,
} from '../events/index.js';
import type { Rational } from '../fixed-point/index.js';
import type { AccountSpec, EquityState } from '../portfolio/index.js';
import type { LadderSpec, LadderState } from './ladder-types.js';
import type { FlattenSpec, OrderLifeSpec, ReconcileSpec } from './policy-types.js';

export type { EquityState } from '../portfolio/index.js';

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

/** The change of a working order's price and quantity, ready for a venue. */
export interface AmendOrder {
  readonly action: 'amend';
  readonly clientOrderId: string;
  readonly decisionId: string;
  readonly inst: string;
  readonly intentId: string;
  readonly orderId: string;
  /** New limit price. */
  readonly price: number;
  /** New total quantity, what has executed included. */
  readonly qty: number;
  readonly riskDecisionId: string;
  readonly side: Side;
}

/** Any request that needs an approval. */
export type OrderRequest = PlaceOrder | CancelOrder | AmendOrder;

declare class ApprovedBrand {
  // A private name cannot be written down outside a class, and object spread drops it.
  readonly #approved: true;
}

/**
 * A request that passed every check. Only `evaluateIntent` makes one: the type cannot be written
 * by hand, and at run time a venue asks {@link isApproved}, which knows the objects themselves, so
 * that a copy of an approved order is not approved. Approved objects are frozen.
 */
export type Approved<T extends OrderRequest> = T & ApprovedBrand;

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

/** An own order that can still execute. Prices and quantities are mantissas. */
export interface WorkingOrder {
  readonly clientOrderId: string;
  /** What has executed; a new total quantity of an amend holds it too. */
  readonly filled: number;
  readonly inst: string;
  readonly intentId: string;
  readonly orderId: string;
  /** Worst price it may execute at: the higher of two while an amend of a buy is under way; null
   * for market orders. */
  readonly price: number | null;
  readonly reduceOnly: boolean;
  /** What may still execute; the larger of two while an amend is under way. */
  readonly remaining: number;
  readonly side: Side;
  readonly state: OrderState;
}

/** A price to value or compare with, and where it is from. */
export interface Mark {
  /** Mantissa of the instrument. */
  readonly price: number;
  /** Receive time of the event that set it, µs. */
  readonly rx: number;
  /** `mark`: the venue's mark price; `mid`: middle of the best prices, rounded half even. */
  readonly source: 'mark' | 'mid' | 'last';
}

/** Lowest and highest mark inside a window of logged time. */
export interface PriceRange {
  readonly high: number;
  readonly low: number;
  /** Receive time of the oldest mark of the range, µs: the window is full when it is older. */
  readonly sinceUs: number;
}

/** Messages of this run so far. */
export interface MessageCounts {
  /** New orders, amends and cancels that were approved. */
  readonly messages: number;
  /** Orders that executed, in part or in full. */
  readonly filledOrders: number;
}

/** Whether records become durable: `unknown` trades as little as `poisoned`. */
export type LogHealth = 'ok' | 'stalled' | 'poisoned' | 'unknown';

/**
 * What is known of the venue's view of the account: `pending` and `differs` let no new order out.
 * `none` when the policy asks for no reconciliation.
 */
export type ReconcileState = 'none' | 'pending' | 'done' | 'differs';

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
  readonly strategyId: string;
  /** Name of the account as the venue reports it; empty when it never did. */
  readonly account: string;
  readonly log: LogHealth;
  readonly reconcile: ReconcileState;
  /** Largest error of the receive clock that is known of, µs; null when it was never measured. */
  readonly clockErrorUs: number | null;
  /** Levels of every scope that left `normal`; see {@link LadderState}. */
  readonly ladder: LadderState;
  /**
   * Part of every rate limit that is left to the intent in hand, ppm: 10^6, or the policy's
   * `throttleRatePpm` while one of its scopes is at THROTTLE. `evaluateIntent` sets it.
   */
  readonly ratePpm: number;
  /** Account as the venue reported it last; null before. */
  readonly report: AccountBody | null;
  readonly counts: MessageCounts;
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
  /** Own orders of an instrument that can still execute, oldest first. */
  workingOrders(inst: string): readonly WorkingOrder[];
  /** The working order an intent made; null when there is none. */
  workingOrder(intentId: string): WorkingOrder | null;
  /** How many own orders can still execute: of an instrument, or of all for null. O(1). */
  openOrderCount(inst: string | null): number;
  /** Instruments with a position or working orders, in order of first use; null when unknown. */
  held(): readonly string[] | null;
  /**
   * The price to value an instrument at, with the time it was told; null before any. The venue's
   * mark price, as long as what trades is not newer by more than 10 s; else the middle of the best
   * prices, or where a side is missing the last print.
   */
  mark(inst: string): Mark | null;
  /** Last print; null before any. */
  lastTrade(inst: string): Mark | null;
  /**
   * Mark prices, middles, and prints where a side is missing, as they were told inside the last
   * `windowUs`, which the policy must have asked for; null when there was none.
   */
  range(inst: string, windowUs: number): PriceRange | null;
  /**
   * Quantity on display that an order of `side` could take up to a price (all for null), from the
   * book in sequence, else from the best prices. Null when neither is known.
   */
  displayedQty(inst: string, side: Side, limit: number | null): number | null;
  /** Cash of a currency, its commitments not taken off; null when unknown. */
  cash(currency: string): Rational | null;
  /**
   * One unit of `from` in `to` and the receive time of the price it rests on (null when the policy
   * fixes it); null when the policy names no way or no price came.
   */
  rate(from: string, to: string): { readonly value: Rational; readonly rx: number | null } | null;
  /** Equity in the policy's reporting currency; null while a mark or rate it needs is unknown. */
  equity(): EquityState | null;
  /** Realised and unrealised PnL of an instrument since the day began, net of fees, in the
   * reporting currency; null when unknown. */
  dayPnl(inst: string): Rational | null;
  /** Order flow toxicity, parts per million; null when no feature tells it. */
  toxicityPpm(inst: string): number | null;
  /** Last regime of the instrument; null when none was told. */
  regime(inst: string): RegimeBody | null;
}

/** Name of a part of {@link RiskView}, as checks declare what they read. */
export type RiskInput = keyof RiskView;

/** Outcome of one check before it is written down. */
export interface CheckResult {
  /** Reason code when it does not hold; empty when it does. */
  readonly code: string;
  /** Limit as decimal text; empty when there is none to show. */
  readonly limit: string;
  /** Observed value as decimal text; empty when unknown. */
  readonly observed: string;
  /** It holds once these own orders (intent ids) are cancelled first. */
  readonly cancelFirst?: readonly string[];
  /** It holds for at most this quantity, mantissa: the intent is judged again with it. */
  readonly qtyMax?: number;
}

/** A check of a policy: a pure function with its description as data. */
export interface RiskCheck {
  readonly id: string;
  /** Parts of the view it reads; reading another is a fault that denies. */
  readonly inputs: readonly RiskInput[];
  /** Plain JSON from which `parseRiskPolicy` makes the same check again. */
  readonly spec: RiskCheckSpec;
  /** Pure. `state` is what {@link RiskCheck.spend} returned last; empty at the start. */
  evaluate(intent: IntentBody, view: RiskView, state: readonly number[]): CheckResult;
  /**
   * Largest order quantity this check allows of an instrument, mantissa, or null; used where the
   * venue's own maximum is unknown.
   */
  capQty?(instrument: InstrumentBody): number | null;
  /**
   * New state after a request was approved; absent for checks that remember nothing. `intent` is
   * what went out, its quantity reduced where the ladder reduces it.
   */
  spend?(view: RiskView, state: readonly number[], intent: IntentBody): readonly number[];
  /** Slot of the memory for an intent, where a check keeps one per venue; its id by default. */
  slot?(intent: IntentBody, view: RiskView): string;
  /** True for a check that amends and cancels go through as well (message rates). */
  readonly everyMessage?: boolean;
  /** Window the engine is to keep price ranges for, µs. */
  readonly rangeWindowUs?: number;
}

/** Plain JSON of the limits of a check: no fractions as numbers, they are decimal text. */
export type SpecValue =
  | boolean
  | number
  | string
  | null
  | readonly SpecValue[]
  | { readonly [key: string]: SpecValue };

/** A check as data: its id and its limits, integers or decimal text. */
export interface RiskCheckSpec {
  readonly check: string;
  readonly [limit: string]: SpecValue;
}

/** A whole policy; see {@link riskPolicy}. */
export interface RiskPolicy {
  readonly checks: readonly RiskCheck[];
  /** Currency, rates and trading day that PnL is measured in; null when the policy names none. */
  readonly account: AccountSpec | null;
  /** What escalates; null: no ladder. */
  readonly ladder: LadderSpec | null;
  /** How positions are closed when it is asked for; null: never. */
  readonly flatten: FlattenSpec | null;
  /** Time-outs of orders; null: none. */
  readonly orders: OrderLifeSpec | null;
  /** What to do where the venue's view differs; null: it is not asked. */
  readonly reconcile: ReconcileSpec | null;
  /** The policy as plain JSON, for manifests. */
  readonly spec: RiskPolicySpec;
  /** SHA-256 (hex) of the canonical JSON of `spec`. */
  readonly hash: string;
}

/** A policy as data. */
export interface RiskPolicySpec {
  readonly fmt: 'quantlaxmi-risk/1';
  readonly checks: readonly RiskCheckSpec[];
  readonly account?: AccountSpec;
  readonly ladder?: LadderSpec;
  readonly flatten?: FlattenSpec;
  readonly orders?: OrderLifeSpec;
  readonly reconcile?: ReconcileSpec;
}

/** The answer to one intent: the whole set of checks, and an approved request or none. */
export interface RiskDecision {
  readonly verdict: RiskVerdict;
  readonly ladder: LadderLevel;
  /** Every check in a fixed order, also the ones that held. */
  readonly checks: readonly RiskCheckBody[];
  /** Null unless the verdict lets the order out. */
  readonly approved: Approved<PlaceOrder> | Approved<CancelOrder> | Approved<AmendOrder> | null;
  /** Own orders to cancel first, by self-trade prevention; sealed like the request itself. */
  readonly cancelFirst: readonly Approved<CancelOrder>[];
  /** Memory to hand in with the next intent. */
  readonly memory: RiskMemory;
}
