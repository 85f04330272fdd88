import fc from 'fast-check';
import type { FillBody, OrderBody, OrderState } from 'quantlaxmi/events';
import { isOpenState, type OrderStore } from 'quantlaxmi/execution';
import { expect } from 'vitest';
import { filled, inst, placed, report } from './lib.js';

type Fact = OrderBody | FillBody;
type Request =
  | { readonly kind: 'cancel' | 'query' }
  | { readonly price: number; readonly qty: number };

/** What really is at the venue, which does one thing after the other. */
interface Truth {
  price: number;
  qty: number;
  executed: number;
  state: OrderState;
  readonly fills: FillBody[];
  /** Requests on their way to it, first sent first. */
  readonly inbox: Request[];
}

/** The venue, and the facts on their way to the store: these arrive in any order, and again. */
export interface Model {
  readonly orders: Map<string, Truth>;
  readonly waiting: Fact[];
  /** Facts that arrived and may come again: all but refusals, which nothing tells apart. */
  readonly told: Fact[];
}

type Command = fc.Command<Model, OrderStore>;

function give(store: OrderStore, fact: Fact): void {
  if ('fillId' in fact) store.onFill(fact);
  else store.onOrder(fact);
}

function stateOf(orderId: string, truth: Truth, reason = ''): OrderBody {
  const { executed, price, qty, state } = truth;
  return report({ orderId, price, qty, reason, remaining: qty - executed, state });
}

/** Invariants that hold after every fact. */
export function checkAgainst(model: Model, store: OrderStore): void {
  let buyQty = 0;
  let open = 0;
  let unknown = 0;
  for (const [orderId, truth] of model.orders) {
    const order = store.get(orderId);
    if (order === null) throw new Error(`${orderId} is gone`);
    expect(order.filled).toBeLessThanOrEqual(truth.executed);
    const most = Math.max(order.qty, order.pending?.qty ?? 0);
    expect(order.filled + order.remaining).toBeLessThanOrEqual(most);
    // All that the venue may still do, or did without our knowing, counts as working.
    const reach = isOpenState(truth.state) ? truth.qty : truth.executed;
    expect(order.filled + order.remaining).toBeGreaterThanOrEqual(reach);
    buyQty += order.remaining;
    if (isOpenState(order.state)) open += 1;
    if (order.state === 'unknown') unknown += 1;
  }
  expect(store.working(inst)).toEqual({ buyQty, sellQty: 0 });
  expect([store.openCount(inst), store.openCount(null)]).toEqual([open, open]);
  expect(store.workingOrders(inst).map((order) => order.orderId)).toEqual(
    store.open(inst).map((order) => order.orderId),
  );
  expect(store.unknownCount).toBe(unknown);
}

class Submit implements Command {
  readonly qty: number;
  constructor(qty: number) {
    this.qty = qty;
  }
  check = () => true;
  run(model: Model, store: OrderStore): void {
    const orderId = `o-${model.orders.size}`;
    store.submit(placed({ orderId, intentId: `i-${model.orders.size}`, qty: this.qty }));
    const rest = { executed: 0, fills: [], inbox: [], price: 1_000, qty: this.qty } as const;
    const truth: Truth = { ...rest, fills: [], inbox: [], state: 'acked' };
    model.orders.set(orderId, truth);
    model.waiting.push(stateOf(orderId, truth));
    checkAgainst(model, store);
  }
  toString = () => `submit ${this.qty}`;
}

/** A command on one of the orders. */
abstract class OnOrder implements Command {
  readonly pick: number;
  constructor(pick: number) {
    this.pick = pick;
  }
  check = (model: Readonly<Model>) => model.orders.size > 0;
  run(model: Model, store: OrderStore): void {
    const entries = [...model.orders];
    const [orderId, truth] = entries[this.pick % entries.length] as [string, Truth];
    this.act({ model, store, orderId, truth });
    checkAgainst(model, store);
  }
  abstract act(on: On): void;
}

interface On {
  readonly model: Model;
  readonly store: OrderStore;
  readonly orderId: string;
  readonly truth: Truth;
}

class Execute extends OnOrder {
  readonly share: number;
  constructor(pick: number, share: number) {
    super(pick);
    this.share = share;
  }
  override act({ model, orderId, truth }: On): void {
    if (!isOpenState(truth.state)) return;
    const qty = Math.max(1, Math.floor(((truth.qty - truth.executed) * this.share) / 10));
    truth.executed += qty;
    truth.state = truth.executed === truth.qty ? 'filled' : 'partiallyFilled';
    const fill = filled({ orderId, fillId: `${orderId}/${truth.fills.length}`, qty });
    truth.fills.push(fill);
    model.waiting.push(fill, stateOf(orderId, truth));
  }
  override toString = () => `execute ${this.share} of #${this.pick}`;
}

class Amend extends OnOrder {
  readonly qty: number;
  constructor(pick: number, qty: number) {
    super(pick);
    this.qty = qty;
  }
  override act({ store, orderId, truth }: On): void {
    const order = store.get(orderId);
    if (order === null || order.pending !== null || this.qty <= order.filled) return;
    if (!['submitted', 'acked', 'partiallyFilled'].includes(order.state)) return;
    // Each amend has a price of its own: reports carry nothing else to tell them by.
    const terms = { price: 1_000 + order.requests, qty: this.qty };
    store.requestAmend(orderId, terms);
    truth.inbox.push(terms);
  }
  override toString = () => `amend #${this.pick} to ${this.qty}`;
}

