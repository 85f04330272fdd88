import type {
  Event,
  EventInput,
  InstrumentBody,
  OrderBody,
  OrderState,
} from '../../events/index.js';
import { createPriceView, type VenueFact } from '../../execution/index.js';
import type { PlaceOrder } from '../../risk/index.js';
import type { FeeModel } from '../fees.js';
import type { SimReason } from '../reasons.data.js';
import { ConsumedLiquidity } from './consumed.js';
import { NetPositions } from './net-positions.js';

/** An order at the exchange. */
interface Resting {
  readonly order: PlaceOrder;
  readonly venueOrderId: string;
  leaves: number;
}

interface Execution {
  readonly price: number;
  readonly qty: number;
  readonly liquidity: 'maker' | 'taker';
}

function sameUnits(a: InstrumentBody, b: InstrumentBody): boolean {
  return a.priceExponent === b.priceExponent && a.qtyExponent === b.qtyExponent;
}

const NO_FACTS: readonly VenueFact[] = Object.freeze([]);

/**
 * The matching side of the simulated venue, without messages and delays. Its time is the time of
 * the log. Facts are returned as they happen; `rx` is filled in on delivery.
 */
export class Exchange {
  readonly #id: string;
  readonly #fees: FeeModel;
  readonly #prices = createPriceView();
  readonly #consumed = new ConsumedLiquidity();
  /** Resting orders by instrument, in the order of acceptance. */
  readonly #resting = new Map<string, Resting[]>();
  /** Net of own executions by instrument, for reduce-only. */
  readonly #positions = new NetPositions();
  /** Last declarations: an execution is charged by it also once it ran out. */
  readonly #instruments = new Map<string, InstrumentBody>();
  #orders = 0;
  #fills = 0;

  constructor(id: string, fees: FeeModel) {
    this.#id = id;
    this.#fees = fees;
  }

  /** A fact of the market: may execute resting orders. */
  onMarket(event: Event | EventInput): readonly VenueFact[] {
    this.#prices.onEvent(event);
    this.#consumed.onEvent(event);
    switch (event.t) {
      case 'Instrument':
        return this.#declare(event.body, event.rx);
      case 'Trade': {
        const resting = this.#resting.get(event.body.inst);
        if (resting === undefined || resting.length === 0) return NO_FACTS;
        return this.#tradeThrough(resting, event.body.price, event.rx);
      }
      case 'Quote':
      case 'BookDelta':
      case 'BookSnapshot': {
        const resting = this.#resting.get(event.body.inst);
        if (resting === undefined || resting.length === 0) return NO_FACTS;
        return this.#crossed(resting, event.rx);
      }
      default:
        return NO_FACTS;
    }
  }

  /** The last declaration of an instrument. */
  instrument(inst: string): InstrumentBody | null {
    return this.#instruments.get(inst) ?? null;
  }

