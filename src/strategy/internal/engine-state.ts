import {
  createRng,
  isQuantlaxmiError,
  QuantlaxmiError,
  type Rng,
  streamIdOf,
} from '../../core/index.js';
import type {
  CashFlowBody,
  Event,
  FillBody,
  InstrumentBody,
  RegimeBody,
  SessionBody,
  Side,
} from '../../events/index.js';
import {
  createOrderStore,
  createPriceView,
  isOpenState,
  type OrderStore,
  type PriceView,
} from '../../execution/index.js';
import { formatMantissa, type Rational, rational, rescaleExact } from '../../fixed-point/index.js';
import {
  createEquityTracker,
  createPortfolio,
  type EquityTracker,
  type PortfolioWriter,
  type Rate,
} from '../../portfolio/index.js';
import {
  type BookState,
  type EquityState,
  type KillSwitch,
  type KnownOrder,
  type LadderState,
  type LogHealth,
  type Mark,
  type MessageCounts,
  type PriceRange,
  type ReconcileState,
  type RiskMemory,
  type RiskPolicy,
  type RiskView,
  type Touch,
  UNKNOWN_VIEW,
  type Working,
  type WorkingOrder,
} from '../../risk/index.js';
import { ClockError } from './clock-error.js';
import { Feeds } from './feeds.js';
import { Incidents } from './incidents.js';
import { Marks } from './marks.js';

const SAME: Rate = Object.freeze({ value: rational(1n), rx: null });

/** Windows that checks and triggers look back over. */
function windowsOf(policy: RiskPolicy): number[] {
  const windows: number[] = [];
  for (const { rangeWindowUs } of policy.checks) {
    if (rangeWindowUs !== undefined) windows.push(rangeWindowUs);
  }
  for (const { metric, windowUs } of policy.ladder?.triggers ?? []) {
    if (metric === 'volatilityBps' && windowUs !== undefined) windows.push(windowUs);
  }
  return windows;
}

/** A lookup that answers null where the market knows no such instrument. */
function known<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (isQuantlaxmiError(error)) return null;
    throw error;
  }
}

function sameUnits(a: InstrumentBody, b: InstrumentBody): boolean {
  return a.priceExponent === b.priceExponent && a.qtyExponent === b.qtyExponent;
}

/** Everything a step holds besides the strategy's own state; also what risk looks at. */
export class EngineState implements RiskView {
  readonly prices: PriceView = createPriceView();
  readonly marks = new Marks(this.prices);
  readonly orders: OrderStore = createOrderStore();
  readonly portfolio: PortfolioWriter;
  readonly rng: Rng;
  readonly feeds = new Feeds();
  readonly incidents = new Incidents();
  /** Null where the policy names no reporting currency. */
  readonly #tracker: EquityTracker | null;
  /**
   * The declaration an instrument's orders and position are counted in, also when it is no longer
   * valid: fills are booked with it.
   */
  readonly instruments = new Map<string, InstrumentBody>();
  /** Last declarations in other exponents than those of what is held. */
  readonly #redeclared = new Map<string, InstrumentBody>();
  /** Instruments that ever had an order or a position, in order of first use. */
  readonly #used = new Set<string>();
  /** Open orders of the account that are not of this run, by the handle their cancels use. */
  readonly foreign = new Map<string, KnownOrder>();
  #policy: RiskPolicy;
  nowUs = 0;
  cause = 0;
  /** True once the run was told to stop: the strategy is not called any more. */
  closed = false;
  killSwitch: KillSwitch = 'released';
  halted = '';
  memory: RiskMemory = {};
  readonly strategyId: string;
  account = '';
  log: LogHealth = 'ok';
  reconcile: ReconcileState;
  readonly clock = new ClockError();
  ladder: LadderState = {};
  readonly ratePpm = UNKNOWN_VIEW.ratePpm;
  report: RiskView['report'] = null;
  counts: MessageCounts = { messages: 0, filledOrders: 0 };

  constructor(options: {
    readonly strategyId: string;
    readonly policy: RiskPolicy;
    readonly seed: bigint;
    readonly cash: Readonly<Record<string, string>>;
  }) {
    const { policy } = options;
    this.strategyId = options.strategyId;
    this.#policy = policy;
    const { account } = policy;
    this.portfolio = createPortfolio({ cash: options.cash, lots: account?.lots ?? 'average' });
    this.#tracker =
      account === null ? null : createEquityTracker({ account, portfolio: this.portfolio });
    this.rng = createRng(options.seed, streamIdOf(`strategy/${options.strategyId}`));
    this.reconcile = policy.reconcile === null ? 'none' : 'pending';
    this.marks.ranges.keep(windowsOf(policy));
  }

