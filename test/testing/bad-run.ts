import { isQuantlaxmiError } from 'quantlaxmi/core';
import type { EventInput } from 'quantlaxmi/events';
import {
  createOrderStore,
  isOpenState,
  missingOrderEnd,
  type OwnOrder,
  type ReconcileResult,
  reconcile,
  type TimerRequest,
  type Venue,
  type VenueEffects,
  type VenueFact,
} from 'quantlaxmi/execution';
import type { PlaceOrder } from 'quantlaxmi/risk';
import { constantLatency, makerTakerFees, simVenue } from 'quantlaxmi/sim';
import {
  approvedAmend,
  approvedCancel,
  approvedOrder,
  type BadVenue,
  badVenue,
  testInstrument,
  type VenueFaultRule,
} from 'quantlaxmi/testing';

const inst = 'SIM:X:BTCUSDT';
const SPEC = {
  before: 'firstOrder',
  foreignOrders: 'halt',
  missingOrders: 'adopt',
  positions: 'halt',
  balances: 'adopt',
  balanceTolerance: '1000000000000',
  timeoutUs: 1,
} as const;

/** What a run may do or meet between two looks at its orders. */
export type Move =
  | { readonly kind: 'place'; readonly off: number; readonly qty: number; readonly sells: boolean }
  | { readonly kind: 'amend'; readonly pick: number; readonly off: number; readonly qty: number }
  | { readonly kind: 'cancel' | 'doubt'; readonly pick: number }
  | { readonly kind: 'quote'; readonly bid: number; readonly qty: number }
  | { readonly kind: 'wait'; readonly us: number };

/** The simulated venue, and everything it executed. */
class Tapped {
  readonly fills = new Map<string, number>();
  readonly venue: Venue;

  constructor() {
    const inner = simVenue({
      latency: constantLatency({ entryUs: 200, responseUs: 100 }),
      fees: makerTakerFees({ makerPpm: 200, takerPpm: 500, feeExponent: -8 }),
    });
    const tap = (effects: VenueEffects): VenueEffects => {
      for (const { body, t } of effects.events) {
        if (t === 'Fill') this.fills.set(body.fillId, body.side === 'buy' ? body.qty : -body.qty);
      }
      return effects;
    };
    this.venue = {
      id: inner.id,
      submit: (order, nowUs) => tap(inner.submit(order, nowUs)),
      cancel: (order, nowUs) => tap(inner.cancel(order, nowUs)),
      amend: (order, nowUs) => tap(inner.amend(order, nowUs)),
      query: (order, nowUs) => tap(inner.query(order, nowUs)),
      reconcile: (nowUs, question) => tap(inner.reconcile(nowUs, question)),
      onMarket: (event) => tap(inner.onMarket(event)),
      onTimer: (id, nowUs) => tap(inner.onTimer(id, nowUs)),
    };
  }
}

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);

/** A run in small: orders, position, time-outs by hand, and a reconciliation at the end. */
export class BadRun {
  readonly orders = createOrderStore();
  readonly venue: BadVenue;
  readonly #inner = new Tapped();
  readonly #sent: PlaceOrder[] = [];
  readonly #fills = new Map<string, number>();
  #facts: VenueFact[] = [];
  #timers: TimerRequest[] = [];
  /** Code of the first fact that cannot be true; trading stops by it. */
  halted = '';
  nowUs = 1_000_000;

