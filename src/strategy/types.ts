/**
 * The contract of a strategy, and of the step that runs it.
 * @module
 */
import type { Rng } from '../core/index.js';
import type { Event, EventInput, InstrumentBody, IntentBody, QuoteBody } from '../events/index.js';
import type { OrderQuery, OwnOrder, TimerRequest } from '../execution/index.js';
import type { BookView, Stamped } from '../market/index.js';
import type { Portfolio } from '../portfolio/index.js';
import type { AmendOrder, Approved, CancelOrder, PlaceOrder } from '../risk/index.js';

/** Facts of the session log that a strategy sees. */
export type MarketEvent = Extract<
  Event,
  {
    readonly t:
      | 'Session'
      | 'Instrument'
      | 'Quote'
      | 'Trade'
      | 'BookSnapshot'
      | 'BookDelta'
      | 'Funding'
      | 'Stats'
      | 'Bar'
      | 'Liquidation';
  }
>;

/** Facts about the run's own orders, and its own timers firing. */
export type OwnEvent = Extract<EventInput, { readonly t: 'CashFlow' | 'Fill' | 'Order' | 'Timer' }>;

/** Everything a strategy is called with; narrow on `t`. */
export type StrategyEvent = MarketEvent | OwnEvent;

/** What `init` gets: no market, no time, only what was configured. */
export interface InitContext<C> {
  readonly config: C;
  /** Stream of the strategy's own id; the same seed gives the same draws. */
  readonly rng: Rng;
}

/**
 * What a strategy may look at. All of it is state up to and including the event in hand: nothing
 * here can reach a later event, so looking ahead cannot be written by accident.
 */
export interface StepContext<C> {
  /** Receive time of the event in hand, µs since the epoch. The only clock there is. */
  readonly nowUs: number;
  /** `seq` of the last session event taken in; 0 before the first. */
  readonly seq: number;
  readonly config: C;
  readonly rng: Rng;
  /**
   * The L2 book; reading it while it is out of sequence throws `QL_BOOK_UNSYNCED`: look at
   * `synced` first.
   * @throws QL_INSTRUMENT_UNKNOWN
   */
  book(inst: string): BookView;
  /** Last best bid and offer, or null. @throws QL_INSTRUMENT_UNKNOWN */
  quote(inst: string): Stamped<QuoteBody> | null;
  /** @throws QL_INSTRUMENT_UNKNOWN */
  instrument(inst: string): InstrumentBody;
  /**
   * Signed position mantissa at the exponent of the last declaration; 0 when flat.
   * @throws QL_INSTRUMENT_REDECLARED when that exponent cannot hold it
   */
  position(inst: string): number;
  /**
   * Own orders that can still execute, oldest first; all instruments when none is named. Their
   * mantissas are those they were sent with, whatever was declared since.
   */
  openOrders(inst?: string): readonly OwnOrder[];
}

/** A timer the strategy wants; it comes back as a Timer event with the same `id`. */
export type StrategyTimer = TimerRequest;

/** What one call of `onEvent` gives back. */
export interface StrategyOutput<S> {
  readonly state: S;
  /** Orders to place or cancel, in order. Absent or empty: none. */
  readonly intents?: readonly IntentBody[];
  /** Inputs worth keeping with the decision: integers, or decimal text. */
  readonly features?: Readonly<Record<string, number | string>>;
  /**
   * Timers to keep. One due at or before `nowUs` fires at once; in answer to a Timer event it must
   * be due strictly later than `nowUs` (`QL_STRATEGY_OUTPUT` otherwise), or it would fire for ever.
   */
  readonly timers?: readonly StrategyTimer[];
  /** True writes a Decision record even without intents: "no trade" on purpose. */
  readonly decide?: boolean;
  readonly regime?: string;
  readonly profile?: string;
}

/**
 * A strategy is pure: its answer depends on `state`, `event` and `ctx` only. It reads no clock,
 * draws no random number but from `ctx.rng`, keeps nothing outside its state and changes nothing
 * it is given. Return null for "nothing, same state".
 *
 * @typeParam S - its state: plain JSON data (or give `snapshot`), replaced rather than changed
 * @typeParam C - its configuration, as `parseConfig` returns it
 */
export interface Strategy<S, C> {
  /** Stable name, e.g. `imbalance`; part of every id the run derives. */
  readonly id: string;
  readonly version: string;
  /** Checks raw configuration; throw when it is not valid. */
  readonly parseConfig: (raw: unknown) => C;
  /** The state before the first event. */
  readonly init: (ctx: InitContext<C>) => S;
  /** Answers one event: the next state and what is wanted. Pure. */
  readonly onEvent: (
    state: S,
    event: StrategyEvent,
    ctx: StepContext<C>,
  ) => StrategyOutput<S> | null;
  /** Plain JSON view of the state for the state hash; needed where the state is not plain JSON. */
  readonly snapshot?: (state: S) => unknown;
}

/** A request to send, or a timer to keep, that came out of the last call; in order. */
export type StepAction =
  | { readonly kind: 'submit'; readonly order: Approved<PlaceOrder> }
  | { readonly kind: 'cancel'; readonly order: Approved<CancelOrder> }
  | { readonly kind: 'amend'; readonly order: Approved<AmendOrder> }
  | { readonly kind: 'query'; readonly order: OrderQuery }
  | { readonly kind: 'reconcile'; readonly question: number }
  | { readonly kind: 'timer'; readonly owner: 'strategy' | 'engine'; readonly timer: TimerRequest };

/** A request to send: what a {@link SendGuard} is asked about. */
export type SendAction = Exclude<StepAction, { readonly kind: 'timer' }>;

/** Has the last word on every request, after it is logged and durable. */
export interface SendGuard {
  /**
   * Asked before every send, cancels and questions too. Throwing holds back as well.
   * @param action - what is about to be sent
   * @param at - logged time of the decision, µs, and the session event it answers
   * @returns empty to let it go, else the reason code it is held back with
   */
  check(action: SendAction, at: { readonly nowUs: number; readonly cause: number }): string;
}

/**
 * The single pure function from facts to decisions, the same live, simulated and replayed. It
 * holds state but no clock and does no I/O: equal calls give equal outputs.
 */
export interface Step {
  /**
   * Takes the next event of the session log. Returns the records the engine makes of it
   * (`src` = `RUNNER`), in order; `cause` is the event's `seq`.
   * @throws QL_STEP_ORDER when `seq` does not follow
   */
  onInput(event: Event): readonly EventInput[];
  /**
   * Takes a record that did not come from the engine: Timer, Order, Fill, Account, Session, from
   * the venue or, in a replay, from the run log at the same place.
   */
  onVenue(event: EventInput): readonly EventInput[];
  /** What is to be sent or scheduled after the last call. A replay has no use for it. */
  actions(): readonly StepAction[];
  /** SHA-256 (hex) of the whole state: strategy, orders, positions, risk memory, counters. */
  stateHash(): string;
  /** Positions and cash as of the last event. */
  portfolio(): Portfolio;
  /** Own orders that can still execute, oldest first. */
  openOrders(): readonly OwnOrder[];
  /** `seq` of the last session event taken in; 0 before the first. */
  readonly cause: number;
}

/** `src` of the records that the engine makes. */
export const ENGINE_SOURCE = 'RUNNER';

/** `src` of the engine's own timers: time-outs, looks at the ladder, the pace of flattening. */
export const ENGINE_TIMER_SOURCE = 'ENGINE';

/** `src` of a strategy's own timers. */
export const TIMER_SOURCE = 'TIMER';
