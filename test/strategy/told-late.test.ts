import type { CashFlowBody, OrderBody } from 'quantlaxmi/events';
import { parseRiskPolicy } from 'quantlaxmi/risk';
import { describe, expect, test } from 'vitest';
import { counting, inst, ofType, once, place, policy, quotesAt, sim } from './lib.js';
import {
  answerOf,
  fact,
  foreignReport,
  operatorFact,
  reportOf,
  running,
  scripted,
} from './scripted.js';

const life = { ackTimeoutUs: 500, changeTimeoutUs: 500, queryEveryUs: 1_000 };
const spec = {
  ...{ before: 'firstOrderAndReconnect', foreignOrders: 'cancel', missingOrders: 'adopt' },
  ...{ positions: 'adopt', balances: 'adopt', balanceTolerance: '0', timeoutUs: 1_000 },
};
const reconciling = (part: Partial<typeof spec> = {}) =>
  parseRiskPolicy({ ...policy.spec, reconcile: { ...spec, ...part } });

/** One resting order per quote. */
const eager = counting((event, n) =>
  event.t === 'Quote' ? { intents: [place({ intentId: `i${n}`, price: 990, tif: 'gtc' })] } : null,
);
const resting = once(place({ price: 990, tif: 'gtc' }));

describe('STRATEGY-21: an order that is not answered is unknown, never failed', () => {
  test('it is asked for again and again until the venue tells', async () => {
    const told: { report: boolean; body?: OrderBody } = { report: false };
    const { notes, venue } = scripted({
      query: () => ({ events: told.report && told.body ? [reportOf(told.body)] : [], timers: [] }),
    });
    const risk = parseRiskPolicy({ ...policy.spec, orders: life });
    const { log, runner, states } = running(resting, { risk, venue });
    await runner.push(quotesAt(10));
    const { body } = ofType(log.records, 'Order')[0] as { body: OrderBody };
    told.body = body;
    await runner.advance(509);
    expect(states()).toEqual(['submitted']);
    await runner.advance(510);
    expect(ofType(log.records, 'Order').at(-1)).toMatchObject({
      ...{ src: 'RUNNER', body: { reason: 'QL_ORDER_TIMEOUT', state: 'unknown' } },
    });
    await runner.advance(4_600);
    const asked = notes.filter((note) => note === `query ${body.orderId}`);
    expect(asked).toHaveLength(5);
    expect(states()).toEqual(['submitted', 'unknown']);
    // It counts as working all the while.
    expect(runner.step.openOrders()).toMatchObject([{ remaining: 5, state: 'unknown' }]);
    told.report = true;
    await runner.advance(20_000);
    expect(states()).toEqual(['submitted', 'unknown', 'acked']);
    expect(notes.filter((note) => note.startsWith('query'))).toHaveLength(6);
    expect(notes.filter((note) => note.startsWith('submit'))).toHaveLength(1);
  });

  test('control: without times in the policy nothing is asked', async () => {
    const { notes, venue } = scripted({});
    const { runner, states } = running(resting, { venue });
    await runner.push(quotesAt(10));
    await runner.advance(1_000_000);
    expect([notes, states()]).toEqual([['submit i-1'], ['submitted']]);
  });
});