  get policy(): RiskPolicy {
    return this.#policy;
  }

  /** Another policy from here on. Checks that stay keep what they remember. */
  setPolicy(policy: RiskPolicy): void {
    this.#policy = policy;
    this.marks.ranges.keep(windowsOf(policy));
    // A check that keeps one slot per venue, say, names them by its id and more.
    const kept = Object.entries(this.memory).filter(([slot]) =>
      policy.checks.some(({ id }) => slot.startsWith(id)),
    );
    this.memory = Object.fromEntries(kept);
    // What was not agreed on stays so, also where the new policy would not have asked.
    if (policy.reconcile === null && this.reconcile === 'done') this.reconcile = 'none';
  }

  get clockErrorUs(): number | null {
    return this.clock.errorUs(this.nowUs);
  }

  /** Notes the first use of an instrument. */
  use(inst: string): void {
    this.#used.add(inst);
  }

  workingOrders(inst: string): readonly WorkingOrder[] {
    return this.orders.workingOrders(inst);
  }

  workingOrder(intentId: string): WorkingOrder | null {
    return this.orders.workingOrder(intentId);
  }

  openOrderCount(inst: string | null): number {
    return this.orders.openCount(inst);
  }

  held(): readonly string[] {
    const held: string[] = [];
    for (const inst of this.#used) if (this.#exposed(inst)) held.push(inst);
    return held;
  }

  mark(inst: string): Mark | null {
    return this.marks.mark(inst);
  }

  lastTrade(inst: string): Mark | null {
    return this.marks.lastTrade(inst);
  }

  range(inst: string, windowUs: number): PriceRange | null {
    return this.marks.ranges.range(inst, windowUs, this.nowUs);
  }

  displayedQty(inst: string, side: Side, limit: number | null): number | null {
    return known(() => {
      if (this.prices.touch(inst) === null) return null;
      let sum = 0;
      this.prices.walk(inst, side, (price, qty) => {
        if (limit !== null && (side === 'buy' ? price > limit : price < limit)) return false;
        sum += qty;
        return true;
      });
      return sum;
    });
  }

  cash(currency: string): Rational {
    return this.portfolio.cashExact(currency);
  }

  rate(from: string, to: string): Rate | null {
    if (from === to) return SAME;
    return this.#tracker?.rates.rate(from, to) ?? null;
  }

  equity(): EquityState | null {
    return this.#tracker?.equity() ?? null;
  }

  dayPnl(inst: string): Rational | null {
    return this.#tracker?.dayPnl(inst) ?? null;
  }

  /** False while no equity is known. */
  rebasePeak(): boolean {
    if (this.#tracker === null || this.#tracker.equity() === null) return false;
    this.#tracker.rebasePeak();
    return true;
  }

  toxicityPpm(inst: string): number | null {
    return this.marks.toxicityPpm(inst);
  }

  regime(inst: string): RegimeBody | null {
    return this.marks.regime(inst);
  }

  /** Logged time goes on; to be called before what happened at it is taken in. */
  advance(rx: number): void {
    if (rx > this.nowUs) this.nowUs = rx;
    this.#tracker?.onTime(this.nowUs);
  }

  /** Takes a fact of the session log into prices, marks and money. */
  onMarket(event: Event): void {
    this.prices.onEvent(event);
    const inst = this.marks.onEvent(event);
    if (inst !== null) this.#value(inst);
  }

  /** Books an execution. @throws QL_PORTFOLIO_FILL */
  book(fill: FillBody, instrument: InstrumentBody): void {
    this.portfolio.applyFill(fill, instrument);
    this.#value(fill.inst);
  }

  /** Books a cash flow. @throws QL_PORTFOLIO_FLOW */
  bookFlow(flow: CashFlowBody, instrument: InstrumentBody | null): 'applied' | 'duplicate' {
    const outcome = this.portfolio.applyCashFlow(flow, instrument);
    if (flow.inst !== null) this.#value(flow.inst);
    return outcome;
  }

  /** Tells the tracker the mark of an instrument it needs. */
  #value(inst: string): void {
    const tracker = this.#tracker;
    if (tracker === null || !tracker.needs(inst)) return;
    const instrument = this.instruments.get(inst);
    if (instrument === undefined) return;
    // Marks of a declaration in other units say nothing of what is held.
    const mark = this.#redeclared.has(inst) ? null : this.marks.mark(inst);
    tracker.onMark(instrument, mark);
  }

  /** Everything but the market itself, as plain JSON. */
  snapshot(): unknown {
    const { account, cause, closed, counts, halted, killSwitch } = this;
    const { ladder, log, memory, nowUs, orders, policy, portfolio, reconcile, report, rng } = this;
    return {
      account,
      cause,
      clock: this.clock.snapshot(),
      closed,
      counts,
      equity: this.#tracker?.snapshot() ?? null,
      feeds: this.feeds.snapshot(),
      foreign: [...this.foreign.keys()].sort(),
      halted,
      incidents: this.incidents.snapshot(),
      killSwitch,
      ladder,
      log,
      marks: this.marks.snapshot(),
      memory,
      nowUs,
      orders: orders.snapshot(),
      ordersMade: orders.count,
      policy: policy.hash,
      portfolio: portfolio.snapshot(),
      reconcile,
      report,
      rng: rng.state(),
    };
  }

  instrument(inst: string): InstrumentBody | null {
    return known(() => this.prices.market.instrument(inst));
  }

  touch(inst: string): Touch | null {
    return known(() => this.prices.touch(inst));
  }

  bookState(inst: string): BookState {
    return this.prices.bookState(inst);
  }

  sweepPrice(inst: string, side: Side, qty: number): number | null {
    return known(() => this.prices.sweepPrice(inst, side, qty));
  }

  /**
   * Takes a declaration in. False where it changes the exponents of an instrument of which a
   * position is held or orders work: their mantissas would be read as other quantities.
   */
  declare(body: InstrumentBody): boolean {
    const { instrumentId: inst } = body;
    const held = this.instruments.get(inst);
    if (held !== undefined && !sameUnits(held, body) && this.#exposed(inst)) {
      this.#redeclared.set(inst, body);
      this.marks.forget(inst);
      return false;
    }
    if (held !== undefined && !sameUnits(held, body)) this.marks.forget(inst);
    this.instruments.set(inst, body);
    this.#redeclared.delete(inst);
    return true;
  }

  position(inst: string): number | null {
    return this.#redeclared.has(inst) ? null : this.portfolio.qty(inst);
  }

  working(inst: string): Working | null {
    return this.#redeclared.has(inst) ? null : this.orders.working(inst);
  }

  /** The position in the units of the last declaration. @throws QL_INSTRUMENT_REDECLARED */
  positionNow(inst: string): number {
    const qty = this.portfolio.qty(inst);
    const now = this.#redeclared.get(inst);
    const held = this.instruments.get(inst);
    if (now === undefined || held === undefined) return qty;
    try {
      return rescaleExact(qty, held.qtyExponent, now.qtyExponent);
    } catch (cause) {
      throw new QuantlaxmiError(
        'QL_INSTRUMENT_REDECLARED',
        `The position in ${inst} is ${formatMantissa(qty, held.qtyExponent)}, which is no mantissa ` +
          `of the exponent ${now.qtyExponent} it was declared again with; expected one that holds ` +
          'it. Close the position at the venue, then start a new run.',
        { cause, context: { inst, qtyExponent: now.qtyExponent } },
      );
    }
  }

  #exposed(inst: string): boolean {
    const { buyQty, sellQty } = this.orders.working(inst);
    return this.portfolio.qty(inst) !== 0 || buyQty !== 0 || sellQty !== 0;
  }

  order(intentId: string): KnownOrder | null {
    const foreign = this.foreign.get(intentId);
    if (foreign !== undefined) return foreign;
    const order = this.orders.byIntent(intentId);
    if (order !== null) {
      const { clientOrderId, inst, orderId, state } = order;
      return { clientOrderId, inst, open: isOpenState(state), orderId };
    }
    if (!this.orders.usedIntent(intentId)) return null;
    return { clientOrderId: '', inst: '', open: false, orderId: '' };
  }

  /**
   * A kill switch fact. Anything but a release by a named person engages it: a fact that cannot be
   * read must not let trading go on.
   */
  setKillSwitch(body: SessionBody): void {
    const { by, engaged } = body.details;
    const released = engaged === 0 && typeof by === 'string' && by !== '';
    this.killSwitch = released ? 'released' : 'engaged';
    if (released) this.halted = '';
  }
}