  constructor(script: readonly VenueFaultRule[], seed: bigint) {
    this.venue = badVenue({ inner: this.#inner.venue, script, seed });
    this.#market({ t: 'Instrument', body: testInstrument() });
    this.move({ kind: 'quote', bid: 1_000, qty: 10 });
  }

  get position(): number {
    return sum(this.#fills.values());
  }

  get truth(): number {
    return sum(this.#inner.fills.values());
  }

  move(move: Move): void {
    if (move.kind === 'wait') this.#advance(this.nowUs + move.us);
    else if (move.kind === 'quote') {
      const { bid, qty } = move;
      const body = { ask: bid + 1, askQty: qty, bid, bidQty: qty, inst, venueSeq: null };
      this.#market({ t: 'Quote', body });
    } else if (move.kind === 'place') this.#place(move);
    else this.#change(move);
  }

  /** Everything arrives, orders in doubt are asked about, and the account is compared. */
  finish(): ReconcileResult {
    this.#advance(Number.MAX_SAFE_INTEGER);
    this.venue.heal();
    for (const order of this.orders.open()) {
      if (order.state === 'unknown') this.#take(this.venue.query(order, this.nowUs));
    }
    this.#advance(Number.MAX_SAFE_INTEGER);
    this.#facts = [];
    this.#take(this.venue.reconcile(this.nowUs, 1));
    this.#advance(Number.MAX_SAFE_INTEGER);
    const result = reconcile({
      cash: {},
      facts: this.#facts,
      instrument: () => testInstrument(),
      orders: this.orders,
      positions: [{ inst, qty: this.position, qtyExponent: testInstrument().qtyExponent }],
      spec: SPEC,
    });
    for (const action of result.actions) {
      if (action.kind !== 'adoptOrder') continue;
      this.orders.onOrder(missingOrderEnd(this.orders.get(action.orderId) as OwnOrder, 1));
    }
    return result;
  }

  #place({ off, qty, sells }: Extract<Move, { kind: 'place' }>): void {
    if (this.halted !== '') return;
    const n = this.#sent.length + 1;
    const ids = { clientOrderId: `c-${n}`, intentId: `i-${n}`, orderId: `o-${n}` };
    const order = approvedOrder({ ...ids, price: 1_000 + off, qty, side: sells ? 'sell' : 'buy' });
    this.#sent.push(order);
    this.orders.submit(order);
    this.#take(this.venue.submit(order, this.nowUs));
  }

  #change(move: Extract<Move, { pick: number }>): void {
    const order = this.#sent[move.pick % Math.max(1, this.#sent.length)];
    const known = order === undefined ? null : this.orders.get(order.orderId);
    if (order === undefined || known === null || !isOpenState(known.state)) return;
    const { orderId } = order;
    if (move.kind === 'cancel') {
      this.orders.requestCancel(orderId);
      this.#take(this.venue.cancel(approvedCancel(order), this.nowUs));
    } else if (move.kind === 'doubt') {
      this.orders.markUnknown(orderId, 'QL_TEST');
      this.#take(this.venue.query(order, this.nowUs));
    } else if (move.kind === 'amend' && known.pending === null && this.halted === '') {
      if (move.qty <= known.filled) return;
      if (!['submitted', 'acked', 'partiallyFilled'].includes(known.state)) return;
      const terms = { price: 1_000 + move.off, qty: move.qty };
      this.orders.requestAmend(orderId, terms);
      this.#take(this.venue.amend(approvedAmend(order, terms), this.nowUs));
    }
  }

  #market(fact: Pick<EventInput, 't' | 'body'>): void {
    const event = { sv: 1, rx: this.nowUs, ts: null, src: 'SIM', ...fact } as EventInput;
    this.#take(this.venue.onMarket(event));
  }

  #advance(untilUs: number): void {
    for (;;) {
      this.#timers.sort((a, b) => a.dueUs - b.dueUs);
      const next = this.#timers[0];
      if (next === undefined || next.dueUs > untilUs) break;
      this.#timers.shift();
      this.nowUs = Math.max(this.nowUs, next.dueUs);
      this.#take(this.venue.onTimer(next.id, this.nowUs));
    }
    if (untilUs < Number.MAX_SAFE_INTEGER) this.nowUs = Math.max(this.nowUs, untilUs);
  }

  #take({ events, timers }: VenueEffects): void {
    this.#timers.push(...timers);
    for (const fact of events) this.#fact(fact);
  }

  /** A fact that cannot be true stops trading; an execution counts all the same, once. */
  #fact(fact: VenueFact): void {
    this.#facts.push(fact);
    try {
      if (fact.t === 'Order') this.orders.onOrder(fact.body);
      if (fact.t === 'Fill') this.orders.onFill(fact.body);
    } catch (error) {
      if (!isQuantlaxmiError(error)) throw error;
      this.halted ||= error.code;
    }
    if (fact.t !== 'Fill') return;
    const { fillId, qty, side } = fact.body;
    this.#fills.set(fillId, side === 'buy' ? qty : -qty);
  }
}
