import type { Rng } from '../../core/index.js';
import type { InstrumentBody, QuoteBody } from '../../events/index.js';
import type { OwnOrder } from '../../execution/index.js';
import type { BookView, Stamped } from '../../market/index.js';
import type { StepContext } from '../types.js';
import type { EngineState } from './engine-state.js';

/** What a strategy is shown of the engine: reading only. */
export class StrategyView<C> implements StepContext<C> {
  readonly config: C;
  readonly #engine: EngineState;

  constructor(engine: EngineState, config: C) {
    this.#engine = engine;
    this.config = config;
  }

  get nowUs(): number {
    return this.#engine.nowUs;
  }

  get seq(): number {
    return this.#engine.cause;
  }

  get rng(): Rng {
    return this.#engine.rng;
  }

  book(inst: string): BookView {
    return this.#engine.prices.market.book(inst);
  }

  quote(inst: string): Stamped<QuoteBody> | null {
    return this.#engine.prices.market.quote(inst);
  }

  instrument(inst: string): InstrumentBody {
    return this.#engine.prices.market.instrument(inst);
  }

  position(inst: string): number {
    return this.#engine.positionNow(inst);
  }

  openOrders(inst?: string): readonly OwnOrder[] {
    return this.#engine.orders.open(inst);
  }
}
