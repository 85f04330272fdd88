/**
 * What every `Venue` must do, as cases for any test runner.
 * @module
 */
import type { EventInput, InstrumentBody, OrderState } from '../events/index.js';
import {
  createOrderStore,
  isOpenState,
  type OrderStore,
  type TimerRequest,
  type Venue,
  type VenueEffects,
  type VenueFact,
} from '../execution/index.js';
import {
  type Approved,
  type CancelOrder,
  evaluateIntent,
  maxOrderRate,
  type PlaceOrder,
  type RiskView,
  riskPolicy,
  sanitizeIntent,
  UNKNOWN_VIEW,
} from '../risk/index.js';
import { testInstrument } from './action-arbitraries.js';
import type { ContractCase } from './wal-store-contract.js';

/** A venue under test, and how time passes for it. */
export interface VenueUnderTest {
  readonly venue: Venue;
  /**
   * Lets everything that is under way at the venue arrive, and returns the facts in order; absent
   * for venues that use only the timers they ask for.
   */
  readonly settle?: () => Promise<readonly VenueFact[]>;
}

const ask = 1_001;
const bid = 1_000;

/** Approves an order the regular way, against a policy that minds only the rate. */
export function approvedOrder(
  part: Partial<PlaceOrder>,
  instrument: InstrumentBody = testInstrument(),
): Approved<PlaceOrder> {
  const { clientOrderId, decisionId, orderId, riskDecisionId, ...intent } = {
    action: 'place' as const,
    clientOrderId: 'c-1',
    decisionId: 'd-1',
    inst: instrument.instrumentId,
    intentId: 'i-1',
    orderId: 'o-1',
    price: bid,
    qty: 5,
    reduceOnly: false,
    riskDecisionId: 'r-1',
    side: 'buy' as const,
    tif: 'gtc' as const,
    type: 'limit' as const,
    ...part,
  };
  const ids = { clientOrderId, decisionId, orderId, riskDecisionId };
  const decision = evaluateIntent(
    riskPolicy({ checks: [maxOrderRate({ orders: 1_000, perUs: 1_000_000 })] }),
    { ...sanitizeIntent(intent), ...ids },
    // A reduce-only order is given a position to reduce.
    viewOf(instrument, part.reduceOnly === true ? (part.side === 'sell' ? 1e9 : -1e9) : 0),
  );
  if (decision.approved?.action === 'place') return decision.approved;
  const failed = decision.checks.filter((check) => !check.ok).map((check) => check.code);
  throw new Error(`the order of this test is not approved: ${failed.join(', ')}`);
}

/** Approves the cancel of an order the regular way. */
export function approvedCancel(order: PlaceOrder): Approved<CancelOrder> {
  const { clientOrderId, decisionId, inst, intentId, orderId, riskDecisionId, side } = order;
  const rest = { price: null, qty: 0, reduceOnly: false, tif: 'gtc', type: 'limit' };
  const intent = { action: 'cancel', inst, intentId, side, ...rest };
  const known = { clientOrderId, inst, open: true, orderId };
  const decision = evaluateIntent(
    riskPolicy({ checks: [maxOrderRate({ orders: 1_000, perUs: 1_000_000 })] }),
    { ...sanitizeIntent(intent), clientOrderId, decisionId, orderId, riskDecisionId },
    { ...viewOf(testInstrument(), 0), order: () => known },
  );
  if (decision.approved?.action === 'cancel') return decision.approved;
  throw new Error('the cancel of this test is not approved');
}

function viewOf(instrument: InstrumentBody, position: number): RiskView {
  return {
    ...UNKNOWN_VIEW,
    log: 'ok',
    reconcile: 'none',
    nowUs: 0,
    killSwitch: 'released',
    halted: '',
    memory: {},
    instrument: () => instrument,
    touch: () => ({ ask, askQty: 1, bid, bidQty: 1, rx: 0 }),
    bookState: () => 'none',
    sweepPrice: (_, side) => (side === 'buy' ? ask : bid),
    position: () => position,
    working: () => ({ buyQty: 0, sellQty: 0 }),
    order: () => null,
  };
}

