import type { EventInput, IntentBody } from 'quantlaxmi/events';
import { parseRiskPolicy } from 'quantlaxmi/risk';
import { sessionOf, testInstrument } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { counting, inst, ofType, place, policy, quoteBody, quotesAt, sim } from './lib.js';
import { operatorFact, running } from './scripted.js';

const other = 'SIM:X:ETHUSDT';
const trigger = (part: object) => ({
  ...{ id: 't', metric: 'logHealth', scope: 'all', clearPpm: 1_000_000, unknown: 'halt', ...part },
});
const ladderOf = (part: object = {}) => ({
  triggers: [trigger({ throttle: '1', halt: '2' })],
  ...{ throttleSizePpm: 500_000, throttleRatePpm: 500_000, coolDownUs: 1_000, everyUs: 100 },
  ...{ haltCancels: true, haltFlattens: false, ...part },
});
const account = { currency: 'USDT', rates: {}, dayStartUs: 0, lots: 'average' };
const flatten = { slicePpm: 250_000, everyUs: 1_000, throughBps: 10, ordersMax: 2 };
const halt = (scope: string) => operatorFact('operator', 'QL_OPERATOR_HALT', { by: 'asha', scope });

/** The session event with this `seq` is answered with these intents. */
const answering = (answers: Readonly<Record<number, readonly IntentBody[]>>) =>
  counting((event) =>
    'seq' in event && event.t === 'Quote' ? { intents: answers[event.seq] ?? [] } : null,
  );

const ladderSays = (records: readonly EventInput[]) =>
  ofType(records, 'Session')
    .filter(({ body }) => body.kind === 'ladder')
    .map(({ body, rx }) => ({ code: body.code, rx, to: body.details['to'] }));

describe('STRATEGY-24: HALT acts in its scope only, and within limits', () => {
  const two = (...times: readonly number[]) =>
    sessionOf([
      { t: 'Instrument', rx: 0, body: testInstrument() },
      { t: 'Instrument', rx: 0, body: testInstrument({ instrumentId: other, symbol: 'ETHUSDT' }) },
      ...times.flatMap((rx) => [
        { t: 'Quote' as const, rx, body: quoteBody() },
        { t: 'Quote' as const, rx, body: quoteBody({ inst: other }) },
      ]),
    ]);

  test('working orders of the scope are cancelled, those beside it work on', async () => {
    const risk = parseRiskPolicy({
      checks: [{ check: 'quoteAge', ageMaxUs: 60_000_000 }],
      fmt: policy.spec.fmt,
      ladder: ladderOf(),
    });
    const strategy = answering({
      3: [place({ intentId: 'a', price: 990, tif: 'gtc' })],
      4: [place({ inst: other, intentId: 'b', price: 990, tif: 'gtc' })],
    });
    const { runner } = running(strategy, { risk, venue: sim(5, 5) });
    const events = two(10, 100, 500);
    await runner.push(events.slice(0, 6));
    expect(runner.step.openOrders().map((order) => order.inst)).toEqual([inst, other]);
    await runner.operator(halt(`instrument:${inst}`));
    await runner.push(events.slice(6));
    expect(runner.step.openOrders().map((order) => order.inst)).toEqual([other]);
  });

  test('without haltCancels they work on', async () => {
    const risk = parseRiskPolicy({ ...policy.spec, ladder: ladderOf({ haltCancels: false }) });
    const strategy = answering({ 2: [place({ price: 990, tif: 'gtc' })] });
    const { runner } = running(strategy, { risk, venue: sim(5, 5) });
    await runner.push(quotesAt(10, 100).slice(0, 3));
    await runner.operator(halt('all'));
    await runner.push(quotesAt(10, 100, 500).slice(3));
    expect(runner.step.openOrders()).toHaveLength(1);
  });

  test('flattening closes no more than it may, and gives up with a fact at ordersMax', async () => {
    const risk = parseRiskPolicy({
      ...policy.spec,
      flatten,
      ladder: ladderOf({ haltFlattens: true }),
    });
    const strategy = answering({ 2: [place({ qty: 8 })] });
    const { log, runner } = running(strategy, { risk, venue: sim(5, 5) });
    const events = quotesAt(...Array.from({ length: 12 }, (_, i) => 10 + i * 1_500));
    await runner.push(events.slice(0, 3));
    expect(runner.step.portfolio().qty(inst)).toBe(8);
    await runner.operator(halt('all'));
    await runner.push(events.slice(3));
    const sold = ofType(log.records, 'Fill').filter(({ body }) => body.side === 'sell');
    expect(sold.map(({ body }) => body.qty)).toEqual([2, 2]);
    expect(runner.step.portfolio().qty(inst)).toBe(4);
    expect(
      ladderSays(log.records).filter(({ code }) => code === 'QL_FLATTEN_GAVE_UP'),
    ).toHaveLength(1);
    const placed = ofType(log.records, 'Decision').filter(
      ({ body }) => body.strategyId === 'flatten',
    );
    expect(placed.flatMap(({ body }) => body.intents).every((i) => i.reduceOnly)).toBe(true);
  });
});

