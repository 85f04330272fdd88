import {
  isOpenState,
  NO_SUCH_ORDER,
  RECONCILED_CODE,
  reconcile,
  type VenueFact,
} from '../../execution/index.js';
import type { PlaceOrder } from '../../risk/index.js';
import { testInstrument } from '../action-arbitraries.js';
import { ASK, BID, type Drive, expectTrue } from './venue-drive.js';

type Check = (drive: Drive) => Promise<void>;

const named = (n: number): Partial<PlaceOrder> => ({
  clientOrderId: `c-${n}`,
  intentId: `i-${n}`,
  orderId: `o-${n}`,
});

function fillIds(facts: readonly VenueFact[], orderId: string | null): string {
  const ids = new Set<string>();
  for (const fact of facts) {
    if (fact.t !== 'Fill') continue;
    if (orderId === null || fact.body.orderId === orderId) ids.add(fact.body.fillId);
  }
  return [...ids].sort().join(', ');
}

async function expectTold(drive: Drive, order: PlaceOrder): Promise<void> {
  const { orderId } = order;
  const before = drive.last(orderId);
  const expected = fillIds(drive.facts, orderId);
  const answer = await drive.query(order);
  const told = answer.findLast((fact) => fact.t === 'Order');
  expectTrue(told?.t === 'Order', 'its state is not told');
  if (told?.t !== 'Order') return;
  const { remaining, state } = told.body;
  const same = state === before.state && remaining === before.remaining;
  expectTrue(same, `it was ${before.state}, ${before.remaining}, and is ${state}, ${remaining}`);
  const found = fillIds(answer, orderId);
  expectTrue(found === expected, `fills ${found} are told of ${expected}`);
}

/** Compares the answer with all that was told before; the account is taken as new. */
async function expectWhole(drive: Drive): Promise<void> {
  const answer = await drive.reconcile();
  const ends = answer.filter((fact) => fact.t === 'Session' && fact.body.code === RECONCILED_CODE);
  expectTrue(ends.length === 1, `it ends ${ends.length} times`);
  const last = answer.at(-1);
  expectTrue(last === ends[0], 'something is said behind the end');
  expectTrue(last?.t === 'Session' && last.body.kind === 'resync', 'its end is not a resync');
  const echoed = last?.t === 'Session' && last.body.details['question'] === drive.questions;
  expectTrue(echoed, 'its end does not name the question');
  const accounts = answer.filter((fact) => fact.t === 'Account').length;
  expectTrue(accounts === 1, `it names the account ${accounts} times`);
  const found = fillIds(answer, null);
  const all = fillIds(drive.facts, null);
  expectTrue(found === all, `fills ${found} are told of ${all}`);
  const { instrumentId: inst, qtyExponent } = testInstrument();
  let qty = 0;
  for (const { filled, side } of allOrders(drive)) qty += side === 'buy' ? filled : -filled;
  const result = reconcile({
    cash: {},
    facts: answer,
    instrument: () => testInstrument(),
    orders: drive.orders,
    positions: [{ inst, qty, qtyExponent }],
    spec: { ...HALT, balanceTolerance: '1000000000000' },
  });
  const differs = result.differences.map((d) => `${d.kind}: ${d.expected}, found ${d.found}`);
  expectTrue(differs.length === 0, differs.join('; '));
}

const HALT = {
  before: 'firstOrder',
  foreignOrders: 'halt',
  missingOrders: 'halt',
  positions: 'halt',
  balances: 'halt',
  timeoutUs: 1,
} as const;

function allOrders(drive: Drive) {
  const found = [1, 2, 3, 4].map((n) => drive.orders.get(`o-${n}`));
  return found.filter((order) => order !== null);
}

/** Cases about queries and reconciliation. */
export const QUESTION_CHECKS: Readonly<Record<string, Check>> = {
  'tells fills and state of a working order that is asked about': async (drive) => {
    drive.quote({ askQty: 3 });
    const order = drive.submit({ price: ASK, qty: 7 });
    await drive.settle();
    await expectTold(drive, order);
  },
  'tells fills and state of an order that is over': async (drive) => {
    const order = drive.submit({ price: ASK, qty: 2, tif: 'ioc' });
    await drive.settle();
    await expectTold(drive, order);
  },
  'does not deny an order that is under way': async (drive) => {
    const order = drive.submit({ price: ASK, qty: 2, tif: 'ioc' });
    await drive.query(order);
    const { reason } = drive.last(order.orderId);
    expectTrue(reason !== NO_SUCH_ORDER, 'it is denied');
    expectTrue(!isOpenState(drive.last(order.orderId).state), 'an IOC order stayed open');
  },
  'denies an order it never got, and never executes it from then on': async (drive) => {
    const order = drive.record({ price: ASK, qty: 2 });
    await drive.query(order);
    const { reason, state } = drive.last(order.orderId);
    expectTrue(state === 'rejected' && reason === NO_SUCH_ORDER, `it is ${state} (${reason})`);
    drive.take(drive.venue.submit(order, drive.nowUs));
    await drive.settle();
    expectTrue(drive.fillsOf(order.orderId) === 0, 'a denied order executed');
    expectTrue(!isOpenState(drive.last(order.orderId).state), 'a denied order is open');
  },
  'reconciles an account without orders': async (drive) => {
    await drive.settle();
    await expectWhole(drive);
  },
  'reconciles fills, open orders and positions': async (drive) => {
    drive.submit({ ...named(1), price: ASK, qty: 2, tif: 'ioc' });
    drive.submit({ ...named(2), price: BID - 5, qty: 4 });
    drive.submit({ ...named(3), price: ASK + 5, qty: 3, side: 'sell' });
    const over = drive.submit({ ...named(4), price: BID - 6, qty: 5 });
    await drive.settle();
    drive.cancel(over);
    await drive.settle();
    await expectWhole(drive);
  },
  'reconciles while orders are under way': async (drive) => {
    drive.submit({ ...named(1), price: ASK, qty: 2, tif: 'ioc' });
    drive.submit({ ...named(2), price: BID - 5, qty: 4 });
    await expectWhole(drive);
  },
};
