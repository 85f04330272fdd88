import type { EventInput, SessionBody } from 'quantlaxmi/events';
import { parseRiskPolicy } from 'quantlaxmi/risk';
import { createRunner } from 'quantlaxmi/strategy';
import { expect, test } from 'vitest';
import { inst, counting, memoryLog, ofType, optionsOf, place, policy, quotesAt } from './lib.js';

const ladder = {
  triggers: [
    {
      ...{ id: 'log', metric: 'logHealth', scope: 'all', throttle: '1', halt: '2' },
      ...{ clearPpm: 1_000_000, unknown: 'halt' },
    },
  ],
  ...{ throttleSizePpm: 500_000, throttleRatePpm: 500_000, coolDownUs: 1_000, everyUs: 100 },
  ...{ haltCancels: true, haltFlattens: false },
};
const flatten = { slicePpm: 500_000, everyUs: 1_000, throughBps: 10, ordersMax: 5 };
const risk = parseRiskPolicy({ ...policy.spec, flatten, ladder });

const fact = (kind: SessionBody['kind'], code: string, details = {}): EventInput => ({
  ...{ t: 'Session', sv: 1, rx: 0, ts: null, src: 'OPERATOR' },
  body: { code, details, inst: null, kind },
});

const started = (strategy = counting(() => null), events = quotesAt(10, 20, 30)) => {
  const log = memoryLog();
  const runner = createRunner(optionsOf(strategy, { log, risk }));
  return { log, runner, events };
};

const changes = (records: readonly EventInput[]) =>
  ofType(records, 'Session')
    .filter(({ body }) => body.kind === 'ladder')
    .map(({ body }) => [body.details['scope'], body.details['to']]);

test('STRATEGY-15: a poisoned log halts, and only a named person re-arms', async () => {
  const { events, log, runner } = started();
  await runner.push(events.slice(0, 2));
  await runner.operator(fact('config', 'QL_WAL_POISONED'));
  await runner.push(quotesAt(10, 500).slice(-1));
  expect(changes(log.records)).toEqual([['all', 'halt']]);
  await runner.operator(fact('operator', 'QL_OPERATOR_REARM', { by: '', scope: 'all' }));
  expect(changes(log.records)).toEqual([['all', 'halt']]);
  const refused = ofType(log.records, 'Session').filter(
    ({ body }) => body.code === 'QL_OPERATOR_REFUSED',
  );
  expect(refused).toHaveLength(1);
  await runner.operator(fact('operator', 'QL_OPERATOR_REARM', { by: 'asha', scope: 'all' }));
  expect(changes(log.records)).toHaveLength(2);
});

test('STRATEGY-15: a named halt cancels what works and denies what adds', async () => {
  const strategy = counting((event, n) =>
    event.t === 'Quote'
      ? { intents: [place({ intentId: `i${n}`, price: 990, tif: 'gtc' })] }
      : null,
  );
  const { events, log, runner } = started(strategy, quotesAt(10, 5_000, 9_000));
  await runner.push(events.slice(0, 3));
  const halt = { by: 'asha', scope: `instrument:${inst}` };
  await runner.operator(fact('operator', 'QL_OPERATOR_HALT', halt));
  await runner.push(events.slice(3));
  const decisions = ofType(log.records, 'Decision').map(({ body }) => body.strategyId);
  expect(decisions).toContain('ladder');
  expect(ofType(log.records, 'Risk').at(-1)?.body).toMatchObject({
    ladder: 'halt',
    verdict: 'halt',
  });
  await runner.finish();
  expect(runner.step.openOrders()).toEqual([]);
});

test('STRATEGY-15: another policy is taken from a named person, a broken one is not', async () => {
  const { events, log, runner } = started();
  await runner.push(events.slice(0, 2));
  const text = JSON.stringify(policy.spec);
  await runner.operator(fact('operator', 'QL_OPERATOR_POLICY', { by: 'asha', policy: text }));
  await runner.operator(fact('operator', 'QL_OPERATOR_POLICY', { by: 'asha', policy: '{}' }));
  const codes = ofType(log.records, 'Session').filter(({ src }) => src === 'RUNNER');
  expect(codes.map(({ body }) => [body.code, body.details['hash']])).toEqual([
    ['QL_RISK_POLICY', policy.hash],
    ['QL_OPERATOR_REFUSED', undefined],
  ]);
});

test('STRATEGY-16: flattening closes a position in slices', async () => {
  const strategy = counting((event, n) =>
    event.t === 'Quote' && n === 2 ? { intents: [place({ qty: 8 })] } : null,
  );
  const times = Array.from({ length: 20 }, (_, i) => 10 + i * 2_000);
  const { events, log, runner } = started(strategy, quotesAt(...times));
  await runner.push(events.slice(0, 4));
  expect(runner.step.portfolio().qty(inst)).toBe(8);
  await runner.operator(fact('operator', 'QL_OPERATOR_FLATTEN', { by: 'asha', scope: 'all' }));
  await runner.push(events.slice(4));
  expect(runner.step.portfolio().qty(inst)).toBe(0);
  const sold = ofType(log.records, 'Fill').filter(({ body }) => body.side === 'sell');
  expect(sold.map(({ body }) => body.qty)).toEqual([4, 2, 1, 1]);
});
