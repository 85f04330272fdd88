import type { Working, WorkingOrder } from '../../risk/index.js';
import { isOpenState } from '../transitions.js';
import type { OwnOrder } from '../types.js';

/** An order of the store, replaced in place. */
export interface OrderEntry {
  order: OwnOrder;
  readonly fillIds: Set<string>;
}

/** Sums of one instrument, kept along: risk asks for them with every intent. */
interface Book {
  readonly entries: Map<string, OrderEntry>;
  buyQty: number;
  sellQty: number;
  open: number;
}

const NOTHING_WORKING: Working = Object.freeze({ buyQty: 0, sellQty: 0 });
const NO_ORDERS: readonly WorkingOrder[] = Object.freeze([]);

/** The worse of two limits for us; a market order has none. */
function worstPrice({ pending, price, side }: OwnOrder): number | null {
  if (pending === null || price === null || pending.price === null) return price;
  return side === 'buy' ? Math.max(price, pending.price) : Math.min(price, pending.price);
}

function workingOf(order: OwnOrder): WorkingOrder {
  const { clientOrderId, filled, inst, intentId, orderId } = order;
  const { reduceOnly, remaining, side, state } = order;
  return {
    clientOrderId,
    filled,
    inst,
    intentId,
    orderId,
    price: worstPrice(order),
    reduceOnly,
    remaining,
    side,
    state,
  };
}

/** Orders with something still to come, in order of submission, with sums by instrument. */
export class LiveOrders {
  unknownCount = 0;
  readonly #entries = new Map<string, OrderEntry>();
  readonly #books = new Map<string, Book>();
  #open = 0;

  add(entry: OrderEntry): void {
    const { orderId } = entry.order;
    this.#entries.set(orderId, entry);
    const book = this.#book(entry.order.inst);
    book.entries.set(orderId, entry);
    this.#count(book, entry.order, 1);
  }

  /** Sums follow the order, also one that ended before. */
  replace(entry: OrderEntry, order: OwnOrder): void {
    const book = this.#book(order.inst);
    this.#count(book, entry.order, -1);
    entry.order = order;
    this.#count(book, order, 1);
  }

  /** True when the order was live until now. */
  remove({ order }: OrderEntry): boolean {
    if (!this.#entries.delete(order.orderId)) return false;
    this.#book(order.inst).entries.delete(order.orderId);
    return true;
  }

  /** An order that was removed works again; its sums went on all the while. */
  restore(entry: OrderEntry): void {
    const { inst, orderId } = entry.order;
    this.#entries.set(orderId, entry);
    this.#book(inst).entries.set(orderId, entry);
  }

  all(): readonly OwnOrder[] {
    return [...this.#entries.values()].map((entry) => entry.order);
  }

  open(inst: string | undefined): readonly OwnOrder[] {
    const entries = inst === undefined ? this.#entries : this.#books.get(inst)?.entries;
    const found: OwnOrder[] = [];
    for (const { order } of entries?.values() ?? []) {
      if (isOpenState(order.state)) found.push(order);
    }
    return found;
  }

  working(inst: string): Working {
    const { buyQty, sellQty } = this.#books.get(inst) ?? NOTHING_WORKING;
    return { buyQty, sellQty };
  }

  workingOrders(inst: string): readonly WorkingOrder[] {
    const book = this.#books.get(inst);
    if (book === undefined || book.open === 0) return NO_ORDERS;
    const found: WorkingOrder[] = [];
    for (const { order } of book.entries.values()) {
      if (isOpenState(order.state)) found.push(workingOf(order));
    }
    return found;
  }

  workingOrder(orderId: string): WorkingOrder | null {
    const order = this.#entries.get(orderId)?.order;
    return order !== undefined && isOpenState(order.state) ? workingOf(order) : null;
  }

  openCount(inst: string | null): number {
    return inst === null ? this.#open : (this.#books.get(inst)?.open ?? 0);
  }

  #book(inst: string): Book {
    let book = this.#books.get(inst);
    if (book === undefined) {
      book = { entries: new Map(), buyQty: 0, sellQty: 0, open: 0 };
      this.#books.set(inst, book);
    }
    return book;
  }

  #count(book: Book, { remaining, side, state }: OwnOrder, sign: 1 | -1): void {
    if (side === 'buy') book.buyQty += sign * remaining;
    else book.sellQty += sign * remaining;
    if (state === 'unknown') this.unknownCount += sign;
    if (!isOpenState(state)) return;
    book.open += sign;
    this.#open += sign;
  }
}
