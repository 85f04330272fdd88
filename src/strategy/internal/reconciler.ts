import { isQuantlaxmiError } from '../../core/index.js';
import type { EventInput, EventInputOf } from '../../events/index.js';
import {
  type Difference,
  type DifferenceKind,
  missingOrderEnd,
  RECONCILED_CODE,
  type ReconcileAction,
  reconcile,
  type VenueFact,
} from '../../execution/index.js';
import type { ReconcileSpec } from '../../risk/index.js';
import { adoptAccount } from './adoption.js';
import type { EngineState } from './engine-state.js';
import type { Journal } from './journal.js';
import type { Judge } from './judge.js';

const TIMER = 'reconcile/';
/** Questions in a row that may each end in cancels of foreign orders. */
const ROUNDS_MAX = 3;

const CODES: Readonly<Record<DifferenceKind, string>> = {
  incomplete: 'QL_RECONCILE_INCOMPLETE',
  foreignOrder: 'QL_RECONCILE_FOREIGN_ORDER',
  missingOrder: 'QL_RECONCILE_MISSING_ORDER',
  orderState: 'QL_RECONCILE_ORDER_STATE',
  position: 'QL_RECONCILE_POSITION',
  balance: 'QL_RECONCILE_BALANCE',
};

/**
 * Asks the venue for the account before anything is sent, compares, and does about each difference
 * what the policy says. Until a whole answer came and agreed, risk lets no new order out.
 */
export class Reconciler {
  readonly #engine: EngineState;
  readonly #journal: Journal;
  readonly #judge: Judge;
  /** Facts of the answer in hand; null while none is awaited. */
  #facts: VenueFact[] | null = null;
  /** True from a lost connection to the next question: the rest of an old answer may come. */
  #cut = false;
  /** As it was last asked by; a policy that says nothing more does not settle what is open. */
  #last: ReconcileSpec | null;
  #asked = 0;
  #rounds = 0;

  constructor(engine: EngineState, journal: Journal, judge: Judge) {
    this.#engine = engine;
    this.#journal = journal;
    this.#judge = judge;
    this.#last = engine.policy.reconcile;
  }

