import type { Event, EventInput, OrderKind, Side, TimeInForce } from '../../events/index.js';
import { createPriceView, type Freshest } from '../../execution/index.js';
import { ConsumedLiquidity } from './consumed.js';

/** What of an order decides what it meets. */
export interface Meeting {
  readonly inst: string;
  readonly price: number | null;
  readonly side: Side;
  readonly tif: TimeInForce;
  readonly type: OrderKind;
}

/** Liquidity on display, less what own orders took of it. */
export class Display {
  readonly #prices = createPriceView();
  readonly #consumed = new ConsumedLiquidity();

  onEvent(event: Event | EventInput): void {
    this.#prices.onEvent(event);
    this.#consumed.onEvent(event);
  }

  touch(inst: string): Freshest | null {
    return this.#prices.touch(inst);
  }

  /** Forgets what was taken: levels in other units are other levels. */
  forget(inst: string): void {
    this.#consumed.forget(inst);
  }

  /** Whether an order would take at once. */
  wouldCross({ inst, price, side }: Meeting): boolean {
    const touch = this.#prices.touch(inst);
    if (touch === null || price === null) return true;
    return side === 'buy'
      ? touch.ask !== null && touch.ask <= price
      : touch.bid !== null && touch.bid >= price;
  }

  /** Quantity within the order's limit, counted no further than `enough`. */
  available(order: Meeting, enough: number): number {
    let found = 0;
    this.#walk(order, (_, qty) => {
      found += qty;
      return found < enough;
    });
    return found;
  }

  /** Takes liquidity for up to `most`, and remembers it as taken. */
  take(order: Meeting, most: number): readonly { price: number; qty: number }[] {
    const taken: { price: number; qty: number }[] = [];
    let left = most;
    if (order.tif === 'gtx' || left === 0) return taken;
    this.#walk(order, (price, shown) => {
      const qty = Math.min(left, shown);
      taken.push({ price, qty });
      left -= qty;
      return left > 0;
    });
    for (const level of taken) this.#consumed.take(order.inst, order.side, level);
    return taken;
  }

  /** Visits what is left within the order's limit, best first. */
  #walk(order: Meeting, visit: (price: number, qty: number) => boolean): void {
    const { inst, price: limit, side } = order;
    this.#prices.walk(inst, side, (price, shown) => {
      if (limit !== null && (side === 'buy' ? price > limit : price < limit)) return false;
      const qty = shown - this.#consumed.at(inst, side, price);
      return qty > 0 ? visit(price, qty) : true;
    });
  }
}