class Cancel extends OnOrder {
  override act({ store, orderId, truth }: On): void {
    if (!isOpenState(store.get(orderId)?.state ?? 'filled')) return;
    store.requestCancel(orderId);
    truth.inbox.push({ kind: 'cancel' });
  }
  override toString = () => `cancel #${this.pick}`;
}

class Doubt extends OnOrder {
  override act({ store, orderId, truth }: On): void {
    if (!isOpenState(store.get(orderId)?.state ?? 'filled')) return;
    store.markUnknown(orderId, 'QL_TEST');
    truth.inbox.push({ kind: 'query' });
  }
  override toString = () => `doubt #${this.pick}`;
}

/** The venue does the next thing it was asked for, or refuses it. */
class Process extends OnOrder {
  readonly refuses: boolean;
  constructor(pick: number, refuses: boolean) {
    super(pick);
    this.refuses = refuses;
  }
  override act({ model, orderId, truth }: On): void {
    const request = truth.inbox.shift();
    if (request === undefined) return;
    if ('kind' in request && request.kind === 'query') {
      model.waiting.push(...truth.fills, stateOf(orderId, truth));
      return;
    }
    // An order that is over has nothing more to say.
    if (!isOpenState(truth.state)) return;
    if (this.refuses || (!('kind' in request) && request.qty <= truth.executed)) {
      model.waiting.push(stateOf(orderId, truth, 'REFUSED'));
      return;
    }
    if ('kind' in request) truth.state = 'cancelled';
    else Object.assign(truth, request);
    model.waiting.push(stateOf(orderId, truth));
  }
  override toString = () => `process #${this.pick}${this.refuses ? ' with a refusal' : ''}`;
}

/** A repeated refusal would answer two requests; a venue tells them apart and drops it. */
function mayRepeat(fact: Fact): boolean {
  return 'fillId' in fact || fact.reason === '';
}

function deliver(model: Model, store: OrderStore, fact: Fact): void {
  give(store, fact);
  if (mayRepeat(fact)) model.told.push(fact);
}

/** Hands over a waiting fact, not the oldest first, perhaps twice. */
class Deliver implements Command {
  readonly pick: number;
  readonly twice: boolean;
  constructor(pick: number, twice: boolean) {
    this.pick = pick;
    this.twice = twice;
  }
  check = (model: Readonly<Model>) => model.waiting.length > 0;
  run(model: Model, store: OrderStore): void {
    const [fact] = model.waiting.splice(this.pick % model.waiting.length, 1) as [Fact];
    deliver(model, store, fact);
    if (this.twice && mayRepeat(fact)) give(store, fact);
    checkAgainst(model, store);
  }
  toString = () => `deliver ${this.pick}${this.twice ? ' twice' : ''}`;
}

/** A fact of long ago comes again. */
class Repeat implements Command {
  readonly pick: number;
  constructor(pick: number) {
    this.pick = pick;
  }
  check = (model: Readonly<Model>) => model.told.length > 0;
  run(model: Model, store: OrderStore): void {
    give(store, model.told[this.pick % model.told.length] as Fact);
    checkAgainst(model, store);
  }
  toString = () => `repeat ${this.pick}`;
}

/** Sequences of what may happen between a run and a venue. */
export function orderCommands(maxCommands: number): fc.Arbitrary<Iterable<Command>> {
  const pick = fc.nat(5);
  const deliveries = fc.tuple(fc.nat(20), fc.boolean()).map((args) => new Deliver(...args));
  const processing = fc.tuple(pick, fc.boolean()).map((args) => new Process(...args));
  const commands = [
    fc.integer({ min: 1, max: 20 }).map((qty) => new Submit(qty)),
    fc.tuple(pick, fc.integer({ min: 1, max: 10 })).map((args) => new Execute(...args)),
    fc.tuple(pick, fc.integer({ min: 1, max: 30 })).map((args) => new Amend(...args)),
    pick.map((n) => new Cancel(n)),
    pick.map((n) => new Doubt(n)),
    fc.nat(50).map((n) => new Repeat(n)),
    processing,
    processing,
    deliveries,
    deliveries,
    deliveries,
  ];
  return fc.commands(commands, { maxCommands, size: 'max' });
}

/** Everything that is under way arrives; then store and venue must know the same. */
export function settleAll(model: Model, store: OrderStore): void {
  const on = { model, store };
  for (const [orderId, truth] of model.orders) {
    while (truth.inbox.length > 0) new Process(0, false).act({ ...on, orderId, truth });
  }
  while (model.waiting.length > 0) deliver(model, store, model.waiting.shift() as Fact);
  for (const [orderId, truth] of model.orders) {
    const order = store.get(orderId);
    const { executed, price, qty, state } = truth;
    const open = isOpenState(state);
    const remaining = open ? qty - executed : 0;
    expect(order).toMatchObject({ filled: executed, pending: null, price, qty, remaining });
    expect(isOpenState(order?.state ?? 'filled')).toBe(open);
    if (!open) expect(order?.state).toBe(state);
  }
}
