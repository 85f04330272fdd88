import type {
  AccountBody,
  CashFlowBody,
  EventInput,
  FillBody,
  InstrumentBody,
  Level,
  OrderBody,
  SessionBody,
} from 'quantlaxmi/events';
import type { TimerRequest, Venue, VenueEffects, VenueFact } from 'quantlaxmi/execution';
import {
  type AmendOrder,
  type Approved,
  evaluateIntent,
  maxOrderRate,
  type PlaceOrder,
  riskPolicy,
  sanitizeIntent,
  UNKNOWN_VIEW,
} from 'quantlaxmi/risk';
import {
  constantLatency,
  type LatencyModel,
  makerTakerFees,
  type SimVenueOptions,
  simVenue,
} from 'quantlaxmi/sim';
import { approvedCancel, approvedOrder, testInstrument } from 'quantlaxmi/testing';

export const inst = 'SIM:X:BTCUSDT';

/** New terms of an order; what has executed is not known to the sender. */
export type Terms = Pick<AmendOrder, 'price' | 'qty'>;

/** Approves an amend the regular way, by a view that has seen no fill of the order. */
export function approvedAmend(order: PlaceOrder, terms: Terms): Approved<AmendOrder> {
  const { clientOrderId, decisionId, inst, intentId, orderId, riskDecisionId, side } = order;
  const { price, reduceOnly, tif, type } = order;
  const intent = { action: 'amend', inst, intentId, reduceOnly, side, tif, type, ...terms };
  const state = 'acked' as const;
  const ids = { clientOrderId, inst, intentId, orderId };
  const working = { ...ids, filled: 0, price, reduceOnly, remaining: order.qty, side, state };
  const touch = { ask: 1_001, askQty: 1, bid: 1_000, bidQty: 1, rx: 0 };
  const decision = evaluateIntent(
    riskPolicy({ checks: [maxOrderRate({ orders: 1_000, perUs: 1_000_000 })] }),
    { ...sanitizeIntent(intent), clientOrderId, decisionId, orderId, riskDecisionId },
    {
      ...UNKNOWN_VIEW,
      log: 'ok',
      reconcile: 'none',
      nowUs: 0,
      killSwitch: 'released',
      halted: '',
      memory: {},
      instrument: () => testInstrument({ instrumentId: inst }),
      touch: () => touch,
      bookState: () => 'none',
      sweepPrice: () => 1_000,
      // A reduce-only order is given a position to reduce.
      position: () => (reduceOnly ? (side === 'sell' ? 1e6 : -1e6) : 0),
      working: () => ({
        buyQty: side === 'buy' ? order.qty : 0,
        sellQty: side === 'sell' ? order.qty : 0,
      }),
      order: () => ({ clientOrderId, inst, open: true, orderId }),
      workingOrder: () => working,
      workingOrders: () => [working],
    },
  );
  if (decision.approved?.action === 'amend') return decision.approved;
  const failed = decision.checks.filter((check) => !check.ok).map((check) => check.code);
  throw new Error(`the amend of this test is not approved: ${failed.join(', ')}`);
}

/** A market driven by hand: facts in, the venue's facts out, with the times they were known. */
export class Floor {
  readonly venue: Venue;
  readonly facts: (VenueFact & { readonly knownUs: number })[] = [];
  nowUs = 0;
  #timers: TimerRequest[] = [];
  #orders = 0;
  #venueSeq = 0;

  /** Without latency, the n-th request of one moment acts n microseconds later. */
  readonly #instant: boolean;

  constructor(
    latency?: LatencyModel,
    options: Partial<SimVenueOptions> = {},
    instrument: InstrumentBody = testInstrument(),
  ) {
    this.#instant = latency === undefined;
    const fees = makerTakerFees({ makerPpm: 200, takerPpm: 500, feeExponent: -8 });
    const none = constantLatency({ entryUs: 0, responseUs: 0 });
    this.venue = simVenue({ latency: latency ?? none, fees, ...options });
    this.market('Instrument', instrument);
  }

  market<T extends EventInput['t']>(
    t: T,
    body: Extract<EventInput, { t: T }>['body'],
    ts: number | null = null,
  ): void {
    const event = { t, sv: 1, rx: this.nowUs, ts, src: 'SIM', body } as EventInput;
    this.#take(this.venue.onMarket(event));
    this.settle(this.nowUs);
  }

