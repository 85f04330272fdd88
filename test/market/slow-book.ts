import type { BookDeltaBody, BookSnapshotBody, Level } from 'quantlaxmi/events';

/** The obvious book: two maps, sorted whenever somebody looks. */
export class SlowBook {
  #bids = new Map<number, number>();
  #asks = new Map<number, number>();

  snapshot(body: BookSnapshotBody): void {
    this.#bids = new Map();
    this.#asks = new Map();
    this.delta(body);
  }

  delta(body: Pick<BookDeltaBody, 'asks' | 'bids'>): void {
    for (const [side, changes] of [
      [this.#bids, body.bids],
      [this.#asks, body.asks],
    ] as const) {
      for (const [price, qty] of changes) {
        if (qty === 0) side.delete(price);
        else side.set(price, qty);
      }
    }
  }

  bids(): Level[] {
    return [...this.#bids].sort((a, b) => b[0] - a[0]);
  }

  asks(): Level[] {
    return [...this.#asks].sort((a, b) => a[0] - b[0]);
  }
}
