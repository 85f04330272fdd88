/**
 * The simulated venue: matching behind message delays that run through the log's timers.
 * @module
 */
import type { Event, EventInput, InstrumentBody } from '../events/index.js';
import {
  NO_EFFECTS,
  NO_SUCH_ORDER,
  type OrderQuery,
  type Venue,
  type VenueEffects,
  type VenueFact,
} from '../execution/index.js';
import type { LotMethod } from '../portfolio/index.js';
import {
  type AmendOrder,
  type Approved,
  assertApproved,
  type CancelOrder,
  type PlaceOrder,
} from '../risk/index.js';
import type { FeeModel } from './fees.js';
import { Exchange } from './internal/exchange.js';
import type { LatencyModel } from './latency.js';

/** Parts of a simulated venue. */
export interface SimVenueOptions {
  /** Stands in `src` of its facts; `SIM` by default. */
  readonly id?: string;
  readonly latency: LatencyModel;
  readonly fees: FeeModel;
  /** Stands in `account` of its Account facts; the venue's id by default. */
  readonly account?: string;
  /** Cash at the start: currency → decimal text; none by default. */
  readonly cash?: Readonly<Record<string, string>>;
  /** How positions are valued that a settlement closes; the same as the run's portfolio. */
  readonly lots?: LotMethod;
  /**
   * `base` of a contract → instrument id whose last price it settles at. Options need it; futures
   * without one settle at their own mark, index or last trade.
   */
  readonly underlyings?: Readonly<Record<string, string>>;
}

/** A message on its way to the exchange. */
type Message =
  | { readonly kind: 'place'; readonly order: PlaceOrder; readonly declared: Declared }
  | { readonly kind: 'late'; readonly order: PlaceOrder }
  | { readonly kind: 'cancel'; readonly order: CancelOrder }
  | { readonly kind: 'amend'; readonly order: AmendOrder; readonly declared: Declared }
  | { readonly kind: 'lostAmend'; readonly order: AmendOrder }
  | { readonly kind: 'query'; readonly query: OrderQuery }
  | { readonly kind: 'reconcile'; readonly question: number };

/** The declaration its mantissas are of. */
type Declared = InstrumentBody | null;

class SimulatedVenue implements Venue {
  readonly id: string;
  readonly #latency: LatencyModel;
  readonly #exchange: Exchange;
  /** Messages on their way to the exchange, by timer id. */
  readonly #messages = new Map<string, Message>();
  /** Facts on their way back, by timer id. */
  readonly #responses = new Map<string, readonly VenueFact[]>();
  /** Client order ids that were sent or asked for; none of them executes again. */
  readonly #seen = new Set<string>();
  /** Those that were asked for before they were sent: never executed. */
  readonly #reserved = new Set<string>();
  #sent = 0;
  #answered = 0;
  #lastArrivalUs = -1;
  #lastAnswerUs = 0;