describe('STRATEGY-15: the peak is based anew by a named person only', () => {
  const risk = parseRiskPolicy({
    ...policy.spec,
    account,
    ladder: ladderOf({
      ...{
        triggers: [
          trigger({ metric: 'drawdownPpm', warn: '1', halt: '100000000', markAgeMaxUs: 6e7 }),
        ],
      },
      ...{ haltCancels: false, coolDownUs: 1 },
    }),
  });
  const started = async () => {
    const run = running(
      answering({}),
      // A loss of the day before anything else: a fee.
      { cash: { USDT: '100' }, risk, venue: sim(5, 5) },
    );
    await run.runner.push(quotesAt(10));
    const fee = { amount: '-10', cause: 0, currency: 'USDT', flowId: 'f', inst: null };
    const body = { ...fee, kind: 'fee', price: null, qty: null } as const;
    await run.runner.operator({ ...{ t: 'CashFlow', sv: 1, rx: 0, ts: null, src: 'SIM' }, body });
    return run;
  };
  const peak = (by: string) => operatorFact('operator', 'QL_OPERATOR_PEAK', { by });

  test.each([
    ['', ['warn'], ['QL_OPERATOR_REFUSED']],
    ['asha', ['warn', 'normal'], []],
  ])('by %j', async (by, levels, refused) => {
    const { codes, log, runner } = await started();
    await runner.operator(peak(by));
    await runner.push(quotesAt(10, 500, 1_000).slice(2));
    expect(ladderSays(log.records).map(({ to }) => to)).toEqual(levels);
    expect(codes('operator')).toEqual(refused);
  });
});

describe('STRATEGY-25: between own facts the ladder is looked at once in everyUs at most', () => {
  // The age of the mark of what is held grows with every event.
  const risk = parseRiskPolicy({
    ...policy.spec,
    ladder: ladderOf({
      ...{ triggers: [trigger({ metric: 'markAgeUs', warn: '150', unknown: 'normal' })] },
      everyUs: 1_000,
    }),
  });
  const bars = (...times: readonly number[]): ReturnType<typeof quotesAt> =>
    sessionOf([
      { t: 'Instrument', rx: 0, body: testInstrument() },
      { t: 'Quote', rx: 10, body: quoteBody() },
      { t: 'Quote', rx: 40, body: quoteBody() },
      ...times.map((rx) => ({
        ...{ t: 'Session' as const, rx },
        body: { code: '', details: {}, inst: null, kind: 'start' as const },
      })),
    ]);

  test('a level changes at the first event that far behind the last look', async () => {
    const { log, runner } = running(answering({ 2: [place()] }), { risk, venue: sim(5, 5) });
    await runner.push(bars(300, 600, 900, 1_010, 1_040));
    // The last look was at the fill, at 20.
    expect(ofType(log.records, 'Fill').map(({ rx }) => rx)).toEqual([20]);
    expect(ladderSays(log.records)).toMatchObject([{ rx: 1_040, to: 'warn' }]);
  });
});
