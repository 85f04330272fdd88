import { isOpenState } from '../../execution/index.js';
import { approvedCancel } from '../approved-requests.js';
import { ASK, BID, type Drive, expectTrue } from './venue-drive.js';

type Check = (drive: Drive) => Promise<void>;

function expectAnswered(drive: Drive, orderId: string): void {
  const order = drive.orders.get(orderId);
  const answered = order !== null && order.pending === null && order.cancels === 0;
  expectTrue(answered, `order ${orderId} still waits for an answer`);
}

function expectAddsUp(drive: Drive, orderId: string): void {
  const { qty, remaining } = drive.last(orderId);
  const filled = drive.fillsOf(orderId);
  expectTrue(filled === qty - remaining, `${filled} filled, ${remaining} of ${qty} remaining`);
}

/** Cases about amends and cancels. */
export const CHANGE_CHECKS: Readonly<Record<string, Check>> = {
  'takes an amend, or refuses it with a reason': async (drive) => {
    const order = drive.submit({ price: BID - 5, qty: 4 });
    await drive.settle();
    drive.amend(order, { price: BID - 4, qty: 6 });
    await drive.settle();
    expectAnswered(drive, order.orderId);
    const { price, qty, reason, state } = drive.last(order.orderId);
    expectTrue(isOpenState(state), `the amended order is ${state}`);
    const taken = price === BID - 4 && qty === 6;
    const refused = price === BID - 5 && qty === 4 && reason !== '';
    expectTrue(taken || refused, `amended to 6 at ${BID - 4}, it is ${qty} at ${price}`);
  },
  'answers amends that fills overtake': async (drive) => {
    drive.quote({ askQty: 3 });
    const order = drive.submit({ price: ASK, qty: 7 });
    drive.amend(order, { price: ASK, qty: 9 });
    await drive.settle();
    expectAnswered(drive, order.orderId);
    expectAddsUp(drive, order.orderId);
  },
  'does not take an amend to less than has executed': async (drive) => {
    drive.quote({ askQty: 3 });
    const order = drive.submit({ price: ASK, qty: 7 });
    drive.amend(order, { price: ASK, qty: 2 });
    await drive.settle();
    expectAnswered(drive, order.orderId);
    expectAddsUp(drive, order.orderId);
  },
  'keeps an amended order to its new quantity': async (drive) => {
    const order = drive.submit({ price: BID - 5, qty: 8 });
    await drive.settle();
    drive.amend(order, { price: BID - 5, qty: 3 });
    await drive.settle();
    const { qty } = drive.last(order.orderId);
    drive.quote({ ask: BID - 5, askQty: 20 });
    await drive.settle();
    const filled = drive.fillsOf(order.orderId);
    expectTrue(filled <= qty, `${filled} filled of an order amended to ${qty}`);
    expectAddsUp(drive, order.orderId);
  },
  'ends an order whose cancel follows its amend': async (drive) => {
    const order = drive.submit({ price: BID - 5, qty: 4 });
    await drive.settle();
    drive.amend(order, { price: BID - 4, qty: 6 });
    drive.cancel(order);
    await drive.settle();
    const { state } = drive.last(order.orderId);
    expectTrue(state === 'cancelled', `it is ${state}`);
    expectAnswered(drive, order.orderId);
    expectAddsUp(drive, order.orderId);
  },
  'keeps fills and end in agreement when a fill races a cancel': async (drive) => {
    const order = drive.submit({ price: BID - 5, qty: 8 });
    await drive.settle();
    drive.cancel(order);
    drive.quote({ ask: BID - 5, askQty: 3 });
    await drive.settle();
    expectTrue(!isOpenState(drive.last(order.orderId).state), 'it is still open');
    expectAddsUp(drive, order.orderId);
  },
  'leaves an order that is over as it is when it is cancelled': async (drive) => {
    const order = drive.record({ price: ASK, qty: 2, tif: 'ioc' });
    drive.take(drive.venue.submit(order, drive.nowUs));
    await drive.settle();
    const { state } = drive.last(order.orderId);
    drive.take(drive.venue.cancel(approvedCancel(order), drive.nowUs));
    await drive.settle();
    const after = drive.orders.get(order.orderId)?.state;
    expectTrue(after === state, `it was ${state} and is ${after}`);
    expectAddsUp(drive, order.orderId);
  },
  'brings nothing to life by the cancel of an order it never got': async (drive) => {
    const order = drive.record({ price: ASK, qty: 2 });
    drive.cancel(order);
    await drive.settle();
    const state = drive.orders.get(order.orderId)?.state;
    expectTrue(drive.fillsOf(order.orderId) === 0, 'it executed');
    const told = drive.facts.some((fact) => fact.t === 'Order' && isOpenState(fact.body.state));
    expectTrue(!told, `it is ${state}`);
  },
};