/** Drives one venue through its timers and checks every fact against the order state machine. */
class Drive {
  readonly facts: VenueFact[] = [];
  readonly orders: OrderStore = createOrderStore();
  nowUs = 1_000_000;
  readonly #under: VenueUnderTest;
  #timers: TimerRequest[] = [];

  constructor(under: VenueUnderTest) {
    this.#under = under;
    this.market({ t: 'Instrument', body: testInstrument() });
    this.quote({});
  }

  get venue(): Venue {
    return this.#under.venue;
  }

  market(fact: Pick<EventInput, 't' | 'body'>): void {
    const event = { sv: 1, rx: this.nowUs, ts: null, src: 'SIM', ...fact } as EventInput;
    this.take(this.venue.onMarket(event));
  }

  quote(part: { readonly askQty?: number; readonly bidQty?: number }): void {
    const inst = testInstrument().instrumentId;
    const body = { ask, askQty: 10, bid, bidQty: 10, inst, venueSeq: null, ...part };
    this.market({ t: 'Quote', body });
  }

  submit(part: Partial<PlaceOrder>): Approved<PlaceOrder> {
    const order = approvedOrder(part);
    this.orders.submit(order);
    this.take(this.venue.submit(order, this.nowUs));
    return order;
  }

  take({ events, timers }: VenueEffects): void {
    for (const { dueUs } of timers) {
      if (dueUs < this.nowUs) throw new Error(`a timer for ${dueUs}, before ${this.nowUs}`);
    }
    this.#timers.push(...timers);
    for (const fact of events) this.#fact(fact);
  }

