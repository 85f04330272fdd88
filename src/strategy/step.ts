/**
 * The pure step: one fact in, the engine's records out.
 * @module
 */
import {
  canonicalJson,
  deriveId,
  isQuantlaxmiError,
  QuantlaxmiError,
  sha256Hex,
} from '../core/index.js';
import type { Event, EventInput, EventInputOf, OrderBody } from '../events/index.js';
import type { OwnOrder } from '../execution/index.js';
import type { Portfolio } from '../portfolio/index.js';
import {
  evaluateIntent,
  type OrderIntent,
  type RiskPolicy,
  type SanitizedIntent,
  sanitizeIntent,
} from '../risk/index.js';
import { EngineState } from './internal/engine-state.js';
import { checkOutput, checkText, checkTimer, featuresOf, stateText } from './internal/output.js';
import { StrategyView } from './internal/strategy-view.js';
import {
  ENGINE_SOURCE,
  type OwnEvent,
  type Step,
  type StepAction,
  type Strategy,
  type StrategyEvent,
  type StrategyOutput,
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

const NOTHING: readonly EventInput[] = Object.freeze([]);
const NO_ACTIONS: readonly StepAction[] = Object.freeze([]);

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
  readonly #policy: RiskPolicy;
  readonly #runId: string;
  readonly #engine: EngineState;
  readonly #view: StrategyView<C>;
  #state: S;
  /** Counts the ids derived under one cause. */
  #count = 0;
  #records: EventInput[] = [];
  #actions: StepAction[] = [];

  constructor(options: StepOptions<S, C>) {
    const { strategy, risk, runId, seed } = options;
    this.#strategy = strategy;
    this.#policy = risk;
    this.#runId = runId;
    this.#engine = new EngineState({ strategyId: strategy.id, seed, cash: options.cash ?? {} });
    const config = this.#guard('QL_STRATEGY_CONFIG', () => strategy.parseConfig(options.config));
    this.#view = new StrategyView(this.#engine, config);
    this.#state = this.#guard('QL_STRATEGY_FAILED', () =>
      strategy.init({ config, rng: this.#engine.rng }),
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
    this.#count = 0;
    engine.prices.onEvent(event);
    if (event.t === 'Instrument' && !engine.declare(event.body)) {
      const inst = event.body.instrumentId;
      this.#halt('QL_INSTRUMENT_REDECLARED', { inst });
    }
    if (event.t === 'Session' && event.body.kind === 'killSwitch') engine.setKillSwitch(event.body);
    if (SEEN.has(event.t)) this.#call(event as StrategyEvent);
    return this.#end();
  }

  onVenue(event: EventInput): readonly EventInput[] {
    this.#begin(event.rx);
    switch (event.t) {
      case 'Timer':
        if (event.src === TIMER_SOURCE) this.#call(event);
        break;
      case 'Order':
      case 'Fill':
        this.#own(event);
        break;
      case 'Session':
        if (event.body.kind === 'killSwitch') this.#engine.setKillSwitch(event.body);
        if (event.body.kind === 'stop') this.#engine.closed = true;
        break;
      default:
    }
    return this.#end();
  }

  actions(): readonly StepAction[] {
    return this.#actions.length === 0 ? NO_ACTIONS : this.#actions;
  }

  portfolio(): Portfolio {
    return this.#engine.portfolio;
  }

  openOrders(): readonly OwnOrder[] {
    return this.#engine.orders.open();
  }

  stateHash(): string {
    const { cause, closed, halted, killSwitch, memory, nowUs, orders, portfolio, rng } =
      this.#engine;
    const snapshot = this.#strategy.snapshot?.(this.#state) ?? this.#state;
    const engine = canonicalJson({
      cause,
      closed,
      halted,
      killSwitch,
      memory,
      nowUs,
      orders: orders.snapshot(),
      ordersMade: orders.count,
      portfolio: portfolio.snapshot(),
      rng: rng.state(),
    });
    return sha256Hex(`${engine}\n${stateText(this.#strategy.id, snapshot)}`);
  }

  #begin(rx: number): void {
    if (rx > this.#engine.nowUs) this.#engine.nowUs = rx;
    if (this.#records.length > 0) this.#records = [];
    if (this.#actions.length > 0) this.#actions = [];
  }

  #end(): readonly EventInput[] {
    return this.#records.length === 0 ? NOTHING : this.#records;
  }

  #record<T extends EventInput['t']>(t: T, body: EventInputOf<T>['body']): void {
    const rx = this.#engine.nowUs;
    this.#records.push({ t, sv: 1, rx, ts: null, src: ENGINE_SOURCE, body } as EventInput);
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
      this.#actions.push({ kind: 'timer', owner: 'strategy', timer: kept });
    }
    const intents: readonly unknown[] = checked.intents ?? [];
    if (intents.length > 0 || checked.decide === true) this.#decide(checked, intents);
  }

  #decide(output: StrategyOutput<S>, raw: readonly unknown[]): void {
    const { id } = this.#strategy;
    const { cause } = this.#engine;
    const sanitized = raw.map((intent) => sanitizeIntent(intent));
    this.#count += 1;
    const tail = deriveId('', this.#runId, id, cause, this.#count);
    const decisionId = `d-${tail}`;
    this.#record('Decision', {
      cause,
      decisionId,
      features: featuresOf(id, output.features),
      intents: sanitized.map(({ intent }) => intent),
      profile: checkText(id, 'profile', output.profile ?? ''),
      regime: checkText(id, 'regime', output.regime ?? ''),
      strategyId: id,
    });
    sanitized.forEach((intent, i) => {
      this.#judge(intent, idsOf(tail, i));
    });
  }

  #judge({ intent, problem }: SanitizedIntent, ids: IntentIds): void {
    const engine = this.#engine;
    const { cause } = engine;
    const { clientOrderId, decisionId, orderId, riskDecisionId } = ids;
    const order = { intent, problem, decisionId, riskDecisionId, orderId, clientOrderId };
    const decision = evaluateIntent(this.#policy, order, engine);
    const { approved, checks, ladder, verdict } = decision;
    engine.memory = decision.memory;
    const { intentId } = intent;
    this.#record('Risk', { cause, checks, decisionId, intentId, ladder, riskDecisionId, verdict });
    if (approved === null || approved.action === 'amend') return;
    if (approved.action === 'place') {
      const order = engine.orders.submit(approved);
      this.#record('Order', orderBody(order, cause, riskDecisionId));
      this.#actions.push({ kind: 'submit', order: approved });
    } else {
      const order = engine.orders.requestCancel(approved.orderId);
      this.#record('Order', orderBody(order, cause, riskDecisionId));
      this.#actions.push({ kind: 'cancel', order: approved });
    }
  }

  /** A fact about an own order. One that cannot be true stops trading; a fill is booked anyway. */
  #own(event: EventInputOf<'Order'> | EventInputOf<'Fill'>): void {
    const { orders } = this.#engine;
    let fresh = true;
    try {
      const outcome = event.t === 'Order' ? orders.onOrder(event.body) : orders.onFill(event.body);
      fresh = outcome === 'applied';
    } catch (error) {
      if (!isQuantlaxmiError(error)) throw error;
      this.#halt(error.code, { orderId: event.body.orderId });
    }
    if (!fresh) return;
    if (event.t === 'Fill') this.#book(event);
    this.#call(event as OwnEvent);
  }

  #book(event: EventInputOf<'Fill'>): void {
    const { inst, orderId } = event.body;
    const instrument = this.#engine.instruments.get(inst);
    if (instrument === undefined) return this.#halt('QL_INSTRUMENT_UNKNOWN', { orderId });
    try {
      this.#engine.portfolio.applyFill(event.body, instrument);
    } catch (error) {
      if (!isQuantlaxmiError(error)) throw error;
      this.#halt(error.code, { orderId });
    }
  }

  #halt(code: string, about: { readonly orderId: string } | { readonly inst: string }): void {
    if (this.#engine.halted !== '') return;
    this.#engine.halted = code;
    const details = { by: ENGINE_SOURCE, cause: this.#engine.cause, engaged: 1, ...about };
    this.#record('Session', { code, details, inst: null, kind: 'killSwitch' });
  }
}

type IntentIds = Omit<OrderIntent, 'intent' | 'problem'>;

/** Ids of the n-th intent of a decision: one hash per decision, however many intents. */
function idsOf(tail: string, n: number): IntentIds {
  const own = n === 0 ? tail : `${tail}-${n}`;
  return {
    clientOrderId: `c-${own}`,
    decisionId: `d-${tail}`,
    orderId: `o-${own}`,
    riskDecisionId: `r-${own}`,
  };
}

function orderBody(order: OwnOrder, cause: number, riskDecisionId: string): OrderBody {
  const { clientOrderId, inst, orderId, price, qty } = order;
  const { reason, remaining, side, state, tif, type, venueOrderId } = order;
  return {
    cause,
    clientOrderId,
    inst,
    orderId,
    price,
    qty,
    reason,
    remaining,
    riskDecisionId,
    side,
    state,
    tif,
    type,
    venueOrderId,
  };
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
