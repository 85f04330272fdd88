/**
 * What every `Venue` must do, as cases for any test runner.
 * @module
 */
import { isOpenState, type Venue, type VenueFact } from '../execution/index.js';
import type { AmendOrder, Approved, CancelOrder, PlaceOrder } from '../risk/index.js';
import { testInstrument } from './action-arbitraries.js';
import { approvedAmend, approvedCancel, approvedOrder } from './approved-requests.js';
import { CHANGE_CHECKS } from './internal/venue-changes.js';
import { ASK, BID, Drive, expectTrue } from './internal/venue-drive.js';
import { QUESTION_CHECKS } from './internal/venue-questions.js';
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
  'refuses a copy of an approved amend': async ({ venue }) => {
    const amend = approvedAmend(approvedOrder({}), { price: BID, qty: 6 });
    const copy = { ...amend } as unknown as Approved<AmendOrder>;
    const code = codeOf(() => venue.amend(copy, 1_000_000));
    expectTrue(code === 'QL_ORDER_NOT_APPROVED', `a copied amend was met with ${String(code)}`);
  },
  'takes an order through states the state machine allows': async (drive) => {
    const order = drive.submit({ price: ASK, qty: 5, tif: 'ioc' });
    await drive.settle();
    expectTrue(!isOpenState(drive.last(order.orderId).state), 'an IOC order stayed open');
  },
  'reports fills that add up to quantity less remaining': async (drive) => {
    drive.quote({ askQty: 3 });
    const order = drive.submit({ price: ASK, qty: 7, tif: 'ioc' });
    await drive.settle();
    const { remaining } = drive.last(order.orderId);
    const filled = drive.fillsOf(order.orderId);
    expectTrue(filled === 7 - remaining, `${filled} filled, ${remaining} of 7 remaining`);
  },
  'executes a client order id once': async (drive) => {
    const order = drive.submit({ price: ASK, qty: 2, tif: 'ioc' });
    drive.take(drive.venue.submit(order, drive.nowUs));
    await drive.settle();
    drive.take(drive.venue.submit(order, drive.nowUs));
    await drive.settle();
    const filled = drive.fillsOf(order.orderId);
    expectTrue(filled <= 2, `${filled} filled of an order of 2 sent three times`);
  },
  'keeps a resting order until its cancel, and then ends it': async (drive) => {
    const order = drive.submit({ price: BID - 5, qty: 4 });
    await drive.settle();
    expectTrue(drive.last(order.orderId).state === 'acked', 'a resting order is not acked');
    drive.cancel(order);
    await drive.settle();
    const { remaining, state } = drive.last(order.orderId);
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
  'answers each timer once': async (drive) => {
    drive.submit({ price: ASK, qty: 2, tif: 'ioc' });
    await drive.settle();
    const before = drive.facts.length;
    for (const id of [...drive.fired]) drive.take(drive.venue.onTimer(id, drive.nowUs));
    await drive.settle();
    expectTrue(drive.facts.length === before, 'a timer of before had effects');
  },
  ...CHANGE_CHECKS,
  ...QUESTION_CHECKS,
};

/**
 * The contract of a venue as test cases. Each is given a new venue that saw nothing yet; the case
 * declares an instrument and a quote of 1000 / 1001, then sends orders.
 *
 * Its account must be new: the positions and orders it reports are those of the case.
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