describe('STRATEGY-22: no order before the venue told the account and it agrees', () => {
  test('orders are denied until the answer, and go out after it', async () => {
    const { notes, venue } = scripted({});
    const { codes, log, runner } = running(eager, { risk: reconciling(), venue });
    await runner.push(quotesAt(10, 20));
    expect(notes).toEqual(['reconcile']);
    for (const event of answerOf().events) await runner.operator(event);
    await runner.push(quotesAt(10, 20, 30).slice(-1));
    expect(notes).toEqual(['reconcile', 'submit i4']);
    expect(codes('resync')).toEqual(['QL_RECONCILE_DONE']);
    const verdicts = ofType(log.records, 'Risk').map(({ body }) => body.verdict);
    expect(verdicts.slice(0, -1)).not.toContain('allow');
    expect(verdicts.at(-1)).toBe('allow');
  });

  test('the simulated venue answers its own question', async () => {
    const { codes, runner } = running(eager, { risk: reconciling(), venue: sim(5, 50) });
    await runner.push(quotesAt(10, 500));
    expect(codes('resync')).toEqual(['QL_RECONCILE_DONE']);
    expect(runner.step.openOrders().length).toBe(1);
  });

  test('an order of nobody is cancelled and the account asked for anew', async () => {
    let answers = 0;
    const { notes, venue } = scripted({
      reconcile: () => answerOf(answers++ === 0 ? [foreignReport()] : []),
    });
    const { codes, runner } = running(eager, { risk: reconciling(), venue });
    await runner.push(quotesAt(10));
    expect(notes).toEqual(['reconcile', 'cancel foreign/v-x-1', 'reconcile', 'submit i2']);
    expect(codes('gap')).toEqual(['QL_RECONCILE_FOREIGN_ORDER']);
  });

  test('or stops trading, as the policy says', async () => {
    const { notes, venue } = scripted({ reconcile: () => answerOf([foreignReport()]) });
    const risk = reconciling({ foreignOrders: 'halt' });
    const { codes, runner } = running(eager, { risk, venue });
    await runner.push(quotesAt(10, 20));
    expect(notes).toEqual(['reconcile']);
    expect(codes('killSwitch')).toEqual(['QL_RECONCILE_FOREIGN_ORDER']);
  });

  test('orders of nobody that will not go stop trading after three questions', async () => {
    const { notes, venue } = scripted({ reconcile: () => answerOf([foreignReport()]) });
    const { codes, runner } = running(eager, { risk: reconciling(), venue });
    await runner.push(quotesAt(10, 20));
    expect(notes.filter((note) => note === 'reconcile')).toHaveLength(3);
    expect(notes.some((note) => note.startsWith('submit'))).toBe(false);
    expect(codes('killSwitch')).toEqual(['QL_RECONCILE_FOREIGN_ORDER']);
  });

  test.each([
    ['adopt', [], ['submitted', 'cancelled']],
    ['halt', ['QL_RECONCILE_MISSING_ORDER'], ['submitted']],
  ] as const)('an own order the venue lost: %s', async (missingOrders, stops, expected) => {
    const { venue } = scripted({ reconcile: () => answerOf() });
    const risk = reconciling({ missingOrders });
    const { codes, runner, states } = running(resting, { risk, venue });
    await runner.push(quotesAt(10, 20).slice(0, 1));
    await runner.push(quotesAt(10).slice(1));
    expect(states()).toEqual(['submitted']);
    await runner.operator(operatorFact('connected', ''));
    expect(codes('killSwitch')).toEqual(stops);
    expect(states()).toEqual(expected);
  });

  test.each([
    ['adopt', 7, []],
    ['halt', 0, ['QL_RECONCILE_POSITION']],
  ] as const)('a position that differs: %s', async (positions, qty, stops) => {
    const { venue } = scripted({ reconcile: () => answerOf([], { qty: '0.007' }) });
    const { codes, runner } = running(eager, { risk: reconciling({ positions }), venue });
    await runner.push(quotesAt(10));
    expect(runner.step.portfolio().qty(inst)).toBe(qty);
    expect(codes('killSwitch')).toEqual(stops);
  });

  test('a balance that differs is taken over with a transfer', async () => {
    const { venue } = scripted({ reconcile: () => answerOf([], { usdt: '12.5' }) });
    const { log, runner } = running(eager, { risk: reconciling(), venue });
    await runner.push(quotesAt(10));
    expect(runner.step.portfolio().snapshot().cash['USDT']).toMatch(/^12\.50*$/);
    expect(ofType(log.records, 'CashFlow')).toMatchObject([
      { src: 'RUNNER', body: { kind: 'transfer' } },
    ]);
  });

  test('silence is a difference, and the question is put again', async () => {
    const { notes, venue } = scripted({});
    const { codes, runner } = running(eager, { risk: reconciling(), venue });
    await runner.push(quotesAt(10));
    await runner.advance(2_500);
    expect(codes('gap')).toEqual(['QL_RECONCILE_TIMEOUT', 'QL_RECONCILE_TIMEOUT']);
    expect(notes).toEqual(['reconcile', 'reconcile', 'reconcile']);
  });

  test.each([
    ['firstOrderAndReconnect', 2],
    ['firstOrder', 1],
  ])('after a reconnect with %s', async (before, asked) => {
    const { notes, venue } = scripted({ reconcile: () => answerOf() });
    const { log, runner } = running(
      counting(() => null),
      { risk: reconciling({ before }), venue },
    );
    await runner.push(quotesAt(10));
    await runner.operator(operatorFact('disconnected', ''));
    await runner.operator(operatorFact('connected', ''));
    expect(notes).toHaveLength(asked);
    expect(log.records.length).toBeGreaterThan(0);
  });
});

describe('STRATEGY-23: a cash flow is booked once, and an impossible one stops trading', () => {
  const flow = (part: Partial<CashFlowBody> = {}) =>
    fact('CashFlow', {
      ...{ amount: '-1.25', cause: 0, currency: 'USDT', flowId: 'f-1', inst: null },
      ...{ kind: 'funding', price: null, qty: null, ...part },
    });
  const started = async () => {
    const calls: string[] = [];
    const watching = counting((event) => {
      calls.push(event.t);
      return null;
    });
    const run = running(watching, {
      venue: scripted({}).venue,
      cash: { USDT: '10' },
    });
    await run.runner.push(quotesAt(10));
    const cash = () => run.runner.step.portfolio().snapshot().cash['USDT'];
    return { ...run, calls, cash };
  };

  test('the same flow twice moves cash once and is shown to the strategy once', async () => {
    const { calls, cash, runner } = await started();
    await runner.operator(flow());
    await runner.operator(flow());
    expect(cash()).toMatch(/^8\.750*$/);
    expect(calls.filter((t) => t === 'CashFlow')).toHaveLength(1);
  });

  test.each([
    ['another amount under the same id', { amount: '-2' }],
    ['an instrument nobody declared', { flowId: 'f-2', inst: 'SIM:X:OTHER' }],
  ])('%s', async (_, part) => {
    const { cash, codes, runner } = await started();
    await runner.operator(flow());
    expect(codes('killSwitch')).toEqual([]);
    await runner.operator(flow(part));
    expect(cash()).toMatch(/^8\.750*$/);
    expect(codes('killSwitch')).toHaveLength(1);
  });
});
