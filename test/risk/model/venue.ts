/** A venue that tells the truth late, twice, in any order between orders, or not at all. */
import type { Rng } from 'quantlaxmi/core';
import type { EventInput } from 'quantlaxmi/events';
import type { AmendOrder, PlaceOrder } from 'quantlaxmi/risk';
import { fillFact, orderFact } from '../engine.js';

interface Terms {
  readonly price: number | null;
  readonly qty: number;
}

/** An order as the venue holds it; bigint quantities of its own. */
export interface Held {
  readonly order: PlaceOrder;
  terms: Terms;
  /** Asked for and not answered. */
  readonly asked: Terms[];
  executed: bigint;
  acked: boolean;
  ended: boolean;
  /** Said and not delivered, in order. */
  readonly waiting: EventInput[];
}

export class LateVenue {
  readonly held: Held[] = [];
  #fills = 0;

  submit(order: PlaceOrder): void {
    const terms = { price: order.price, qty: order.qty };
    const fresh = { acked: false, ended: false, executed: 0n, asked: [], waiting: [] };
    this.held.push({ order, terms, ...fresh });
  }

  amend({ orderId, price, qty }: AmendOrder): void {
    this.of(orderId)?.asked.push({ price, qty });
  }

  of(orderId: string): Held | undefined {
    return this.held.find(({ order }) => order.orderId === orderId);
  }

  open(): Held[] {
    return this.held.filter(({ ended }) => !ended);
  }

  /** What may still execute: the larger of the terms in force and those asked for. */
  static remaining({ asked, ended, executed, terms }: Held): bigint {
    if (ended) return 0n;
    const most = Math.max(terms.qty, ...asked.map(({ qty }) => qty));
    return BigInt(most) - executed;
  }

  /** One thing happens at the venue to one order. */
  act(held: Held, rng: Rng): void {
    const [asked] = held.asked;
    const draw = rng.below(10);
    if (!held.acked && draw < 3) {
      held.acked = true;
      this.#say(held, 'acked');
    } else if (asked !== undefined && draw < 6) {
      held.asked.shift();
      held.acked = true;
      if (BigInt(asked.qty) > held.executed && draw !== 5) {
        held.terms = asked;
        this.#say(held, this.#live(held));
      } else this.#say(held, this.#live(held), 'REFUSED');
    } else if (draw < 9) this.#execute(held, 1 + rng.below(60));
    else this.end(held, held.acked ? 'cancelled' : 'rejected');
  }

  end(held: Held, state: 'cancelled' | 'expired' | 'rejected'): void {
    const refused = state === 'rejected' && (held.acked || held.executed > 0n);
    held.ended = true;
    this.#say(held, refused ? 'cancelled' : state);
  }

  /** Tells the state of an order anew. */
  report(held: Held): void {
    if (!held.ended) this.#say(held, this.#live(held));
    else if (held.waiting.length === 0) this.#say(held, this.#last(held));
  }

  #execute(held: Held, most: number): void {
    const left = BigInt(held.terms.qty) - held.executed;
    const qty = left < BigInt(most) ? left : BigInt(most);
    held.acked = true;
    held.executed += qty;
    this.#fills += 1;
    const price = held.terms.price ?? 1_000;
    const fillId = `f${this.#fills}`;
    held.waiting.push(fillFact(held.order, { fillId, price, qty: Number(qty) }));
    held.ended = held.executed === BigInt(held.terms.qty);
    this.#say(held, held.ended ? 'filled' : 'partiallyFilled');
  }

  #live(held: Held): 'acked' | 'partiallyFilled' {
    held.acked = true;
    return held.executed > 0n ? 'partiallyFilled' : 'acked';
  }

  #last(held: Held): 'filled' | 'cancelled' | 'rejected' {
    if (held.executed === BigInt(held.terms.qty)) return 'filled';
    return held.acked ? 'cancelled' : 'rejected';
  }

  #say(held: Held, state: Parameters<typeof orderFact>[1]['state'], reason = ''): void {
    const { price, qty } = held.terms;
    const remaining = qty - Number(held.executed);
    held.waiting.push(orderFact(held.order, { state, price, qty, remaining, reason }));
  }
}
