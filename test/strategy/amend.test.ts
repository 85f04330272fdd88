import type { EventInput, IntentBody } from 'quantlaxmi/events';
import { riskPolicy, selfTrade, quoteAge, maxPosition } from 'quantlaxmi/risk';
import { describe, expect, test } from 'vitest';
import { counting, inst, ofType, place, quoteBody, quotesAt, sim } from './lib.js';
import { operatorFact, running } from './scripted.js';

const resting = place({ price: 990, qty: 5, tif: 'gtc' });
const amend = (part: Partial<IntentBody>): IntentBody =>
  place({ action: 'amend', price: 991, qty: 4, tif: 'gtc', ...part });

/** The n-th quote is answered with the n-th intents. */
const scriptedIntents = (...answers: readonly (readonly IntentBody[])[]) =>
  counting((event) => {
    if (event.t !== 'Quote') return null;
    return { intents: answers[event.seq - 2] ?? [] };
  });

const orders = (records: readonly EventInput[]) =>
  ofType(records, 'Order').map(({ body, src }) => [src, body.state, body.qty, body.price]);

describe('an amend, end to end through the simulated venue', () => {
  test('STRATEGY-19: is asked for, taken, and the order stands on the new terms', async () => {
    const strategy = scriptedIntents([resting], [amend({})]);
    const { log, runner } = running(strategy, { venue: sim(100, 50) });
    await runner.push(quotesAt(10, 1_000, 2_000));
    expect(orders(log.records)).toEqual([
      ['RUNNER', 'submitted', 5, 990],
      ['SIM', 'acked', 5, 990],
      ['RUNNER', 'amendRequested', 4, 991],
      ['SIM', 'acked', 4, 991],
    ]);
    expect(runner.step.openOrders()).toMatchObject([{ price: 991, qty: 4, pending: null }]);
  });

  test('STRATEGY-19: one the venue refuses leaves the old terms, with a reason', async () => {
    let sent = 0;
    const venue = sim(100, 50);
    const lossy: typeof venue = {
      id: venue.id,
      submit: (order, nowUs) => venue.submit(order, nowUs),
      cancel: (order, nowUs) => venue.cancel(order, nowUs),
      amend: (order) => {
        sent += 1;
        const record = ofType(log.records, 'Order').find(
          ({ body }) => body.state === 'acked' && body.orderId === order.orderId,
        ) as EventInput;
        const body = { ...record.body, reason: 'QL_SIM_REFUSED' };
        return { events: [{ ...record, body } as never], timers: [] };
      },
      query: (query, nowUs) => venue.query(query, nowUs),
      reconcile: (nowUs, question) => venue.reconcile(nowUs, question),
      onMarket: (event) => venue.onMarket(event),
      onTimer: (id, nowUs) => venue.onTimer(id, nowUs),
    };
    const { log, runner } = running(scriptedIntents([resting], [amend({})]), { venue: lossy });
    await runner.push(quotesAt(10, 1_000, 2_000));
    expect(sent).toBe(1);
    expect(runner.step.openOrders()).toMatchObject([
      { price: 990, qty: 5, pending: null, state: 'acked' },
    ]);
  });

  test('STRATEGY-19: an execution that wins the race is counted into the new total', async () => {
    const strategy = scriptedIntents([resting], [amend({ price: 990, qty: 8 })]);
    const { log, runner } = running(strategy, { venue: sim(500, 50) });
    const [head, first, second, third, last] = quotesAt(10, 1_000, 1_200, 5_000) as [
      ...Parameters<typeof runner.push>[0],
    ];
    // The ask comes down on the order while the amend is on its way.
    const crossing = {
      ...third,
      body: quoteBody({ ask: 990, askQty: 2, bid: 980 }),
    } as typeof last;
    await runner.push([head, first, second, crossing, last].map((event) => event as never));
    await runner.finish();
    const fills = ofType(log.records, 'Fill');
    expect(fills.length).toBeGreaterThan(0);
    const asked = log.records.findIndex(
      (r) => r.t === 'Order' && r.body.state === 'amendRequested',
    );
    expect(log.records.findIndex((r) => r.t === 'Fill')).toBeGreaterThan(asked);
    const total = fills.reduce((sum, { body }) => sum + body.qty, 0);
    expect(total).toBeLessThanOrEqual(8);
    expect(runner.step.portfolio().qty(inst)).toBe(total);
    for (const order of runner.step.openOrders()) {
      expect(order).toMatchObject({ filled: total, qty: 8, remaining: 8 - total });
    }
    expect(ofType(log.records, 'Session').some(({ body }) => body.kind === 'killSwitch')).toBe(
      false,
    );
  });

  test('STRATEGY-19: one beyond the position limit is denied and never asked for', async () => {
    const strategy = scriptedIntents([resting], [amend({ qty: 101 })]);
    const { log, runner } = running(strategy, { venue: sim(100, 50) });
    await runner.push(quotesAt(10, 1_000, 2_000));
    expect(ofType(log.records, 'Risk').map(({ body }) => body.verdict)).toEqual([
      'allow',
      'reject',
    ]);
    expect(orders(log.records)).toHaveLength(2);
  });
});

