import {
  createRng,
  isQuantlaxmiError,
  QuantlaxmiError,
  type Rng,
  streamIdOf,
} from '../../core/index.js';
import type { InstrumentBody, SessionBody, Side } from '../../events/index.js';
import {
  createOrderStore,
  createPriceView,
  isOpenState,
  type OrderStore,
  type PriceView,
} from '../../execution/index.js';
import { formatMantissa, rescaleExact } from '../../fixed-point/index.js';
import { createPortfolio, type PortfolioWriter } from '../../portfolio/index.js';
import {
  type BookState,
  type KillSwitch,
  type KnownOrder,
  type LadderState,
  type LogHealth,
  type MessageCounts,
  type ReconcileState,
  type RiskMemory,
  type RiskView,
  type Touch,
  UNKNOWN_VIEW,
  type Working,
} from '../../risk/index.js';

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
  readonly orders: OrderStore = createOrderStore();
  readonly portfolio: PortfolioWriter;
  readonly rng: Rng;
  /**
   * The declaration an instrument's orders and position are counted in, also when it is no longer
   * valid: fills are booked with it.
   */
  readonly instruments = new Map<string, InstrumentBody>();
  /** Last declarations in other exponents than those of what is held. */
  readonly #redeclared = new Map<string, InstrumentBody>();
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
  reconcile: ReconcileState = 'none';
  clockErrorUs: number | null = null;
  ladder: LadderState = {};
  readonly ratePpm = UNKNOWN_VIEW.ratePpm;
  report: RiskView['report'] = null;
  counts: MessageCounts = { messages: 0, filledOrders: 0 };
  readonly workingOrders = UNKNOWN_VIEW.workingOrders;
  readonly workingOrder = UNKNOWN_VIEW.workingOrder;
  readonly openOrderCount = UNKNOWN_VIEW.openOrderCount;
  readonly held = UNKNOWN_VIEW.held;
  readonly mark = UNKNOWN_VIEW.mark;
  readonly lastTrade = UNKNOWN_VIEW.lastTrade;
  readonly range = UNKNOWN_VIEW.range;
  readonly displayedQty = UNKNOWN_VIEW.displayedQty;
  readonly cash = UNKNOWN_VIEW.cash;
  readonly rate = UNKNOWN_VIEW.rate;
  readonly equity = UNKNOWN_VIEW.equity;
  readonly dayPnl = UNKNOWN_VIEW.dayPnl;
  readonly toxicityPpm = UNKNOWN_VIEW.toxicityPpm;
  readonly regime = UNKNOWN_VIEW.regime;

  constructor(options: {
    readonly strategyId: string;
    readonly seed: bigint;
    readonly cash: Readonly<Record<string, string>>;
  }) {
    this.strategyId = options.strategyId;
    this.portfolio = createPortfolio({ cash: options.cash });
    this.rng = createRng(options.seed, streamIdOf(`strategy/${options.strategyId}`));
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
      return false;
    }
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
