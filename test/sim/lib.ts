import type { EventInput, FillBody, Level, OrderBody } from 'quantlaxmi/events';
import type { TimerRequest, Venue, VenueEffects, VenueFact } from 'quantlaxmi/execution';
import type { Approved, PlaceOrder } from 'quantlaxmi/risk';
import { constantLatency, type LatencyModel, makerTakerFees, simVenue } from 'quantlaxmi/sim';
import { approvedCancel, approvedOrder, testInstrument } from 'quantlaxmi/testing';

export const inst = 'SIM:X:BTCUSDT';

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

  constructor(latency?: LatencyModel) {
    this.#instant = latency === undefined;
    const fees = makerTakerFees({ makerPpm: 200, takerPpm: 500, feeExponent: -8 });
    const none = constantLatency({ entryUs: 0, responseUs: 0 });
    this.venue = simVenue({ latency: latency ?? none, fees });
    this.market('Instrument', testInstrument());
  }

  market<T extends EventInput['t']>(t: T, body: Extract<EventInput, { t: T }>['body']): void {
    const event = { t, sv: 1, rx: this.nowUs, ts: null, src: 'SIM', body } as EventInput;
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

  /** Lets time pass. */
  settle(untilUs: number): void {
    for (;;) {
      this.#timers.sort((a, b) => a.dueUs - b.dueUs);
      const next = this.#timers[0];
      if (next === undefined || (!this.#instant && next.dueUs > untilUs)) break;
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
