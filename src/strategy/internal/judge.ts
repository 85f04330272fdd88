import type { IntentBody } from '../../events/index.js';
import { orderTimer, type OwnOrder } from '../../execution/index.js';
import {
  type AmendOrder,
  type Approved,
  type CancelOrder,
  evaluateIntent,
  type OrderIntent,
  type PlaceOrder,
  type SanitizedIntent,
  sanitizeIntent,
} from '../../risk/index.js';
import type { EngineState } from './engine-state.js';
import type { Journal } from './journal.js';
import { orderBody } from './order-body.js';

type IntentIds = Omit<OrderIntent, 'intent' | 'problem'>;

/** Why a decision was made, besides its intents. */
export interface DecisionParts {
  readonly strategyId: string;
  readonly features: Readonly<Record<string, number | string>>;
  readonly profile: string;
  readonly regime: string;
}

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

/** Writes decisions down, has risk judge each intent, and turns what it lets out into requests. */
export class Judge {
  readonly #engine: EngineState;
  readonly #journal: Journal;
  /** Looked at before each intent: the ladder, where there is one. */
  readonly #before: (inst: string) => void;

  constructor(engine: EngineState, journal: Journal, before: (inst: string) => void) {
    this.#engine = engine;
    this.#journal = journal;
    this.#before = before;
  }

  decide(raw: readonly unknown[], parts: DecisionParts): void {
    const { cause } = this.#engine;
    const { features, profile, regime, strategyId } = parts;
    const sanitized = raw.map((intent) => sanitizeIntent(intent));
    const tail = this.#journal.nextTail(strategyId);
    const intents = sanitized.map(({ intent }) => intent);
    const decisionId = `d-${tail}`;
    const body = { cause, decisionId, features, intents, profile, regime, strategyId };
    this.#journal.record('Decision', body);
    sanitized.forEach((intent, i) => {
      this.#judge(intent, idsOf(tail, i));
    });
  }

  /** The engine's own wish to cancel: through risk like any other, so that records exist. */
  cancel(
    orders: readonly Pick<OwnOrder, 'inst' | 'intentId' | 'side'>[],
    strategyId: string,
  ): void {
    if (orders.length === 0) return;
    const intents = orders.map(({ inst, intentId, side }): IntentBody => {
      const none = { price: null, qty: 0, reduceOnly: false } as const;
      return { action: 'cancel', inst, intentId, ...none, side, tif: 'gtc', type: 'limit' };
    });
    this.decide(intents, { strategyId, features: {}, profile: '', regime: '' });
  }

  #judge({ intent, problem }: SanitizedIntent, ids: IntentIds): void {
    const engine = this.#engine;
    if (intent.action !== 'cancel') this.#before(intent.inst);
    const { cause } = engine;
    const decision = evaluateIntent(engine.policy, { intent, problem, ...ids }, engine);
    const { approved, cancelFirst, checks, ladder, verdict } = decision;
    engine.memory = decision.memory;
    const { decisionId, riskDecisionId } = ids;
    const { intentId } = intent;
    const body = { cause, checks, decisionId, intentId, ladder, riskDecisionId, verdict };
    this.#journal.record('Risk', body);
    if (approved === null) {
      engine.incidents.denied(engine.nowUs);
      return;
    }
    const messages = engine.counts.messages + 1 + cancelFirst.length;
    engine.counts = { ...engine.counts, messages };
    for (const cancel of cancelFirst) this.#cancel(cancel);
    if (approved.action === 'place') this.#submit(approved);
    else if (approved.action === 'amend') this.#amend(approved);
    else this.#cancel(approved);
  }

  #submit(approved: Approved<PlaceOrder>): void {
    const { cause, orders } = this.#engine;
    const order = orders.submit(approved);
    this.#engine.use(order.inst);
    this.#journal.record('Order', orderBody(order, cause));
    this.#journal.act({ kind: 'submit', order: approved });
    this.#wait(order);
  }

  #amend(approved: Approved<AmendOrder>): void {
    const { cause, orders } = this.#engine;
    const { orderId, price, qty, riskDecisionId } = approved;
    const terms = { price, qty };
    const order = orders.requestAmend(orderId, terms);
    this.#journal.record('Order', orderBody(order, cause, { riskDecisionId, terms }));
    this.#journal.act({ kind: 'amend', order: approved });
    this.#wait(order);
  }

  #cancel(approved: Approved<CancelOrder>): void {
    const { cause, foreign, orders } = this.#engine;
    const { orderId, riskDecisionId } = approved;
    // An order that is not of this run has no record of its own.
    if (!foreign.has(approved.intentId)) {
      const order = orders.requestCancel(orderId);
      this.#journal.record('Order', orderBody(order, cause, { riskDecisionId }));
      this.#wait(order);
    }
    this.#journal.act({ kind: 'cancel', order: approved });
  }

  #wait(order: OwnOrder): void {
    const spec = this.#engine.policy.orders;
    const timer = spec === null ? null : orderTimer(order, spec, this.#engine.nowUs);
    if (timer !== null) this.#journal.timer(timer.id, timer.dueUs);
  }
}
