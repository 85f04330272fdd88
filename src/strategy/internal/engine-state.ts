import { createRng, isQuantlaxmiError, type Rng, streamIdOf } from '../../core/index.js';
import type { InstrumentBody, SessionBody, Side } from '../../events/index.js';
import {
  createOrderStore,
  createPriceView,
  isOpenState,
  type OrderStore,
  type PriceView,
} from '../../execution/index.js';
import { createPortfolio, type PortfolioWriter } from '../../portfolio/index.js';
import type {
  BookState,
  KillSwitch,
  KnownOrder,
  RiskMemory,
  RiskView,
  Touch,
  Working,
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

/** Everything a step holds besides the strategy's own state; also what risk looks at. */
export class EngineState implements RiskView {
  readonly prices: PriceView = createPriceView();
  readonly orders: OrderStore = createOrderStore();
  readonly portfolio: PortfolioWriter;
  readonly rng: Rng;
  /** Last declaration by id, also when it is no longer valid: fills are booked with it. */
  readonly instruments = new Map<string, InstrumentBody>();
  nowUs = 0;
  cause = 0;
  /** True once the run was told to stop: the strategy is not called any more. */
  closed = false;
  killSwitch: KillSwitch = 'released';
  halted = '';
  memory: RiskMemory = {};

  constructor(options: {
    readonly strategyId: string;
    readonly seed: bigint;
    readonly cash: Readonly<Record<string, string>>;
  }) {
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

  position(inst: string): number {
    return this.portfolio.qty(inst);
  }

  working(inst: string): Working {
    return this.orders.working(inst);
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
