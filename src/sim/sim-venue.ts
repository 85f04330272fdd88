/**
 * The simulated venue: matching behind message delays that run through the log's timers.
 * @module
 */
import type { Event, EventInput, InstrumentBody } from '../events/index.js';
import { NO_EFFECTS, type Venue, type VenueEffects, type VenueFact } from '../execution/index.js';
import {
  type AmendOrder,
  type Approved,
  assertApproved,
  type CancelOrder,
  type PlaceOrder,
} from '../risk/index.js';
import type { FeeModel } from './fees.js';
import { Exchange, orderReport } from './internal/exchange.js';
import type { LatencyModel } from './latency.js';

/** Parts of a simulated venue. */
export interface SimVenueOptions {
  /** Stands in `src` of its facts; `SIM` by default. */
  readonly id?: string;
  readonly latency: LatencyModel;
  readonly fees: FeeModel;
}

type Request = Approved<PlaceOrder> | Approved<CancelOrder>;

interface Sent {
  readonly request: Request;
  /** The declaration its mantissas are of. */
  readonly instrument: InstrumentBody | null;
}

class SimulatedVenue implements Venue {
  readonly id: string;
  readonly #latency: LatencyModel;
  readonly #exchange: Exchange;
  /** Requests on their way to the exchange, by timer id. */
  readonly #requests = new Map<string, Sent>();
  /** Facts on their way back, by timer id. */
  readonly #responses = new Map<string, readonly VenueFact[]>();
  readonly #seen = new Set<string>();
  #sent = 0;
  #answered = 0;
  #lastArrivalUs = -1;
  #lastAnswerUs = 0;

  constructor(options: SimVenueOptions) {
    this.id = options.id ?? 'SIM';
    this.#latency = options.latency;
    this.#exchange = new Exchange(this.id, options.fees);
  }

  submit(order: Approved<PlaceOrder>, nowUs: number): VenueEffects {
    assertApproved(order);
    // A client order id is executed once: the sender may repeat itself after a crash.
    if (this.#seen.has(order.clientOrderId)) return NO_EFFECTS;
    this.#seen.add(order.clientOrderId);
    return this.#send(order, nowUs);
  }

  cancel(order: Approved<CancelOrder>, nowUs: number): VenueEffects {
    assertApproved(order);
    return this.#send(order, nowUs);
  }

  amend(order: Approved<AmendOrder>): VenueEffects {
    assertApproved(order);
    return NO_EFFECTS;
  }

  query(): VenueEffects {
    return NO_EFFECTS;
  }

  reconcile(): VenueEffects {
    return NO_EFFECTS;
  }

  onMarket(event: Event | EventInput): VenueEffects {
    return this.#answer(this.#exchange.onMarket(event), event.rx);
  }

  onTimer(id: string, nowUs: number): VenueEffects {
    const sent = this.#requests.get(id);
    if (sent !== undefined) {
      this.#requests.delete(id);
      const { instrument, request } = sent;
      const facts =
        request.action === 'place'
          ? this.#exchange.accept(request, nowUs, instrument)
          : this.#exchange.cancel(request.orderId, request.inst, nowUs);
      return this.#answer(facts, nowUs);
    }
    const facts = this.#responses.get(id);
    if (facts === undefined) return NO_EFFECTS;
    this.#responses.delete(id);
    return { events: facts.map((fact) => ({ ...fact, rx: nowUs })), timers: [] };
  }

  #send(request: Request, nowUs: number): VenueEffects {
    this.#sent += 1;
    const entryUs = this.#latency.entryUs(this.#sent, nowUs);
    if (entryUs < 0) return this.#refuse(request, nowUs - entryUs);
    // One connection: a message does not overtake the one before.
    const dueUs = Math.max(nowUs + entryUs, this.#lastArrivalUs + 1);
    this.#lastArrivalUs = dueUs;
    const id = `${this.id}/request/${this.#sent}`;
    this.#requests.set(id, { request, instrument: this.#exchange.instrument(request.inst) });
    return { events: [], timers: [{ id, dueUs }] };
  }

  #refuse(request: Request, dueUs: number): VenueEffects {
    // A cancel that got lost changes nothing: the order works on.
    if (request.action === 'cancel') return NO_EFFECTS;
    const report = { state: 'rejected', reason: 'QL_SIM_LATENCY', venueOrderId: '' } as const;
    const body = orderReport(request, { ...report, remaining: request.qty });
    return this.#deliver([{ t: 'Order', sv: 1, rx: 0, ts: null, src: this.id, body }], dueUs);
  }

  #answer(facts: readonly VenueFact[], nowUs: number): VenueEffects {
    if (facts.length === 0) return NO_EFFECTS;
    return this.#deliver(facts, nowUs + this.#latency.responseUs(this.#answered + 1, nowUs));
  }

  #deliver(facts: readonly VenueFact[], dueUs: number): VenueEffects {
    this.#answered += 1;
    const id = `${this.id}/response/${this.#answered}`;
    this.#responses.set(id, facts);
    this.#lastAnswerUs = Math.max(dueUs, this.#lastAnswerUs);
    return { events: [], timers: [{ id, dueUs: this.#lastAnswerUs }] };
  }
}

/**
 * Makes a simulated venue for one run. An order acts at `now + entry`, its outcome is known at
 * `+ response`; both moments are Timer records of the run log.
 *
 * - A taker walks the book, best level first, within its limit; what own orders took stays taken
 *   until the level is reported anew. With quotes only, the quote is the whole display.
 * - A limit remainder rests at its price (`gtc`); `ioc` and market remainders expire; `fok`
 *   executes in full or not at all; `gtx` expires if it would take.
 * - A resting order fills in full when a trade prints through its price, and for the quantity on
 *   display when the opposite side reaches it. A trade at its very price fills nothing: the queue
 *   ahead is not known.
 *
 * - An instrument declared with other exponents ends what rests and refuses what is under way:
 *   their mantissas would be other prices and quantities.
 *
 * @param options - latency and fees; a venue is used by one run
 * @throws QL_ORDER_NOT_APPROVED from `submit` and `cancel`
 * @example
 * ```ts
 * import { constantLatency, makerTakerFees, simVenue } from 'quantlaxmi/sim';
 *
 * const venue = simVenue({
 *   latency: constantLatency({ entryUs: 2_000, responseUs: 1_000 }),
 *   fees: makerTakerFees({ makerPpm: 200, takerPpm: 500, feeExponent: -8 }),
 * });
 * venue.id;
 * // => 'SIM'
 * ```
 */
export function simVenue(options: SimVenueOptions): Venue {
  return new SimulatedVenue(options);
}
