import type { Event, EventInput, SessionBody } from 'quantlaxmi/events';
import { clockError, maxPosition, parseRiskPolicy, riskPolicy } from 'quantlaxmi/risk';
import { createStep } from 'quantlaxmi/strategy';
import { expect, test } from 'vitest';
import { counting, inst, ofType, optionsOf, place, policy, quotesAt } from './lib.js';

const fact = (kind: SessionBody['kind'], code: string, details = {}): EventInput => ({
  ...{ t: 'Session', sv: 1, rx: 0, ts: null, src: 'OPERATOR' },
  body: { code, details, inst: null, kind },
});

const asks = counting((event, n) =>
  event.t === 'Quote' ? { intents: [place({ intentId: `i${n}` })] } : null,
);

const running = (risk = policy) => {
  const step = createStep(optionsOf(asks, { risk }));
  const [instrument, ...quotes] = quotesAt(10, 2e9, 4e9, 100_000e6);
  step.onInput(instrument as Event);
  const quote = () => step.onInput(quotes.shift() as Event);
  const verdict = () => ofType(quote(), 'Risk')[0]?.body.verdict;
  const order = (code: string, scope: string) =>
    ofType(step.onVenue(fact('operator', code, { by: 'asha', scope })), 'Session').map(
      ({ body }) => body.details['to'] ?? body.code,
    );
  return { step, order, verdict };
};

test('STRATEGY-30: without a ladder a named re-arm ends a named halt', () => {
  const { order, verdict } = running();
  expect(order('QL_OPERATOR_HALT', 'all')).toEqual(['halt']);
  expect(verdict()).toBe('halt');
  expect(order('QL_OPERATOR_REARM', 'all')).toEqual(['normal']);
  expect(verdict()).toBe('allow');
});

test('STRATEGY-30: a policy that drops the ladder leaves only halts, until a re-arm', () => {
  const trigger = {
    ...{ id: 'log', metric: 'logHealth', scope: 'all', throttle: '1', halt: '2' },
    ...{ clearPpm: 1_000_000, unknown: 'halt' },
  };
  const ladder = {
    ...{ triggers: [trigger], throttleSizePpm: 500_000, throttleRatePpm: 500_000 },
    ...{ coolDownUs: 1_000, everyUs: 1, haltCancels: false, haltFlattens: false },
  };
  const { order, step, verdict } = running(parseRiskPolicy({ ...policy.spec, ladder }));
  step.onVenue(fact('config', 'QL_WAL_STALLED'));
  verdict();
  order('QL_OPERATOR_HALT', 'strategy:counting');
  step.onVenue(fact('config', 'QL_WAL_FLOWING'));
  const details = { by: 'asha', policy: JSON.stringify(policy.spec) };
  const records = step.onVenue(fact('operator', 'QL_OPERATOR_POLICY', details));
  const left = ofType(records, 'Session').filter(({ body }) => body.kind === 'ladder');
  expect(left.map(({ body }) => [body.details['scope'], body.details['to']])).toEqual([
    ['all', 'normal'],
  ]);
  expect(verdict()).toBe('halt');
  expect(order('QL_OPERATOR_REARM', 'strategy:counting')).toEqual(['normal']);
  expect(verdict()).not.toBe('halt');
});

test.each(['venue:SIMM', 'venue:__proto__', 'account:other', 'strategy:x', 'instrument:x'])(
  'STRATEGY-41: %s is no scope of the run, and refused',
  (scope) => {
    const { order } = running();
    expect(order('QL_OPERATOR_HALT', scope)).toEqual(['QL_OPERATOR_REFUSED']);
    expect(order('QL_OPERATOR_HALT', `instrument:${inst}`)).toEqual(['halt']);
  },
);

const clocked = riskPolicy({
  checks: [maxPosition({ qtyMax: { [inst]: '100' } }), clockError({ errorMaxUs: 1_000 })],
});

test.each([
  { errorUs: 'very' },
  { errorUs: Number.NaN },
  { offsetUs: 0, roundTripUs: -2 },
  { offsetUs: 0, roundTripUs: Number.NaN },
])('STRATEGY-42: an unreadable clock fact %j makes the error unknown', (details) => {
  const { step, verdict } = running(clocked);
  step.onVenue(fact('clock', '', { errorUs: 10 }));
  expect(verdict()).toBe('allow');
  step.onVenue(fact('clock', '', details));
  expect(verdict()).not.toBe('allow');
  expect(step.stateHash()).toMatch(/^[0-9a-f]{64}$/);
});

test('STRATEGY-42: what was measured more than a day ago is unknown', () => {
  const { step, verdict } = running(clocked);
  step.onVenue(fact('clock', '', { errorUs: 10 }));
  expect([verdict(), verdict(), verdict(), verdict()].map((v) => v === 'allow')).toEqual([
    ...[true, true, true],
    false,
  ]);
});
