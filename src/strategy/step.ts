/**
 * The pure step: one fact in, the engine's records out.
 * @module
 */
import { canonicalJson, QuantlaxmiError, sha256Hex } from '../core/index.js';
import type { Event, EventInput, EventInputOf } from '../events/index.js';
import type { OwnOrder } from '../execution/index.js';
import type { Portfolio } from '../portfolio/index.js';
import type { RiskPolicy } from '../risk/index.js';
import { EngineState } from './internal/engine-state.js';
import { Flattener } from './internal/flattener.js';
import { Journal } from './internal/journal.js';
import { Judge } from './internal/judge.js';
import { LadderKeeper } from './internal/ladder-keeper.js';
import { Operator } from './internal/operator.js';
import { OrderWatch } from './internal/order-watch.js';
import { checkOutput, checkText, checkTimer, featuresOf, stateText } from './internal/output.js';
import { OwnFacts } from './internal/own-facts.js';
import { isVenueFact, Reconciler } from './internal/reconciler.js';
import { StrategyView } from './internal/strategy-view.js';
import {
  ENGINE_TIMER_SOURCE,
  type OwnEvent,
  type Step,
  type StepAction,
  type Strategy,
  type StrategyEvent,
  TIMER_SOURCE,
} from './types.js';

/** Everything a step is a function of, besides the facts. */
export interface StepOptions<S, C> {
  readonly strategy: Strategy<S, C>;
  /** Raw configuration; goes through the strategy's `parseConfig`. */
  readonly config: unknown;
  readonly risk: RiskPolicy;
  /** Part of every derived id. */
  readonly runId: string;
  /** Seed of the strategy's random stream, 0 to 2^64−1. */
  readonly seed: bigint;
  /** Starting cash: currency → decimal text; none by default. */
  readonly cash?: Readonly<Record<string, string>>;
}

const SEEN: ReadonlySet<string> = new Set([
  'Session',
  'Instrument',
  'Quote',
  'Trade',
  'BookSnapshot',
  'BookDelta',
  'Funding',
  'Stats',
  'Bar',
  'Liquidation',
]);

class EngineStep<S, C> implements Step {
  readonly #strategy: Strategy<S, C>;
  readonly #engine: EngineState;
  readonly #journal: Journal;
  readonly #judge: Judge;
  readonly #own: OwnFacts;
  readonly #watch: OrderWatch;
  readonly #ladder: LadderKeeper;
  readonly #flattener: Flattener;
  readonly #reconciler: Reconciler;
  readonly #operator: Operator;
  readonly #view: StrategyView<C>;
  #state: S;

