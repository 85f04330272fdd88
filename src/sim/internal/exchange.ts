import type { Event, EventInput, InstrumentBody } from '../../events/index.js';
import {
  type OrderQuery,
  RECONCILED_CODE,
  type TimerRequest,
  type VenueFact,
} from '../../execution/index.js';
import type { AmendOrder, PlaceOrder } from '../../risk/index.js';
import type { FeeModel } from '../fees.js';
import type { SimReason } from '../reasons.data.js';
import { Account, type AccountOptions } from './account.js';
import { Display } from './display.js';
import { type Entry, openState, type Reason, sameUnits } from './entry.js';
import { LastPrices } from './last-prices.js';
import { OrderRegister } from './order-register.js';
import { Settlements } from './settlements.js';

interface Execution {
  readonly price: number;
  readonly qty: number;
  readonly liquidity: 'maker' | 'taker';
}

/** When a request acts, and what its mantissas mean. */
export interface Arrival {
  readonly nowUs: number;
  /** The declaration the request was sent under. */
  readonly declared: InstrumentBody | null;
}

/** Parts of the exchange. */
export interface ExchangeOptions extends AccountOptions {
  readonly id: string;
  readonly fees: FeeModel;
  readonly underlyings: Readonly<Record<string, string>>;
}

const NO_FACTS: readonly VenueFact[] = Object.freeze([]);

/**
 * The matching side of the simulated venue, without messages and delays. Its time is the time of
 * the log. Facts are returned as they happen; `rx` is filled in on delivery.
 */
export class Exchange {
  readonly #id: string;
  readonly #fees: FeeModel;
  readonly #display = new Display();
  readonly #account: Account;
  readonly #prices: LastPrices;
  readonly #settlements: Settlements;
  readonly #orders: OrderRegister;
  /** Last declarations: an execution is charged by it also once it ran out. */
  readonly #instruments = new Map<string, InstrumentBody>();

