import type { OrderBody, OrderState } from 'quantlaxmi/events';
import { NO_EFFECTS, NO_SUCH_ORDER, RECONCILED_CODE } from 'quantlaxmi/execution';
import type { OrderQuery, Venue, VenueEffects, VenueFact } from 'quantlaxmi/execution';
import { formatMantissa } from 'quantlaxmi/fixed-point';
import type { PlaceOrder } from 'quantlaxmi/risk';
import { testInstrument } from 'quantlaxmi/testing';
import { inst } from '../lib.js';

/** An order as it stands at the exchange. Plain data: it travels over sockets as well. */
export interface Standing {
  readonly order: PlaceOrder;
  filled: number;
}

/**
 * An exchange that outlives the processes that trade on it. It executes half of an order when it
 * arrives and the rest with its next breath, and executes a client order id once.
 */
export class Exchange {
  readonly standing = new Map<string, Standing>();
  readonly fills: { readonly clientOrderId: string; readonly id: string; readonly qty: number }[] =
    [];
  /** Client order ids that were asked for before they arrived: they never execute. */
  readonly #barred = new Set<string>();
  /** Orders that arrived a second time. */
  repeats = 0;

  accept(order: PlaceOrder): void {
    const { clientOrderId } = order;
    if (this.standing.has(clientOrderId) || this.#barred.has(clientOrderId)) {
      this.repeats += 1;
      return;
    }
    this.standing.set(clientOrderId, { order, filled: 0 });
    this.#execute(clientOrderId, Math.ceil(order.qty / 2));
  }

  /** What rests executes in full. */
  breathe(): void {
    for (const [id, { filled, order }] of this.standing) {
      if (filled < order.qty) this.#execute(id, order.qty - filled);
    }
  }

  /** The order, or null; one that is not known is barred from now on. */
  ask(clientOrderId: string): Standing | null {
    const found = this.standing.get(clientOrderId) ?? null;
    if (found === null) this.#barred.add(clientOrderId);
    return found;
  }

  position(): number {
    let sum = 0;
    for (const { filled, order } of this.standing.values()) {
      sum += order.side === 'buy' ? filled : -filled;
    }
    return sum;
  }

  #execute(clientOrderId: string, qty: number): void {
    (this.standing.get(clientOrderId) as Standing).filled += qty;
    this.fills.push({ clientOrderId, id: `f-${this.fills.length + 1}`, qty });
  }
}

const ENVELOPE = { sv: 1, rx: 0, ts: null, src: 'OUTSIDE' } as const;

function orderFact(order: PlaceOrder, state: OrderState, filled: number): VenueFact {
  const { clientOrderId, orderId, price, qty, riskDecisionId, side, tif, type } = order;
  const ids = { cause: 0, clientOrderId, inst, orderId, riskDecisionId };
  const venueOrderId = `v-${clientOrderId}`;
  const terms = { price, qty, remaining: qty - filled, side, tif, type };
  const body: OrderBody = { ...ids, ...terms, reason: '', state, venueOrderId };
  return { ...ENVELOPE, t: 'Order', body };
}

/** Says that an order is not known, and so none of its terms. */
function denial({ clientOrderId, orderId }: OrderQuery): VenueFact {
  const ids = { cause: 0, clientOrderId, inst, orderId, riskDecisionId: '', venueOrderId: '' };
  const terms = {
    price: null,
    qty: 0,
    remaining: 0,
    side: 'buy',
    tif: 'gtc',
    type: 'limit',
  } as const;
  const body: OrderBody = { ...ids, ...terms, reason: NO_SUCH_ORDER, state: 'rejected' };
  return { ...ENVELOPE, t: 'Order', body };
}

/** Fills of an order from a place in the exchange's list, and its state. */
export function factsOf(exchange: Exchange, { filled, order }: Standing, from = 0): VenueFact[] {
  const facts: VenueFact[] = [];
  for (const fill of exchange.fills.slice(from)) {
    if (fill.clientOrderId !== order.clientOrderId) continue;
    const fee = { fee: 0, feeCurrency: 'USDT', feeExponent: -8 };
    const { orderId, price, side } = order;
    const what = { fillId: fill.id, inst, orderId, price: price ?? 1, qty: fill.qty, side };
    facts.push({
      ...ENVELOPE,
      t: 'Fill',
      body: { cause: 0, ...fee, ...what, liquidity: 'taker' },
    });
  }
  facts.push(orderFact(order, filled === order.qty ? 'filled' : 'partiallyFilled', filled));
  return facts;
}

/** What the exchange answers; a request crosses over at `send`, which a kill may cut short. */
export function answersOf(exchange: Exchange) {
  let told = 0;
  const news = (): VenueFact[] => {
    const from = told;
    told = exchange.fills.length;
    const moved = new Set(exchange.fills.slice(from).map((fill) => fill.clientOrderId));
    return [...moved].flatMap((id) =>
      factsOf(exchange, exchange.standing.get(id) as Standing, from),
    );
  };
  return {
    /** Everything that happened since it was last asked. */
    news,
    query(query: OrderQuery): VenueFact[] {
      const found = exchange.ask(query.clientOrderId);
      return found === null ? [denial(query)] : factsOf(exchange, found);
    },
    reconcile(question: number): VenueFact[] {
      const all = [...exchange.standing.values()].flatMap((one) => factsOf(exchange, one));
      const open = [...exchange.standing.values()].filter((one) => one.filled < one.order.qty);
      const qty = formatMantissa(exchange.position(), testInstrument().qtyExponent);
      const positions = [{ entryPrice: '100', inst, qty }];
      const account = { account: 'A', balances: [], cause: 0, margin: {}, positions };
      const details = { orders: open.length, question };
      const end = { code: RECONCILED_CODE, details, inst: null, kind: 'resync' } as const;
      return [
        ...all,
        { ...ENVELOPE, t: 'Account', body: account },
        { ...ENVELOPE, t: 'Session', body: end },
      ];
    },
  };
}

export const effectsOf = (events: readonly VenueFact[]): VenueEffects =>
  events.length === 0 ? NO_EFFECTS : { events, timers: [] };

/** Where a process dies. */
export type DeathAt = 'before' | 'after' | null;

/**
 * The way to an exchange in the same process. `dies` says for each request whether the process ends
 * before it crossed over, or after it did and before the answer was taken in.
 */
export function outsideVenue(exchange: Exchange, dies: () => DeathAt): Venue {
  const answers = answersOf(exchange);
  // What happened while nobody listened is learned by asking.
  answers.news();
  const cross = (act: () => readonly VenueFact[]): VenueEffects => {
    const at = dies();
    if (at === 'before') throw new Error('killed before the request');
    const facts = act();
    if (at === 'after') throw new Error('killed behind the request');
    return effectsOf(facts);
  };
  return {
    id: 'OUTSIDE',
    submit: (order) =>
      cross(() => {
        exchange.accept(order);
        return answers.news();
      }),
    cancel: () => NO_EFFECTS,
    amend: () => NO_EFFECTS,
    query: (query) => cross(() => answers.query(query)),
    reconcile: (_, question) => cross(() => answers.reconcile(question)),
    onMarket: () => {
      exchange.breathe();
      return effectsOf(answers.news());
    },
    onTimer: () => NO_EFFECTS,
  };
}