  constructor(options: StepOptions<S, C>) {
    const { strategy, risk, runId, seed } = options;
    this.#strategy = strategy;
    const policy = risk;
    const cash = options.cash ?? {};
    const engine = new EngineState({ strategyId: strategy.id, policy, seed, cash });
    const journal = new Journal(engine, runId);
    const ladder = new LadderKeeper(engine, journal);
    const judge = new Judge(engine, journal, (inst) => ladder.look(inst));
    const watch = new OrderWatch(engine, journal);
    const flattener = new Flattener(engine, journal, judge);
    const reconciler = new Reconciler(engine, journal, judge);
    ladder.judge = judge;
    ladder.flattener = flattener;
    this.#engine = engine;
    this.#journal = journal;
    this.#judge = judge;
    this.#ladder = ladder;
    this.#watch = watch;
    this.#flattener = flattener;
    this.#reconciler = reconciler;
    this.#own = new OwnFacts(engine, journal, watch);
    this.#operator = new Operator({ engine, journal, ladder, flattener, reconciler, watch });
    const config = this.#guard('QL_STRATEGY_CONFIG', () => strategy.parseConfig(options.config));
    this.#view = new StrategyView(engine, config);
    this.#state = this.#guard('QL_STRATEGY_FAILED', () =>
      strategy.init({ config, rng: engine.rng }),
    );
  }

  get cause(): number {
    return this.#engine.cause;
  }

  onInput(event: Event): readonly EventInput[] {
    const engine = this.#engine;
    const expected = engine.cause === 0 ? event.seq : engine.cause + 1;
    if (event.seq !== expected || !Number.isSafeInteger(event.seq) || event.seq < 1) {
      throw new QuantlaxmiError(
        'QL_STEP_ORDER',
        `The step stands at session event ${engine.cause} and was given ${event.seq}; expected ` +
          `${expected}. Feed every event of the log once, in order.`,
        { context: { cause: engine.cause, seq: event.seq } },
      );
    }
    this.#begin(event.rx);
    engine.cause = event.seq;
    this.#journal.newCause();
    const looks = this.#ladder.lookBefore();
    engine.onMarket(event);
    if (event.t === 'Instrument' && !engine.declare(event.body)) {
      const inst = event.body.instrumentId;
      this.#journal.halt('QL_INSTRUMENT_REDECLARED', { inst });
    }
    if (event.t === 'Session') this.#operator.onInput(event);
    this.#reconciler.onFirstInput();
    if (looks) this.#ladder.look();
    if (SEEN.has(event.t)) this.#call(event as StrategyEvent);
    // Only what was sent can have put anything at stake.
    if (this.#journal.actions.length > 0) this.#ladder.watch();
    return this.#journal.records;
  }

  onVenue(event: EventInput): readonly EventInput[] {
    this.#begin(event.rx);
    const foreign = isVenueFact(event) && event.body !== null && this.#reconciler.takes(event);
    switch (event.t) {
      case 'Timer':
        this.#timer(event);
        break;
      case 'Order':
        if (!foreign) this.#fact(event, this.#own.onOrder(event));
        break;
      case 'Fill':
        this.#fact(event, this.#own.onFill(event));
        break;
      case 'CashFlow':
        this.#fact(event, this.#own.onCashFlow(event));
        break;
      case 'Account':
        this.#own.onAccount(event);
        break;
      case 'Session':
        this.#operator.onVenue(event);
        this.#ladder.lookLater();
        break;
      default:
    }
    this.#ladder.watch();
    return this.#journal.records;
  }

  actions(): readonly StepAction[] {
    return this.#journal.actions;
  }

  portfolio(): Portfolio {
    return this.#engine.portfolio;
  }

  openOrders(): readonly OwnOrder[] {
    return this.#engine.orders.open();
  }

  stateHash(): string {
    const snapshot = this.#strategy.snapshot?.(this.#state) ?? this.#state;
    const engine = canonicalJson({
      engine: this.#engine.snapshot(),
      flattener: this.#flattener.snapshot(),
      ladder: this.#ladder.snapshot(),
      reconciler: this.#reconciler.snapshot(),
    });
    return sha256Hex(`${engine}\n${stateText(this.#strategy.id, snapshot)}`);
  }

  #begin(rx: number): void {
    this.#engine.advance(rx);
    this.#journal.begin();
  }

  #timer(event: EventInputOf<'Timer'>): void {
    const { id } = event.body;
    const own = event.src === ENGINE_TIMER_SOURCE;
    const looked = own && this.#ladder.onTimer(id);
    this.#ladder.lookLater();
    if (event.src === TIMER_SOURCE) this.#call(event);
    if (!own || looked) return;
    if (this.#watch.onTimer(id) || this.#reconciler.onTimer(id)) return;
    this.#flattener.onTimer(id);
  }

  /** What follows from a fact of our own: the ladder sees it first, then the strategy. */
  #fact(event: OwnEvent, fresh: boolean): void {
    if (!fresh) return;
    this.#ladder.look();
    this.#call(event);
  }

  #guard<T>(code: 'QL_STRATEGY_CONFIG' | 'QL_STRATEGY_FAILED', run: () => T): T {
    try {
      return run();
    } catch (cause) {
      const { id } = this.#strategy;
      const said = cause instanceof Error ? cause.message : String(cause);
      const where =
        code === 'QL_STRATEGY_CONFIG'
          ? 'refused its configuration'
          : `threw at session event ${this.#engine.cause}`;
      throw new QuantlaxmiError(code, `Strategy ${id} ${where}: ${said}.`, {
        cause,
        context: { strategyId: id, cause: this.#engine.cause },
      });
    }
  }

  #call(event: StrategyEvent): void {
    if (this.#engine.closed) return;
    const { id } = this.#strategy;
    const output: unknown = this.#guard('QL_STRATEGY_FAILED', () =>
      this.#strategy.onEvent(this.#state, event, this.#view),
    );
    if (output === null || output === undefined) return;
    const checked = checkOutput<S>(id, output);
    this.#state = checked.state;
    // A timer that asks for one at once would fire for ever, within one event.
    const afterUs = event.t === 'Timer' ? this.#engine.nowUs : -1;
    for (const timer of checked.timers ?? []) {
      const kept = checkTimer(id, timer, afterUs);
      this.#journal.act({ kind: 'timer', owner: 'strategy', timer: kept });
    }
    const intents: readonly unknown[] = checked.intents ?? [];
    if (intents.length === 0 && checked.decide !== true) return;
    this.#judge.decide(intents, {
      strategyId: id,
      features: featuresOf(id, checked.features),
      profile: checkText(id, 'profile', checked.profile ?? ''),
      regime: checkText(id, 'regime', checked.regime ?? ''),
    });
  }
}

/**
 * Makes a step. It is the one function from facts to decisions: live, simulated and replayed runs
 * feed it the same facts and get the same records.
 *
 * A fact about an own order that contradicts what is known, and a declaration that changes the
 * exponents of an instrument that is held, stop trading: the step writes a Session record of kind
 * `killSwitch` and denies every new order until a `killSwitch` fact with `engaged: 0` and a name in
 * `by` releases it.
 *
 * @param options - strategy, configuration, policy, run id and seed
 * @throws QL_STRATEGY_CONFIG, QL_STRATEGY_FAILED
 * @example
 * ```ts
 * import { quoteAge, riskPolicy } from 'quantlaxmi/risk';
 * import { createStep, defineStrategy } from 'quantlaxmi/strategy';
 *
 * const step = createStep({
 *   strategy: defineStrategy({
 *     id: 'count', version: '1', parseConfig: () => null,
 *     init: () => 0,
 *     onEvent: (n) => ({ state: n + 1, decide: true }),
 *   }),
 *   config: null,
 *   risk: riskPolicy({ checks: [quoteAge({ ageMaxUs: 1_000_000 })] }),
 *   runId: 'run-1',
 *   seed: 42n,
 * });
 * const records = step.onInput({
 *   t: 'Session', sv: 1, rx: 1_000, ts: null, src: 'SIM', seq: 1,
 *   body: { code: '', details: {}, inst: null, kind: 'start' },
 * });
 * records.map((record) => record.t);
 * // => ['Decision']
 * ```
 */
export function createStep<S, C>(options: StepOptions<S, C>): Step {
  return new EngineStep(options);
}
