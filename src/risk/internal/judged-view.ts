import type { InstrumentBody, RegimeBody, Side } from '../../events/index.js';
import type { Rational } from '../../fixed-point/index.js';
import type {
  BookState,
  EquityState,
  KnownOrder,
  Mark,
  PriceRange,
  RiskView,
  Touch,
  Working,
  WorkingOrder,
} from '../types.js';

/** What an intent is judged with instead of the view's own. */
export interface Judged {
  readonly ratePpm: number;
  /** The order an amend is for. */
  readonly amended: WorkingOrder | null;
  /** Quantity of `amended` that the amend takes the place of: the smaller of both remainders. */
  readonly takesQty: number;
}

/**
 * The view an amend, or an intent under THROTTLE, is judged in. The amended order is left out but
 * for what it may still execute beyond the new remainder, so that an exposure with the new order
 * counts the larger of the two. Everything is read through, so that a check that reads nothing
 * costs nothing.
 */
export class JudgedView implements RiskView {
  readonly ratePpm: number;
  readonly #base: RiskView;
  readonly #judged: Judged;

  constructor(base: RiskView, judged: Judged) {
    this.#base = base;
    this.#judged = judged;
    this.ratePpm = judged.ratePpm;
  }

  get nowUs() {
    return this.#base.nowUs;
  }
  get killSwitch() {
    return this.#base.killSwitch;
  }
  get halted() {
    return this.#base.halted;
  }
  get memory() {
    return this.#base.memory;
  }
  get strategyId() {
    return this.#base.strategyId;
  }
  get account() {
    return this.#base.account;
  }
  get log() {
    return this.#base.log;
  }
  get reconcile() {
    return this.#base.reconcile;
  }
  get clockErrorUs() {
    return this.#base.clockErrorUs;
  }
  get ladder() {
    return this.#base.ladder;
  }
  get report() {
    return this.#base.report;
  }
  get counts() {
    return this.#base.counts;
  }

  instrument(inst: string): InstrumentBody | null {
    return this.#base.instrument(inst);
  }
  touch(inst: string): Touch | null {
    return this.#base.touch(inst);
  }
  bookState(inst: string): BookState {
    return this.#base.bookState(inst);
  }
  sweepPrice(inst: string, side: Side, qty: number): number | null {
    return this.#base.sweepPrice(inst, side, qty);
  }
  position(inst: string): number | null {
    return this.#base.position(inst);
  }
  working(inst: string): Working | null {
    const working = this.#base.working(inst);
    const { amended, takesQty } = this.#judged;
    if (working === null || amended === null || amended.inst !== inst) return working;
    const { buyQty, sellQty } = working;
    return amended.side === 'buy'
      ? { buyQty: buyQty - takesQty, sellQty }
      : { buyQty, sellQty: sellQty - takesQty };
  }
  order(intentId: string): KnownOrder | null {
    return this.#base.order(intentId);
  }
  workingOrders(inst: string): readonly WorkingOrder[] {
    const orders = this.#base.workingOrders(inst);
    const { amended, takesQty } = this.#judged;
    if (amended === null || amended.inst !== inst) return orders;
    const left: WorkingOrder[] = [];
    for (const order of orders) {
      if (order.orderId !== amended.orderId) left.push(order);
      else if (order.remaining > takesQty) {
        left.push({ ...order, remaining: order.remaining - takesQty });
      }
    }
    return left;
  }
  workingOrder(intentId: string): WorkingOrder | null {
    const order = this.#base.workingOrder(intentId);
    const { amended } = this.#judged;
    return order !== null && order.orderId === amended?.orderId ? null : order;
  }
  openOrderCount(inst: string | null): number {
    const count = this.#base.openOrderCount(inst);
    const { amended } = this.#judged;
    return amended !== null && (inst === null || inst === amended.inst) ? count - 1 : count;
  }
  held(): readonly string[] | null {
    return this.#base.held();
  }
  mark(inst: string): Mark | null {
    return this.#base.mark(inst);
  }
  lastTrade(inst: string): Mark | null {
    return this.#base.lastTrade(inst);
  }
  range(inst: string, windowUs: number): PriceRange | null {
    return this.#base.range(inst, windowUs);
  }
  displayedQty(inst: string, side: Side, limit: number | null): number | null {
    return this.#base.displayedQty(inst, side, limit);
  }
  cash(currency: string): Rational | null {
    return this.#base.cash(currency);
  }
  rate(from: string, to: string): ReturnType<RiskView['rate']> {
    return this.#base.rate(from, to);
  }
  equity(): EquityState | null {
    return this.#base.equity();
  }
  dayPnl(inst: string): Rational | null {
    return this.#base.dayPnl(inst);
  }
  toxicityPpm(inst: string): number | null {
    return this.#base.toxicityPpm(inst);
  }
  regime(inst: string): RegimeBody | null {
    return this.#base.regime(inst);
  }
}
