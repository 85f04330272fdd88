import type { EventInput, OrderBody } from '../../events/index.js';
import {
  createOrderStore,
  type OrderStore,
  type TimerRequest,
  type Venue,
  type VenueEffects,
  type VenueFact,
} from '../../execution/index.js';
import type { Approved, PlaceOrder } from '../../risk/index.js';
import { testInstrument } from '../action-arbitraries.js';
import { approvedAmend, approvedCancel, approvedOrder } from '../approved-requests.js';
import type { VenueUnderTest } from '../venue-contract.js';

/** Prices of the quote that every case begins with. */
export const ASK = 1_001;
export const BID = 1_000;

/** Throws what is wrong when it does not hold. */
export function expectTrue(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Drives one venue through its timers and checks every fact against the order state machine. */
export class Drive {
  readonly facts: VenueFact[] = [];
  readonly orders: OrderStore = createOrderStore();
  /** Timers that fired. */
  readonly fired: string[] = [];
  nowUs = 1_000_000;
  /** Number of the last question about the account. */
  questions = 0;
  readonly #under: VenueUnderTest;
  readonly #fills = new Map<string, string>();
  #timers: TimerRequest[] = [];

  constructor(under: VenueUnderTest) {
    this.#under = under;
    this.market({ t: 'Instrument', body: testInstrument() });
    this.quote({});
  }

  get venue(): Venue {
    return this.#under.venue;
  }

  market(fact: Pick<EventInput, 't' | 'body'>): void {
    const event = { sv: 1, rx: this.nowUs, ts: null, src: 'SIM', ...fact } as EventInput;
    this.take(this.venue.onMarket(event));
  }

  quote(part: { readonly ask?: number; readonly askQty?: number }): void {
    const inst = testInstrument().instrumentId;
    const body = { ask: ASK, askQty: 10, bid: BID, bidQty: 10, inst, venueSeq: null, ...part };
    // A best bid stays below the best ask.
    this.market({ t: 'Quote', body: { ...body, bid: Math.min(BID, body.ask - 1) } });
  }

  /** Takes an order in without sending it: what a crash between log and venue leaves. */
  record(part: Partial<PlaceOrder>): Approved<PlaceOrder> {
    const order = approvedOrder(part);
    this.orders.submit(order);
    return order;
  }

  submit(part: Partial<PlaceOrder>): Approved<PlaceOrder> {
    const order = this.record(part);
    this.take(this.venue.submit(order, this.nowUs));
    return order;
  }

  cancel(order: PlaceOrder): void {
    this.orders.requestCancel(order.orderId);
    this.take(this.venue.cancel(approvedCancel(order), this.nowUs));
  }

  amend(order: PlaceOrder, terms: { readonly price: number; readonly qty: number }): void {
    this.orders.requestAmend(order.orderId, terms);
    this.take(this.venue.amend(approvedAmend(order, terms), this.nowUs));
  }

  /** Asks about an order, and returns what is said from then on until all is quiet. */
  async query({ clientOrderId, inst, orderId }: PlaceOrder): Promise<readonly VenueFact[]> {
    const from = this.facts.length;
    this.take(this.venue.query({ clientOrderId, inst, orderId }, this.nowUs));
    await this.settle();
    return this.facts.slice(from);
  }

  /** Asks for everything, and returns what is said from then on until all is quiet. */
  async reconcile(): Promise<readonly VenueFact[]> {
    const from = this.facts.length;
    this.questions += 1;
    this.take(this.venue.reconcile(this.nowUs, this.questions));
    await this.settle();
    return this.facts.slice(from);
  }

  take({ events, timers }: VenueEffects): void {
    for (const { dueUs, id } of timers) {
      if (dueUs < this.nowUs) throw new Error(`a timer for ${dueUs}, before ${this.nowUs}`);
      const known = this.#timers.some((timer) => timer.id === id);
      if (known) throw new Error(`timer ${id} is asked for twice`);
      this.#timers.push({ id, dueUs });
    }
    for (const fact of events) this.#fact(fact);
  }

  async settle(): Promise<void> {
    for (const fact of (await this.#under.settle?.()) ?? []) this.#fact(fact);
    while (this.#timers.length > 0) {
      this.#timers.sort((a, b) => a.dueUs - b.dueUs);
      const [next] = this.#timers.splice(0, 1) as [TimerRequest];
      this.nowUs = Math.max(this.nowUs, next.dueUs);
      this.fired.push(next.id);
      this.take(this.venue.onTimer(next.id, this.nowUs));
    }
  }

  /** Sum of an order's fills, each counted once. */
  fillsOf(orderId: string): number {
    const seen = new Set<string>();
    let sum = 0;
    for (const fact of this.facts) {
      if (fact.t !== 'Fill' || fact.body.orderId !== orderId) continue;
      if (!seen.has(fact.body.fillId)) sum += fact.body.qty;
      seen.add(fact.body.fillId);
    }
    return sum;
  }

  /** Last report of an order. */
  last(orderId: string): OrderBody {
    const last = this.facts.findLast((fact) => fact.t === 'Order' && fact.body.orderId === orderId);
    if (last?.t !== 'Order') throw new Error(`no state of ${orderId} was reported`);
    return last.body;
  }

  #fact(fact: VenueFact): void {
    this.facts.push(fact);
    if (fact.src !== this.venue.id) throw new Error(`a fact from ${fact.src}`);
    if (fact.t === 'Order') this.orders.onOrder(fact.body);
    if (fact.t !== 'Fill') return;
    const said = JSON.stringify({ ...fact.body, cause: 0 });
    const before = this.#fills.get(fact.body.fillId) ?? said;
    if (before !== said) throw new Error(`fill ${fact.body.fillId} is told in two ways`);
    this.#fills.set(fact.body.fillId, said);
    this.orders.onFill(fact.body);
  }
}