  quote(bid: number | null, ask: number | null, sizes: readonly [number, number] = [10, 10]): void {
    const [bidQty, askQty] = sizes;
    this.market('Quote', { ask, askQty, bid, bidQty, inst, venueSeq: null });
  }

  trade(price: number, qty = 1): void {
    const rest = { tradeId: '', venueSeq: null } as const;
    this.market('Trade', { aggressor: 'unknown', inst, price, qty, ...rest });
  }

  book(bids: readonly Level[], asks: readonly Level[]): void {
    this.#venueSeq += 1;
    this.market('BookSnapshot', { asks, bids, inst, venueSeq: this.#venueSeq });
  }

  delta(bids: readonly Level[], asks: readonly Level[]): void {
    this.#venueSeq += 1;
    const seqs = { firstSeq: this.#venueSeq, lastSeq: this.#venueSeq, prevSeq: null };
    this.market('BookDelta', { asks, bids, inst, ...seqs });
  }

  send(part: Partial<PlaceOrder>): Approved<PlaceOrder> {
    this.#orders += 1;
    const n = this.#orders;
    const ids = { clientOrderId: `c-${n}`, intentId: `i-${n}`, orderId: `o-${n}` };
    const order = approvedOrder({ ...ids, ...part });
    this.#take(this.venue.submit(order, this.nowUs));
    this.settle(this.nowUs);
    return order;
  }

  cancel(order: PlaceOrder): void {
    this.#take(this.venue.cancel(approvedCancel(order), this.nowUs));
    this.settle(this.nowUs);
  }

  amend(order: PlaceOrder, terms: Terms): void {
    this.#take(this.venue.amend(approvedAmend(order, terms), this.nowUs));
    this.settle(this.nowUs);
  }

  query(order: Pick<PlaceOrder, 'clientOrderId' | 'inst' | 'orderId'>): VenueFact[] {
    const from = this.facts.length;
    const { clientOrderId, inst: of, orderId } = order;
    this.#take(this.venue.query({ clientOrderId, inst: of, orderId }, this.nowUs));
    this.settle(this.nowUs);
    return this.facts.slice(from);
  }

  reconcile(): VenueFact[] {
    const from = this.facts.length;
    this.#take(this.venue.reconcile(this.nowUs, 1));
    this.settle(this.nowUs);
    return this.facts.slice(from);
  }

  account(): AccountBody {
    const fact = this.reconcile().find(({ t }) => t === 'Account');
    if (fact?.t !== 'Account') throw new Error('no account was reported');
    return fact.body;
  }

  flows(): CashFlowBody[] {
    return this.facts.flatMap((fact) => (fact.t === 'CashFlow' ? [fact.body] : []));
  }

  sessions(): SessionBody[] {
    return this.facts.flatMap((fact) => (fact.t === 'Session' ? [fact.body] : []));
  }

  /** Lets time pass. */
  settle(untilUs: number): void {
    for (;;) {
      this.#timers.sort((a, b) => a.dueUs - b.dueUs);
      const next = this.#timers[0];
      // What lies far ahead is no message, but a funding or the end of a contract.
      const far = !this.#instant || (next !== undefined && next.dueUs > this.nowUs + 1_000);
      if (next === undefined || (far && next.dueUs > untilUs)) break;
      this.#timers.shift();
      this.nowUs = Math.max(this.nowUs, next.dueUs);
      this.#take(this.venue.onTimer(next.id, this.nowUs));
    }
    this.nowUs = Math.max(this.nowUs, untilUs);
  }

  fills(order: PlaceOrder): FillBody[] {
    return this.facts.flatMap((fact) =>
      fact.t === 'Fill' && fact.body.orderId === order.orderId ? [fact.body] : [],
    );
  }

  /** `[price, qty]` of the fills. */
  levels(order: PlaceOrder): number[][] {
    return this.fills(order).map(({ price, qty }) => [price, qty]);
  }

  states(order: PlaceOrder): string[] {
    return this.reports(order).map(({ state }) => state);
  }

  last(order: PlaceOrder): OrderBody | undefined {
    return this.reports(order).at(-1);
  }

  reports(order: PlaceOrder): OrderBody[] {
    return this.facts.flatMap((fact) =>
      fact.t === 'Order' && fact.body.orderId === order.orderId ? [fact.body] : [],
    );
  }

  #take({ events, timers }: VenueEffects): void {
    this.#timers.push(...timers);
    for (const fact of events) this.facts.push({ ...fact, knownUs: this.nowUs });
  }
}