  constructor(options: ExchangeOptions) {
    this.#id = options.id;
    this.#fees = options.fees;
    this.#orders = new OrderRegister(options.id);
    this.#account = new Account(options.id, options);
    this.#prices = new LastPrices(options.underlyings);
    this.#settlements = new Settlements({
      id: options.id,
      account: this.#account,
      prices: this.#prices,
      instrument: (inst) => this.instrument(inst),
    });
  }

  /** A fact of the market: may execute resting orders. */
  onMarket(event: Event | EventInput): readonly VenueFact[] {
    this.#display.onEvent(event);
    this.#prices.onEvent(event);
    switch (event.t) {
      case 'Instrument':
        return this.#declare(event.body, event.rx);
      case 'Funding':
        return this.#settlements.onFunding(event);
      case 'Trade': {
        const resting = this.#orders.resting(event.body.inst);
        if (resting === undefined) return NO_FACTS;
        return this.#tradeThrough(resting, event.body.price, event.rx);
      }
      case 'Quote':
      case 'BookDelta':
      case 'BookSnapshot': {
        const resting = this.#orders.resting(event.body.inst);
        if (resting === undefined) return NO_FACTS;
        return this.#crossed(resting, event.rx);
      }
      default:
        return NO_FACTS;
    }
  }

  /** Timers asked for since the last call. */
  wanted(): readonly TimerRequest[] {
    return this.#settlements.wanted();
  }

  /** A timer of its own is due: a funding, or the end of a contract. */
  onTimer(id: string, nowUs: number): readonly VenueFact[] {
    const inst = this.#settlements.expiring(id);
    if (inst === null) return this.#settlements.onTimer(id, nowUs);
    const ended = this.#orders.endAll(inst, 'QL_SIM_EXPIRED', nowUs);
    return [...ended, ...this.#settlements.settle(inst, nowUs)];
  }

  /** The last declaration of an instrument. */
  instrument(inst: string): InstrumentBody | null {
    return this.#instruments.get(inst) ?? null;
  }

  /** An order arrives. */
  accept(order: PlaceOrder, { declared, nowUs }: Arrival): readonly VenueFact[] {
    const entry = this.#orders.enter(order);
    const refused = this.#refusal(order, { declared, nowUs });
    if (refused !== null) return [this.#orders.state(entry, 'rejected', refused, nowUs)];
    const facts: VenueFact[] = [this.#orders.state(entry, 'acked', '', nowUs)];
    const ended = this.#early(order);
    if (ended !== null) {
      facts.push(this.#orders.state(entry, 'expired', ended, nowUs));
      return facts;
    }
    this.#takeInto(facts, entry, nowUs);
    return facts;
  }

  /** An order that never gets to the exchange. */
  refuse(order: PlaceOrder, reason: Reason, nowUs: number): readonly VenueFact[] {
    const entry = this.#orders.enter(order, '');
    return [this.#orders.state(entry, 'rejected', reason, nowUs)];
  }

  /** A cancel arrives. One that finds nothing to cancel has nothing to say: the order's end is. */
  cancel(orderId: string, nowUs: number): readonly VenueFact[] {
    const entry = this.#orders.working(orderId);
    if (entry === null) return NO_FACTS;
    this.#orders.remove(entry);
    return [this.#orders.state(entry, 'cancelled', '', nowUs)];
  }

  /** An amend arrives. One that finds an ended order has nothing to say: the order's end is. */
  amend(request: AmendOrder, arrival: Arrival): readonly VenueFact[] {
    const entry = this.#orders.working(request.orderId);
    if (entry === null) return NO_FACTS;
    const { nowUs } = arrival;
    const { price, qty } = request;
    const before = entry.order;
    const executed = before.qty - entry.leaves;
    const keepsPlace = price === before.price && qty <= before.qty;
    const refused = this.#amendRefusal(entry, request, arrival);
    if (refused !== null) return this.#orders.stays(entry, refused, nowUs);
    entry.order = { ...before, price, qty };
    entry.leaves = qty - executed;
    const facts: VenueFact[] = [this.#orders.state(entry, openState(entry), '', nowUs)];
    if (keepsPlace) return facts;
    this.#orders.remove(entry);
    this.#takeInto(facts, entry, nowUs);
    return facts;
  }

  /** An amend that got lost: the order works on under its old terms. */
  refuseAmend(orderId: string, nowUs: number): readonly VenueFact[] {
    const entry = this.#orders.working(orderId);
    return entry === null ? NO_FACTS : this.#orders.stays(entry, 'QL_SIM_LATENCY', nowUs);
  }

  /** What became of an order: its fills and its state; nothing when it never arrived. */
  query(query: OrderQuery, nowUs: number): readonly VenueFact[] {
    return this.#orders.query(query, nowUs);
  }

  /** Says that an order is not known and never will be. */
  unknown(query: OrderQuery, nowUs: number): readonly VenueFact[] {
    return this.#orders.unknown(query, nowUs);
  }

  /** Everything known of the account, at this instant. */
  reconcile(nowUs: number, question: number): readonly VenueFact[] {
    const { facts, open: orders } = this.#orders.everything(nowUs);
    facts.push(this.#account.fact(nowUs));
    const body = {
      code: RECONCILED_CODE,
      details: { orders, question },
      inst: null,
      kind: 'resync',
    } as const;
    facts.push({ t: 'Session', sv: 1, rx: 0, ts: nowUs, src: this.#id, body });
    return facts;
  }

  /** Mantissas of other exponents are other prices and quantities: nothing held goes on. */
  #declare(body: InstrumentBody, nowUs: number): readonly VenueFact[] {
    const { instrumentId: inst } = body;
    const before = this.#instruments.get(inst);
    this.#instruments.set(inst, body);
    this.#settlements.onDeclared(body, nowUs);
    if (before === undefined || sameUnits(before, body)) return NO_FACTS;
    this.#display.forget(inst);
    this.#settlements.onUnits(inst);
    return this.#orders.endAll(inst, 'QL_SIM_REDECLARED', nowUs);
  }

  /** Why nothing of an instrument can be sent now, or null. */
  #closed(inst: string, { declared, nowUs }: Arrival): SimReason | null {
    const instrument = this.#instruments.get(inst);
    if (instrument === undefined || instrument.status !== 'trading') return 'QL_SIM_NOT_TRADING';
    if (instrument.expiry !== null && nowUs >= instrument.expiry) return 'QL_SIM_EXPIRED';
    if (instrument.validTo !== null && nowUs >= instrument.validTo) return 'QL_SIM_NOT_TRADING';
    if (declared === null || !sameUnits(declared, instrument)) return 'QL_SIM_REDECLARED';
    return this.#display.touch(inst) === null ? 'QL_SIM_NO_MARKET' : null;
  }

  #refusal(order: PlaceOrder, arrival: Arrival): SimReason | null {
    const closed = this.#closed(order.inst, arrival);
    if (closed !== null) return closed;
    if (order.reduceOnly && this.#reducible(order) === 0) return 'QL_SIM_REDUCE_ONLY';
    return null;
  }

  #amendRefusal(entry: Entry, request: AmendOrder, arrival: Arrival): SimReason | null {
    const { leaves, order } = entry;
    const { price, qty } = request;
    if (qty <= order.qty - leaves) return 'QL_SIM_AMEND_FILLED';
    const closed = this.#closed(order.inst, arrival);
    if (closed !== null) return closed;
    const crosses = order.tif === 'gtx' && this.#display.wouldCross({ ...order, price });
    return crosses ? 'QL_SIM_WOULD_CROSS' : null;
  }

  /** Why an accepted order ends before it takes anything, or null. */
  #early(order: PlaceOrder): SimReason | null {
    if (order.tif === 'gtx' && this.#display.wouldCross(order)) return 'QL_SIM_WOULD_CROSS';
    if (order.tif !== 'fok') return null;
    const { qty } = order;
    const enough = this.#display.available(order, qty) >= qty && this.#reducible(order) >= qty;
    return enough ? null : 'QL_SIM_FOK';
  }

  /** Takes what an order meets now; the rest of it ends or joins the queue, last. */
  #takeInto(facts: VenueFact[], entry: Entry, nowUs: number): void {
    const { order } = entry;
    const most = Math.min(entry.leaves, this.#reducible(order));
    const taken = this.#display.take(order, most);
    for (const level of taken) {
      facts.push(this.#execute(entry, { ...level, liquidity: 'taker' }, nowUs));
    }
    const ended = this.#endAfterTaking(entry);
    if (entry.leaves === 0) facts.push(this.#orders.state(entry, 'filled', '', nowUs));
    else if (ended !== null) facts.push(this.#orders.state(entry, 'expired', ended, nowUs));
    else {
      this.#orders.rest(entry);
      if (taken.length > 0) facts.push(this.#orders.state(entry, 'partiallyFilled', '', nowUs));
    }
  }

  #endAfterTaking({ order }: Entry): SimReason | null {
    if (order.type === 'market') return 'QL_SIM_NO_LIQUIDITY';
    if (order.tif === 'ioc') return 'QL_SIM_IOC';
    return order.reduceOnly && this.#reducible(order) === 0 ? 'QL_SIM_REDUCE_ONLY' : null;
  }

  /** A print beyond a resting order's price went through it: price priority fills it in full. */
  #tradeThrough(resting: Entry[], price: number, nowUs: number): readonly VenueFact[] {
    const facts: VenueFact[] = [];
    for (const entry of [...resting]) {
      const limit = entry.order.price as number;
      const through = entry.order.side === 'buy' ? price < limit : price > limit;
      if (through) facts.push(...this.#fillResting(entry, entry.leaves, nowUs));
    }
    return facts;
  }

  /** The opposite side came to a resting order's price: it fills for what is shown there. */
  #crossed(resting: Entry[], nowUs: number): readonly VenueFact[] {
    const facts: VenueFact[] = [];
    for (const entry of [...resting]) {
      const { order } = entry;
      if (!this.#display.wouldCross(order)) continue;
      const most = Math.min(entry.leaves, this.#reducible(order));
      const taken = this.#display.take({ ...order, tif: 'gtc' }, most);
      const qty = taken.reduce((sum, level) => sum + level.qty, 0);
      if (qty > 0) facts.push(...this.#fillResting(entry, qty, nowUs));
    }
    return facts;
  }

  #fillResting(entry: Entry, qty: number, nowUs: number): readonly VenueFact[] {
    const facts: VenueFact[] = [];
    const { order } = entry;
    const most = Math.min(qty, this.#reducible(order));
    if (most > 0) {
      const price = order.price as number;
      facts.push(this.#execute(entry, { price, qty: most, liquidity: 'maker' }, nowUs));
    }
    const spent = order.reduceOnly && this.#reducible(order) === 0;
    if (entry.leaves === 0) facts.push(this.#orders.state(entry, 'filled', '', nowUs));
    else if (spent) facts.push(this.#orders.state(entry, 'expired', 'QL_SIM_REDUCE_ONLY', nowUs));
    else if (most > 0) facts.push(this.#orders.state(entry, 'partiallyFilled', '', nowUs));
    if (entry.leaves === 0 || spent) this.#orders.remove(entry);
    return facts;
  }

  /** Most that may execute: everything, or for reduce-only what the position leaves. */
  #reducible(order: PlaceOrder): number {
    if (!order.reduceOnly) return order.qty;
    return this.#account.reducible(this.#instruments.get(order.inst) as InstrumentBody, order.side);
  }

  #execute(entry: Entry, execution: Execution, nowUs: number): VenueFact {
    const { inst, orderId, side } = entry.order;
    const { liquidity, price, qty } = execution;
    const instrument = this.#instruments.get(inst) as InstrumentBody;
    entry.leaves -= qty;
    const charged = { instrument, liquidity, price, qty, side, timeUs: nowUs };
    const { fee, feeCurrency, feeExponent } = this.#fees.charge(charged);
    const body = {
      cause: 0,
      fee,
      feeCurrency,
      feeExponent,
      fillId: `${this.#id}-F${this.#orders.fillCount + 1}`,
      inst,
      liquidity,
      orderId,
      price,
      qty,
      side,
    };
    this.#settlements.beforeFill(inst, nowUs);
    this.#account.fill(body, instrument);
    const fact: VenueFact = { t: 'Fill', sv: 1, rx: 0, ts: nowUs, src: this.#id, body };
    this.#orders.addFill(entry, fact);
    return fact;
  }
}