  /** An order arrives that was sent under `declared`. */
  accept(order: PlaceOrder, nowUs: number, declared: InstrumentBody | null): readonly VenueFact[] {
    this.#orders += 1;
    const entry: Resting = {
      order,
      venueOrderId: `${this.#id}-${this.#orders}`,
      leaves: order.qty,
    };
    const refused = this.#refusal(order, nowUs, declared);
    if (refused !== null) return [this.#state(entry, 'rejected', refused, nowUs)];
    const facts: VenueFact[] = [this.#state(entry, 'acked', '', nowUs)];
    const ended = this.#early(order);
    if (ended !== null) {
      facts.push(this.#state(entry, 'expired', ended, nowUs));
      return facts;
    }
    for (const taken of this.#take(order, this.#reducible(order))) {
      facts.push(this.#execute(entry, { ...taken, liquidity: 'taker' }, nowUs));
    }
    facts.push(...this.#afterTaking(entry, nowUs));
    return facts;
  }

  /** A cancel arrives. One that finds nothing to cancel has nothing to say: the order's end is. */
  cancel(orderId: string, inst: string, nowUs: number): readonly VenueFact[] {
    const resting = this.#resting.get(inst);
    const at = resting?.findIndex((entry) => entry.order.orderId === orderId) ?? -1;
    if (resting === undefined || at < 0) return NO_FACTS;
    const [entry] = resting.splice(at, 1) as [Resting];
    return [this.#state(entry, 'cancelled', '', nowUs)];
  }

  /** Mantissas of other exponents are other prices and quantities: nothing held goes on. */
  #declare(body: InstrumentBody, nowUs: number): readonly VenueFact[] {
    const { instrumentId: inst } = body;
    const before = this.#instruments.get(inst);
    this.#instruments.set(inst, body);
    if (before === undefined || sameUnits(before, body)) return NO_FACTS;
    this.#consumed.forget(inst);
    const resting = this.#resting.get(inst) ?? [];
    this.#resting.delete(inst);
    return resting.map((entry) => this.#state(entry, 'expired', 'QL_SIM_REDECLARED', nowUs));
  }

  #refusal(order: PlaceOrder, nowUs: number, declared: InstrumentBody | null): SimReason | null {
    const instrument = this.#instruments.get(order.inst);
    if (instrument === undefined || instrument.status !== 'trading') return 'QL_SIM_NOT_TRADING';
    if (instrument.validTo !== null && nowUs >= instrument.validTo) return 'QL_SIM_NOT_TRADING';
    if (declared === null || !sameUnits(declared, instrument)) return 'QL_SIM_REDECLARED';
    if (this.#prices.touch(order.inst) === null) return 'QL_SIM_NO_MARKET';
    if (order.reduceOnly && this.#reducible(order) === 0) return 'QL_SIM_REDUCE_ONLY';
    return null;
  }

  /** Why an accepted order ends before it takes anything, or null. */
  #early(order: PlaceOrder): SimReason | null {
    if (order.tif === 'gtx' && this.#wouldCross(order)) return 'QL_SIM_WOULD_CROSS';
    if (order.tif !== 'fok') return null;
    let found = 0;
    this.#available(order, (_, qty) => {
      found += qty;
      return found < order.qty;
    });
    const enough = found >= order.qty && this.#reducible(order) >= order.qty;
    return enough ? null : 'QL_SIM_FOK';
  }

  #wouldCross(order: PlaceOrder): boolean {
    const touch = this.#prices.touch(order.inst);
    const { price, side } = order;
    if (touch === null || price === null) return true;
    return side === 'buy'
      ? touch.ask !== null && touch.ask <= price
      : touch.bid !== null && touch.bid >= price;
  }

  /** Visits what is left on display within the order's limit, best first. */
  #available(order: PlaceOrder, visit: (price: number, qty: number) => boolean): void {
    const { inst, price: limit, side } = order;
    this.#prices.walk(inst, side, (price, shown) => {
      if (limit !== null && (side === 'buy' ? price > limit : price < limit)) return false;
      const qty = shown - this.#consumed.at(inst, side, price);
      return qty > 0 ? visit(price, qty) : true;
    });
  }

  /** Takes liquidity for up to `most`, and remembers it as taken. */
  #take(order: PlaceOrder, most: number): readonly { price: number; qty: number }[] {
    const taken: { price: number; qty: number }[] = [];
    let left = Math.min(order.qty, most);
    if (order.tif === 'gtx' || left === 0) return taken;
    this.#available(order, (price, shown) => {
      const qty = Math.min(left, shown);
      taken.push({ price, qty });
      left -= qty;
      return left > 0;
    });
    for (const level of taken) this.#consumed.take(order.inst, order.side, level);
    return taken;
  }

  /** Where an order stands once it took what it could. */
  #afterTaking(entry: Resting, nowUs: number): readonly VenueFact[] {
    const { order, leaves } = entry;
    if (leaves === 0) return [this.#state(entry, 'filled', '', nowUs)];
    if (order.type === 'market') {
      return [this.#state(entry, 'expired', 'QL_SIM_NO_LIQUIDITY', nowUs)];
    }
    if (order.tif === 'ioc') return [this.#state(entry, 'expired', 'QL_SIM_IOC', nowUs)];
    if (order.reduceOnly && this.#reducible(order) === 0) {
      return [this.#state(entry, 'expired', 'QL_SIM_REDUCE_ONLY', nowUs)];
    }
    const resting = this.#resting.get(order.inst);
    if (resting === undefined) this.#resting.set(order.inst, [entry]);
    else resting.push(entry);
    return leaves < order.qty ? [this.#state(entry, 'partiallyFilled', '', nowUs)] : [];
  }

  /** A print beyond a resting order's price went through it: price priority fills it in full. */
  #tradeThrough(resting: Resting[], price: number, nowUs: number): readonly VenueFact[] {
    const facts: VenueFact[] = [];
    for (const entry of [...resting]) {
      const limit = entry.order.price as number;
      const through = entry.order.side === 'buy' ? price < limit : price > limit;
      if (through) facts.push(...this.#fillResting(entry, entry.leaves, nowUs));
    }
    return facts;
  }

  /** The opposite side came to a resting order's price: it fills for what is shown there. */
  #crossed(resting: Resting[], nowUs: number): readonly VenueFact[] {
    const facts: VenueFact[] = [];
    for (const entry of [...resting]) {
      const { order } = entry;
      if (!this.#wouldCross(order)) continue;
      const most = Math.min(entry.leaves, this.#reducible(order));
      const taken = this.#take({ ...order, qty: most, tif: 'gtc' }, most);
      const qty = taken.reduce((sum, level) => sum + level.qty, 0);
      if (qty > 0) facts.push(...this.#fillResting(entry, qty, nowUs));
    }
    return facts;
  }

  #fillResting(entry: Resting, qty: number, nowUs: number): readonly VenueFact[] {
    const facts: VenueFact[] = [];
    const { order } = entry;
    const most = Math.min(qty, this.#reducible(order));
    if (most > 0) {
      const price = order.price as number;
      facts.push(this.#execute(entry, { price, qty: most, liquidity: 'maker' }, nowUs));
    }
    const spent = order.reduceOnly && this.#reducible(order) === 0;
    if (entry.leaves === 0) facts.push(this.#state(entry, 'filled', '', nowUs));
    else if (spent) facts.push(this.#state(entry, 'expired', 'QL_SIM_REDUCE_ONLY', nowUs));
    else if (most > 0) facts.push(this.#state(entry, 'partiallyFilled', '', nowUs));
    if (entry.leaves === 0 || spent) this.#remove(entry);
    return facts;
  }

  #remove(entry: Resting): void {
    const resting = this.#resting.get(entry.order.inst);
    const at = resting?.indexOf(entry) ?? -1;
    if (at >= 0) resting?.splice(at, 1);
  }

  /** Most that may execute: everything, or for reduce-only what the position leaves. */
  #reducible(order: PlaceOrder): number {
    if (!order.reduceOnly) return order.qty;
    const { qtyExponent } = this.#instruments.get(order.inst) as InstrumentBody;
    return this.#positions.reducible(order.inst, order.side, qtyExponent);
  }

  #execute(entry: Resting, execution: Execution, nowUs: number): VenueFact {
    const { inst, orderId, side } = entry.order;
    const { liquidity, price, qty } = execution;
    const instrument = this.#instruments.get(inst) as InstrumentBody;
    entry.leaves -= qty;
    this.#positions.add(inst, side === 'buy' ? qty : -qty, instrument.qtyExponent);
    this.#fills += 1;
    const charged = { instrument, liquidity, price, qty, side, timeUs: nowUs };
    const { fee, feeCurrency, feeExponent } = this.#fees.charge(charged);
    const body = {
      cause: 0,
      fee,
      feeCurrency,
      feeExponent,
      fillId: `${this.#id}-F${this.#fills}`,
      inst,
      liquidity,
      orderId,
      price,
      qty,
      side,
    };
    return { t: 'Fill', sv: 1, rx: 0, ts: nowUs, src: this.#id, body };
  }

  #state(entry: Resting, state: OrderState, reason: SimReason | '', nowUs: number): VenueFact {
    const body = orderReport(entry.order, {
      state,
      reason,
      remaining: entry.leaves,
      venueOrderId: entry.venueOrderId,
    });
    return { t: 'Order', sv: 1, rx: 0, ts: nowUs, src: this.#id, body };
  }
}

/** The report of an order's state. */
export function orderReport(
  order: PlaceOrder,
  report: Pick<OrderBody, 'state' | 'reason' | 'remaining' | 'venueOrderId'>,
): OrderBody {
  const { clientOrderId, inst, orderId, price, qty, riskDecisionId, side, tif, type } = order;
  return {
    cause: 0,
    clientOrderId,
    inst,
    orderId,
    price,
    qty,
    reason: report.reason,
    remaining: report.remaining,
    riskDecisionId,
    side,
    state: report.state,
    tif,
    type,
    venueOrderId: report.venueOrderId,
  };
}