describe('STRATEGY-20: own orders met are cancelled before the order that meets them', () => {
  const risk = riskPolicy({
    checks: [
      maxPosition({ qtyMax: { [inst]: '0.100' } }),
      quoteAge({ ageMaxUs: 60_000_000 }),
      selfTrade({ mode: 'cancelOldest' }),
    ],
  });
  const sell = place({ intentId: 'i-2', price: 989, qty: 3, side: 'sell', tif: 'gtc' });

  test('the cancel is recorded and sent before the submit', async () => {
    const { log, runner } = running(scriptedIntents([resting], [sell]), {
      ...{ risk, venue: sim(100, 50) },
    });
    const kinds: string[] = [];
    await runner.push(quotesAt(10, 1_000).slice(0, 2));
    const step = runner.step.onInput.bind(runner.step);
    runner.step.onInput = (event) => {
      const records = step(event);
      kinds.push(...runner.step.actions().map(({ kind }) => kind));
      return records;
    };
    await runner.push(quotesAt(10, 1_000).slice(2));
    expect(kinds).toEqual(['cancel', 'submit']);
    expect(orders(log.records).map(([src, state, qty]) => [src, state, qty])).toEqual([
      ['RUNNER', 'submitted', 5],
      ['SIM', 'acked', 5],
      ['RUNNER', 'cancelRequested', 5],
      ['RUNNER', 'submitted', 3],
    ]);
    await runner.finish();
    expect(ofType(log.records, 'Fill').every(({ body }) => body.side === 'sell')).toBe(true);
  });
});

describe('STRATEGY-11: what the guard holds back never reaches the venue', () => {
  const held = async (kind: 'amend' | 'cancel', intent: IntentBody) => {
    const sent: string[] = [];
    const venue = sim(100, 50);
    const noting: typeof venue = {
      ...{ id: venue.id, submit: (o, t) => venue.submit(o, t), query: (q, t) => venue.query(q, t) },
      cancel: (order, nowUs) => {
        sent.push('cancel');
        return venue.cancel(order, nowUs);
      },
      amend: (order, nowUs) => {
        sent.push('amend');
        return venue.amend(order, nowUs);
      },
      reconcile: (nowUs, question) => venue.reconcile(nowUs, question),
      onMarket: (event) => venue.onMarket(event),
      onTimer: (id, nowUs) => venue.onTimer(id, nowUs),
    };
    const guard = { check: (action: { kind: string }) => (action.kind === kind ? 'QL_HELD' : '') };
    const strategy = scriptedIntents([resting], [intent]);
    const { log, runner } = running(strategy, { guard, venue: noting });
    await runner.push(quotesAt(10, 1_000, 2_000));
    const last = ofType(log.records, 'Order').at(-1);
    return { last, open: runner.step.openOrders(), sent };
  };

  test.each([
    ['amend', amend({})],
    ['cancel', place({ action: 'cancel', price: null, qty: 0, tif: 'gtc' })],
  ] as const)('%s', async (kind, intent) => {
    const { last, open, sent } = await held(kind, intent);
    expect(sent).toEqual([]);
    expect(last).toMatchObject({ src: 'OPERATOR', body: { reason: 'QL_HELD', state: 'acked' } });
    expect(open).toMatchObject([{ pending: null, price: 990, qty: 5, state: 'acked' }]);
  });

  test('control: with the kill switch engaged by a fact, a cancel still goes out', async () => {
    const cancel = place({ action: 'cancel', price: null, qty: 0, tif: 'gtc' });
    const { log, runner } = running(scriptedIntents([resting], [cancel]), { venue: sim(100, 50) });
    await runner.push(quotesAt(10, 1_000, 2_000).slice(0, 2));
    await runner.operator(operatorFact('killSwitch', '', { by: 'asha', engaged: 1 }));
    await runner.push(quotesAt(10, 1_000, 2_000).slice(2));
    expect(ofType(log.records, 'Order').at(-1)?.body.state).toBe('cancelled');
  });
});