  constructor(options: SimVenueOptions) {
    this.id = options.id ?? 'SIM';
    this.#latency = options.latency;
    this.#exchange = new Exchange({
      id: this.id,
      fees: options.fees,
      account: options.account ?? this.id,
      cash: options.cash ?? {},
      lots: options.lots ?? 'average',
      underlyings: options.underlyings ?? {},
    });
  }

  submit(order: Approved<PlaceOrder>, nowUs: number): VenueEffects {
    assertApproved(order);
    const { clientOrderId } = order;
    if (this.#reserved.delete(clientOrderId)) return this.#send({ kind: 'late', order }, nowUs);
    // A client order id is executed once: the sender may repeat itself after a crash.
    if (this.#seen.has(clientOrderId)) return NO_EFFECTS;
    this.#seen.add(clientOrderId);
    const declared = this.#exchange.instrument(order.inst);
    return this.#send({ kind: 'place', order, declared }, nowUs);
  }

  cancel(order: Approved<CancelOrder>, nowUs: number): VenueEffects {
    assertApproved(order);
    return this.#send({ kind: 'cancel', order }, nowUs);
  }

  amend(order: Approved<AmendOrder>, nowUs: number): VenueEffects {
    assertApproved(order);
    const declared = this.#exchange.instrument(order.inst);
    return this.#send({ kind: 'amend', order, declared }, nowUs);
  }

  query(query: OrderQuery, nowUs: number): VenueEffects {
    return this.#send({ kind: 'query', query }, nowUs);
  }

  reconcile(nowUs: number, question: number): VenueEffects {
    return this.#send({ kind: 'reconcile', question }, nowUs);
  }

  onMarket(event: Event | EventInput): VenueEffects {
    const effects = this.#answer(this.#exchange.onMarket(event), event.rx);
    const wanted = this.#exchange.wanted();
    if (wanted.length === 0) return effects;
    return { events: effects.events, timers: [...effects.timers, ...wanted] };
  }

  onTimer(id: string, nowUs: number): VenueEffects {
    const message = this.#messages.get(id);
    if (message !== undefined) {
      this.#messages.delete(id);
      // That it got lost is known once its time is over; no answer travels.
      if (message.kind === 'lostAmend') {
        return this.#deliver(this.#exchange.refuseAmend(message.order.orderId, nowUs), nowUs);
      }
      return this.#answer(this.#arrive(message, nowUs), nowUs);
    }
    const facts = this.#responses.get(id);
    if (facts === undefined) return this.#answer(this.#exchange.onTimer(id, nowUs), nowUs);
    this.#responses.delete(id);
    return { events: facts.map((fact) => ({ ...fact, rx: nowUs })), timers: [] };
  }

  #arrive(message: Exclude<Message, { kind: 'lostAmend' }>, nowUs: number): readonly VenueFact[] {
    switch (message.kind) {
      case 'place':
        return this.#exchange.accept(message.order, { declared: message.declared, nowUs });
      case 'late':
        return this.#exchange.refuse(message.order, NO_SUCH_ORDER, nowUs);
      case 'cancel':
        return this.#exchange.cancel(message.order.orderId, nowUs);
      case 'amend':
        return this.#exchange.amend(message.order, { declared: message.declared, nowUs });
      case 'query':
        return this.#asked(message.query, nowUs);
      default:
        return this.#exchange.reconcile(nowUs, message.question);
    }
  }

  #asked(query: OrderQuery, nowUs: number): readonly VenueFact[] {
    const { clientOrderId } = query;
    const reserved = this.#reserved.has(clientOrderId);
    // What was sent and is not at the exchange is under way: it may still be executed.
    if (this.#seen.has(clientOrderId) && !reserved) return this.#exchange.query(query, nowUs);
    this.#seen.add(clientOrderId);
    this.#reserved.add(clientOrderId);
    return this.#exchange.unknown(query, nowUs);
  }

  #send(message: Message, nowUs: number): VenueEffects {
    this.#sent += 1;
    const entryUs = this.#latency.entryUs(this.#sent, nowUs);
    const id = `${this.id}/request/${this.#sent}`;
    if (entryUs < 0) return this.#lost(message, id, nowUs - entryUs);
    // One connection: a message does not overtake the one before.
    const dueUs = Math.max(nowUs + entryUs, this.#lastArrivalUs + 1);
    this.#lastArrivalUs = dueUs;
    this.#messages.set(id, message);
    return { events: [], timers: [{ id, dueUs }] };
  }

  /** A message the latency model refused. What was only asked is asked again by the sender. */
  #lost(message: Message, id: string, dueUs: number): VenueEffects {
    if (message.kind === 'place' || message.kind === 'late') {
      return this.#deliver(this.#exchange.refuse(message.order, 'QL_SIM_LATENCY', dueUs), dueUs);
    }
    // A cancel that got lost changes nothing: the order works on.
    if (message.kind !== 'amend') return NO_EFFECTS;
    this.#messages.set(id, { kind: 'lostAmend', order: message.order });
    return { events: [], timers: [{ id, dueUs }] };
  }

  #answer(facts: readonly VenueFact[], nowUs: number): VenueEffects {
    if (facts.length === 0) return NO_EFFECTS;
    return this.#deliver(facts, nowUs + this.#latency.responseUs(this.#answered + 1, nowUs));
  }

  #deliver(facts: readonly VenueFact[], dueUs: number): VenueEffects {
    if (facts.length === 0) return NO_EFFECTS;
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
 * - An amend keeps its place in the queue when only the quantity falls; else it takes what it meets
 *   and joins the queue last. One that is refused leaves the old terms.
 * - Funding is paid at its instant for the position held before it; a contract that expires is
 *   settled, and its orders end. Amounts are rounded to 10^-8, against us.
 * - Memory grows with the orders and fills of the run: they may be asked for.
 *
 * - An instrument declared with other exponents ends what rests and refuses what is under way:
 *   their mantissas would be other prices and quantities.
 *
 * @param options - latency and fees; a venue is used by one run
 * @throws QL_ORDER_NOT_APPROVED from `submit`, `cancel` and `amend`
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
