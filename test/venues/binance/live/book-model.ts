import type { EventInput, EventInputOf } from 'quantlaxmi/events';
import { depthData } from './driver.js';

export type Levels = ReadonlyMap<string, string>;

interface Change {
  readonly first: number;
  readonly last: number;
  readonly prev: number;
  readonly price: string;
  readonly qty: string;
}

/** The venue's own book of one symbol: bids only, five prices, every state it ever had. */
export class VenueBook {
  readonly symbol: string;
  readonly states: { readonly id: number; readonly levels: Levels }[] = [];
  readonly #futures: boolean;

  constructor(symbol: string, futures: boolean) {
    this.symbol = symbol;
    this.#futures = futures;
    this.states.push({ id: 100, levels: new Map([['1.00', '1.000']]) });
  }

  get latest(): { readonly id: number; readonly levels: Levels } {
    return this.states.at(-1) as { id: number; levels: Levels };
  }

  /** Changes one level; the message about it. An update covers `ids` ids of the venue. */
  change(price: number, qty: number, ids: number): string {
    const { id, levels } = this.latest;
    const change: Change = {
      first: id + 1,
      last: id + ids,
      prev: id,
      price: `${price}.00`,
      qty: `${qty}.000`,
    };
    const next = new Map(levels);
    if (qty === 0) next.delete(change.price);
    else next.set(change.price, change.qty);
    this.states.push({ id: change.last, levels: next });
    const { first, last, prev } = change;
    return depthData(this.symbol, this.#futures ? [first, last, prev] : [first, last], [
      [change.price, change.qty],
    ]);
  }

  /** The REST answer of `age` changes ago. */
  snapshot(age: number): string {
    const { id, levels } = this.states[Math.max(0, this.states.length - 1 - age)] as {
      id: number;
      levels: Levels;
    };
    return JSON.stringify({ lastUpdateId: id, bids: [...levels].sort().reverse(), asks: [] });
  }
}

interface Delta {
  readonly first: number;
  readonly last: number;
  readonly prev: number | null;
  readonly levels: readonly (readonly [number, number])[];
}

function keyOf(price: number): string {
  return `${Math.round(price / 100)}.00`;
}

/** A price is a mantissa at 2 decimals, a quantity one at 3. */
function put(book: Map<string, string>, levels: Delta['levels']): void {
  for (const [price, qty] of levels) {
    if (qty === 0) book.delete(keyOf(price));
    else book.set(keyOf(price), `${qty / 1000}.000`);
  }
}

/**
 * The book that a log says, by the venue's document and nothing else: the last snapshot, and of all
 * updates since the connection was made those that follow it. Null when it has none, or a hole.
 */
export function bookOfLog(events: readonly EventInput[], inst: string): Levels | null {
  let deltas: Delta[] = [];
  let snapshot: EventInputOf<'BookSnapshot'>['body'] | null = null;
  for (const event of events) {
    if (event.t === 'BookDelta' && event.body.inst === inst) {
      const { bids, firstSeq, lastSeq, prevSeq } = event.body;
      deltas.push({ first: firstSeq, last: lastSeq, prev: prevSeq, levels: bids });
    } else if (event.t === 'BookSnapshot' && event.body.inst === inst) snapshot = event.body;
    else if (event.t === 'Session' && event.body.kind === 'disconnected') {
      deltas = [];
      snapshot = null;
    }
  }
  if (snapshot === null) return null;
  const book = new Map<string, string>();
  put(book, snapshot.bids);
  let at = snapshot.venueSeq ?? -1;
  let joined = false;
  for (const { first, last, levels, prev } of deltas) {
    if (prev === null ? last <= at : last < at || (joined && last <= at)) continue;
    const follows =
      prev === null ? first <= at + 1 : joined ? prev === at : first <= at || prev === at;
    if (!follows) return null;
    put(book, levels);
    at = last;
    joined = true;
  }
  return book;
}

/** Levels in one order, to compare books. */
export function sorted(levels: Levels | null): string | null {
  return levels === null
    ? null
    : [...levels]
        .map((level) => level.join('×'))
        .sort()
        .join(' ');
}
