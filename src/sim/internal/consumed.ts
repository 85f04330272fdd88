import type { Event, EventInput, Level, QuoteBody, Side } from '../../events/index.js';

/** Quantities taken by own orders from levels that have not changed since. */
interface Taken {
  readonly asks: Map<number, number>;
  readonly bids: Map<number, number>;
  quote: QuoteBody | null;
}

/**
 * What own orders already took from the display. History is not changed by our fills, so without
 * this the same shares could be bought again and again until the venue reports the level anew.
 */
export class ConsumedLiquidity {
  readonly #byInst = new Map<string, Taken>();

  /** Quantity taken from the level an order of `side` meets at `price`. */
  at(inst: string, side: Side, price: number): number {
    const taken = this.#byInst.get(inst);
    if (taken === undefined) return 0;
    return (side === 'buy' ? taken.asks : taken.bids).get(price) ?? 0;
  }

  take(inst: string, side: Side, level: { readonly price: number; readonly qty: number }): void {
    const taken = this.#of(inst);
    const levels = side === 'buy' ? taken.asks : taken.bids;
    levels.set(level.price, (levels.get(level.price) ?? 0) + level.qty);
  }

  /** Forgets what was taken from levels the venue reports anew. */
  onEvent(event: Event | EventInput): void {
    switch (event.t) {
      case 'BookSnapshot':
        this.#clear(event.body.inst);
        return;
      case 'BookDelta':
        this.#renew(event.body.inst, event.body.asks, event.body.bids);
        return;
      case 'Quote':
        this.#quote(event.body);
        return;
      default:
    }
  }

  /** Forgets everything of an instrument. */
  forget(inst: string): void {
    this.#byInst.delete(inst);
  }

  #of(inst: string): Taken {
    const known = this.#byInst.get(inst);
    if (known !== undefined) return known;
    const taken: Taken = { asks: new Map(), bids: new Map(), quote: null };
    this.#byInst.set(inst, taken);
    return taken;
  }

  #clear(inst: string): void {
    const taken = this.#byInst.get(inst);
    taken?.asks.clear();
    taken?.bids.clear();
  }

  #renew(inst: string, asks: readonly Level[], bids: readonly Level[]): void {
    const taken = this.#byInst.get(inst);
    if (taken === undefined) return;
    if (taken.asks.size > 0) for (const [price] of asks) taken.asks.delete(price);
    if (taken.bids.size > 0) for (const [price] of bids) taken.bids.delete(price);
  }

  #quote(body: QuoteBody): void {
    const taken = this.#of(body.inst);
    const last = taken.quote;
    taken.quote = body;
    // A quote repeats the side that did not change; only a changed side is news about its level.
    if (body.ask !== null && (last?.ask !== body.ask || last.askQty !== body.askQty)) {
      taken.asks.delete(body.ask);
    }
    if (body.bid !== null && (last?.bid !== body.bid || last.bidQty !== body.bidQty)) {
      taken.bids.delete(body.bid);
    }
  }
}