  /** Asks once, when the first input came. */
  onFirstInput(): void {
    if (this.#asked === 0) this.ask();
  }

  /** Asks anew; until the answer agrees nothing new goes out. */
  ask(): void {
    const spec = this.#spec;
    // After the stop nothing is sent, so nothing can be asked.
    if (spec === null || this.#engine.closed) return;
    this.#engine.reconcile = 'pending';
    this.#rounds = 0;
    this.#question(spec);
  }

  /** The venue's connection was lost or is back. */
  onConnection(kind: 'connected' | 'disconnected'): void {
    if (this.#spec?.before !== 'firstOrderAndReconnect') return;
    if (kind === 'connected') {
      this.ask();
      return;
    }
    this.#last = this.#spec;
    this.#engine.reconcile = 'pending';
    // What was told before the connection was lost says nothing of what it is now.
    this.#cut = true;
    this.#facts = null;
  }

  /** Notes a fact while an answer is awaited. True for an order that is not one of this run. */
  takes(event: VenueFact): boolean {
    if (this.#facts === null && !this.#cut) return false;
    this.#facts?.push(event);
    if (event.t !== 'Order') return false;
    const { clientOrderId, orderId } = event.body;
    const { orders } = this.#engine;
    return orders.get(orderId) === null && orders.byClientOrderId(clientOrderId) === null;
  }

  /** Compares once the answer is whole. */
  onSession(event: EventInputOf<'Session'>): void {
    const { code, details, kind } = event.body;
    if (kind !== 'resync' || code !== RECONCILED_CODE || this.#facts === null) return;
    if (details['question'] !== this.#asked) {
      // The end of an answer to an older question: what came before it was of that answer.
      this.#facts = [];
      return;
    }
    const spec = this.#spec;
    const facts = this.#facts;
    this.#facts = null;
    if (spec !== null && !this.#engine.closed) this.#compare(facts, spec);
  }

  /** True when the timer is one of this. */
  onTimer(id: string): boolean {
    if (!id.startsWith(TIMER)) return false;
    const spec = this.#spec;
    if (id !== `${TIMER}${this.#asked}` || this.#facts === null || spec === null) return true;
    if (this.#engine.closed) return true;
    this.#journal.say('gap', 'QL_RECONCILE_TIMEOUT', { details: { timeoutUs: spec.timeoutUs } });
    this.#engine.reconcile = 'differs';
    this.#question(spec);
    return true;
  }

  snapshot(): unknown {
    const facts = this.#facts?.length ?? -1;
    return { asked: this.#asked, cut: this.#cut, facts, last: this.#last, rounds: this.#rounds };
  }

  /** What the policy says, or said when it asked, until the answer agreed. */
  get #spec(): ReconcileSpec | null {
    const { policy, reconcile: state } = this.#engine;
    if (policy.reconcile !== null) return policy.reconcile;
    return state === 'pending' || state === 'differs' ? this.#last : null;
  }

  #question(spec: ReconcileSpec): void {
    this.#facts = [];
    this.#cut = false;
    this.#last = spec;
    this.#asked += 1;
    this.#journal.act({ kind: 'reconcile', question: this.#asked });
    this.#journal.timer(`${TIMER}${this.#asked}`, this.#engine.nowUs + spec.timeoutUs);
  }

  #compare(facts: readonly VenueFact[], spec: ReconcileSpec): void {
    const engine = this.#engine;
    const { orders, portfolio } = engine;
    const positions = portfolio.instruments().flatMap((inst) => {
      const position = portfolio.position(inst);
      return position === null ? [] : [position];
    });
    const { cash } = portfolio.snapshot();
    const instrument = (inst: string) => engine.instruments.get(inst) ?? null;
    const result = reconcile({ orders, positions, cash, instrument, facts, spec });
    result.differences.forEach((difference, i) => {
      this.#say(difference, result.actions[i]?.kind ?? 'halt');
    });
    const halts = result.actions.find((action) => action.kind === 'halt');
    if (halts !== undefined) {
      engine.reconcile = 'differs';
      this.#journal.halt(CODES[halts.why], { differences: result.differences.length });
      return;
    }
    if (!this.#adopt(result.actions)) return;
    if (this.#cancelForeign(result.actions)) {
      this.#rounds += 1;
      if (this.#rounds < ROUNDS_MAX) return this.#question(spec);
      engine.reconcile = 'differs';
      this.#journal.halt(CODES.foreignOrder, { rounds: this.#rounds });
      return;
    }
    engine.reconcile = 'done';
    const details = { differences: result.differences.length };
    this.#journal.say('resync', 'QL_RECONCILE_DONE', { details });
  }

  #say({ expected, found, id, inst, kind }: Difference, action: string): void {
    const details = { action, expected, found, id };
    this.#journal.say('gap', CODES[kind], { details, inst: inst === '' ? null : inst });
  }

  /** False where the venue's figures cannot be booked: that stops trading. */
  #adopt(actions: readonly ReconcileAction[]): boolean {
    const { cause, orders } = this.#engine;
    for (const action of actions) {
      if (action.kind !== 'adoptOrder') continue;
      const order = orders.get(action.orderId);
      if (order === null) continue;
      const body = missingOrderEnd(order, cause);
      orders.onOrder(body);
      this.#journal.record('Order', body);
    }
    try {
      adoptAccount(this.#engine, this.#journal, actions);
      return true;
    } catch (error) {
      if (!isQuantlaxmiError(error)) throw error;
      this.#engine.reconcile = 'differs';
      this.#journal.halt(error.code, {});
      return false;
    }
  }

  /** True when there were any. */
  #cancelForeign(actions: readonly ReconcileAction[]): boolean {
    const { foreign } = this.#engine;
    foreign.clear();
    const cancels: Parameters<Judge['cancel']>[0][number][] = [];
    for (const action of actions) {
      if (action.kind !== 'cancelForeign') continue;
      const { clientOrderId, inst, venueOrderId } = action;
      const orderId = venueOrderId === '' ? clientOrderId : venueOrderId;
      const intentId = `foreign/${orderId}`;
      foreign.set(intentId, { clientOrderId, inst, open: true, orderId });
      cancels.push({ inst, intentId, side: 'buy' });
    }
    this.#judge.cancel(cancels, 'reconcile');
    foreign.clear();
    return cancels.length > 0;
  }
}

/** Facts that an answer to the question about the account may consist of. */
export function isVenueFact(event: EventInput): event is VenueFact {
  const { t } = event;
  return t === 'Order' || t === 'Fill' || t === 'Account' || t === 'CashFlow' || t === 'Session';
}