  async settle(): Promise<void> {
    for (const fact of (await this.#under.settle?.()) ?? []) this.#fact(fact);
    while (this.#timers.length > 0) {
      this.#timers.sort((a, b) => a.dueUs - b.dueUs);
      const [next] = this.#timers.splice(0, 1) as [TimerRequest];
      this.nowUs = Math.max(this.nowUs, next.dueUs);
      this.take(this.venue.onTimer(next.id, this.nowUs));
    }
  }

  fillsOf(orderId: string): number {
    let sum = 0;
    for (const fact of this.facts) {
      if (fact.t === 'Fill' && fact.body.orderId === orderId) sum += fact.body.qty;
    }
    return sum;
  }

  lastState(orderId: string): { readonly state: OrderState; readonly remaining: number } {
    const last = this.facts.findLast((fact) => fact.t === 'Order' && fact.body.orderId === orderId);
    if (last?.t !== 'Order') throw new Error(`no state of ${orderId} was reported`);
    return last.body;
  }

  #fact(fact: VenueFact): void {
    this.facts.push(fact);
    if (fact.src !== this.venue.id) throw new Error(`a fact from ${fact.src}`);
    if (fact.t === 'Order') this.orders.onOrder(fact.body);
    if (fact.t === 'Fill') this.orders.onFill(fact.body);
  }
}

function expectTrue(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

function codeOf(run: () => unknown): unknown {
  try {
    run();
    return null;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

const CHECKS: Readonly<Record<string, (drive: Drive) => Promise<void>>> = {
  'refuses a copy of an approved order': async ({ venue }) => {
    const copy = { ...approvedOrder({}) } as unknown as Approved<PlaceOrder>;
    const code = codeOf(() => venue.submit(copy, 1_000_000));
    expectTrue(code === 'QL_ORDER_NOT_APPROVED', `a copied order was met with ${String(code)}`);
  },
  'refuses a copy of an approved cancel': async ({ venue }) => {
    const copy = { ...approvedCancel(approvedOrder({})) } as unknown as Approved<CancelOrder>;
    const code = codeOf(() => venue.cancel(copy, 1_000_000));
    expectTrue(code === 'QL_ORDER_NOT_APPROVED', `a copied cancel was met with ${String(code)}`);
  },
  'takes an order through states the state machine allows': async (drive) => {
    const order = drive.submit({ price: ask, qty: 5, tif: 'ioc' });
    await drive.settle();
    expectTrue(!isOpenState(drive.lastState(order.orderId).state), 'an IOC order stayed open');
  },
  'reports fills that add up to quantity less remaining': async (drive) => {
    drive.quote({ askQty: 3 });
    const order = drive.submit({ price: ask, qty: 7, tif: 'ioc' });
    await drive.settle();
    const { remaining } = drive.lastState(order.orderId);
    const filled = drive.fillsOf(order.orderId);
    expectTrue(filled === 7 - remaining, `${filled} filled, ${remaining} of 7 remaining`);
  },
  'executes a client order id once': async (drive) => {
    const order = drive.submit({ price: ask, qty: 2, tif: 'ioc' });
    drive.take(drive.venue.submit(order, drive.nowUs));
    await drive.settle();
    drive.take(drive.venue.submit(order, drive.nowUs));
    await drive.settle();
    const filled = drive.fillsOf(order.orderId);
    expectTrue(filled <= 2, `${filled} filled of an order of 2 sent three times`);
  },
  'keeps a resting order until its cancel, and then ends it': async (drive) => {
    const order = drive.submit({ price: bid - 5, qty: 4 });
    await drive.settle();
    expectTrue(drive.lastState(order.orderId).state === 'acked', 'a resting order is not acked');
    drive.orders.requestCancel(order.orderId);
    drive.take(drive.venue.cancel(approvedCancel(order), drive.nowUs));
    await drive.settle();
    const { remaining, state } = drive.lastState(order.orderId);
    expectTrue(state === 'cancelled' && remaining === 4, `it is ${state} with ${remaining}`);
  },
  'reports an order it cannot execute as rejected, with a reason': async (drive) => {
    const instrument = testInstrument({ instrumentId: 'SIM:X:NONE', symbol: 'NONE' });
    const order = approvedOrder({ inst: 'SIM:X:NONE' }, instrument);
    drive.orders.submit(order);
    drive.take(drive.venue.submit(order, drive.nowUs));
    await drive.settle();
    const last = drive.facts.at(-1);
    expectTrue(last?.t === 'Order' && last.body.state === 'rejected', 'it is not rejected');
    expectTrue(last?.t === 'Order' && last.body.reason !== '', 'it is rejected without a reason');
  },
  'ignores a timer it did not ask for': async (drive) => {
    const { events, timers } = drive.venue.onTimer('not mine', drive.nowUs);
    expectTrue(events.length === 0 && timers.length === 0, 'a strange timer had effects');
  },
};

/**
 * The contract of a venue as test cases. Each is given a new venue that saw nothing yet; the case
 * declares an instrument and a quote of 1000 / 1001, then sends orders.
 *
 * @param make - makes a venue per case
 * @returns cases; `run` rejects when the venue does not hold to the contract
 * @example
 * ```ts
 * import { constantLatency, makerTakerFees, simVenue } from 'quantlaxmi/sim';
 * import { venueContract } from 'quantlaxmi/testing';
 *
 * const cases = venueContract(() => ({
 *   venue: simVenue({
 *     latency: constantLatency({ entryUs: 10, responseUs: 10 }),
 *     fees: makerTakerFees({ makerPpm: 0, takerPpm: 0, feeExponent: -8 }),
 *   }),
 * }));
 * for (const { run } of cases) await run();
 * cases.length > 0;
 * // => true
 * ```
 */
export function venueContract(
  make: () => VenueUnderTest | Promise<VenueUnderTest>,
): readonly ContractCase[] {
  return Object.entries(CHECKS).map(([name, check]) => ({
    name,
    run: async () => check(new Drive(await make())),
  }));
}
