import type { Event, EventInput, SessionBody } from 'quantlaxmi/events';
import { parseRiskPolicy } from 'quantlaxmi/risk';
import { createStep } from 'quantlaxmi/strategy';
import { expect, test } from 'vitest';
import { counting, inst, ofType, optionsOf, place, policy, quotesAt } from './lib.js';

const reconcile = {
  ...{ before: 'firstOrderAndReconnect', foreignOrders: 'cancel', missingOrders: 'adopt' },
  ...{ positions: 'adopt', balances: 'adopt', balanceTolerance: '1', timeoutUs: 5_000_000 },
};

const session = (kind: SessionBody['kind'], code = '', details = {}, src = 'SIM'): EventInput => ({
  ...{ t: 'Session', sv: 1, rx: 0, ts: null, src },
  body: { code, details, inst: null, kind },
});
const end = (question: number) => session('resync', 'QL_VENUE_RECONCILED', { orders: 0, question });
const account = (positions: unknown = []): EventInput =>
  ({
    ...{ t: 'Account', sv: 1, rx: 0, ts: null, src: 'SIM' },
    body: { account: 'A', balances: [], cause: 0, margin: {}, positions },
  }) as EventInput;

const running = () => {
  const asks = counting((event, n) =>
    event.t === 'Quote' ? { intents: [place({ intentId: `i${n}` })] } : null,
  );
  const risk = parseRiskPolicy({ ...policy.spec, reconcile });
  const step = createStep(optionsOf(asks, { risk }));
  const [instrument, ...quotes] = quotesAt(10, 20, 30, 40);
  step.onInput(instrument as Event);
  const allowed = () =>
    ofType(step.onInput(quotes.shift() as Event), 'Risk')[0]?.body.verdict === 'allow';
  const codes = (event: EventInput) =>
    ofType(step.onVenue(event), 'Session').map(({ body }) => body.code);
  return { step, allowed, codes };
};

test('STRATEGY-43: the end of an answer from before a lost connection settles nothing', () => {
  const { allowed, codes } = running();
  codes(session('disconnected'));
  codes(account());
  expect(codes(end(1))).toEqual([]);
  expect(allowed()).toBe(false);
  codes(session('connected'));
  codes(account());
  expect(codes(end(1))).toEqual([]);
  expect(allowed()).toBe(false);
  codes(account());
  expect(codes(end(2))).toEqual(['QL_RECONCILE_DONE']);
  expect(allowed()).toBe(true);
});

test('STRATEGY-44: a policy without reconciliation does not settle one that is open', () => {
  const { allowed, codes } = running();
  const details = { by: 'asha', policy: JSON.stringify(policy.spec) };
  codes(session('operator', 'QL_OPERATOR_POLICY', details, 'OPERATOR'));
  expect(allowed()).toBe(false);
  codes(account());
  expect(codes(end(1))).toEqual(['QL_RECONCILE_DONE']);
  expect(allowed()).toBe(true);
});

test('STRATEGY-45: an entry price that is no number stops trading', () => {
  const { allowed, codes } = running();
  codes(account([{ entryPrice: 'x', inst, qty: '0.050' }]));
  expect(codes(end(1))).toContain('QL_RECONCILE_POSITION');
  expect(allowed()).toBe(false);
});

test.each([null, { account: 7 }, { account: 'A', balances: [null], positions: [] }])(
  'STRATEGY-45: the account fact %j stops trading',
  (body) => {
    const { allowed, codes } = running();
    expect(codes({ ...account(), body } as unknown as EventInput)).toEqual([
      'QL_RECONCILE_INCOMPLETE',
    ]);
    expect(allowed()).toBe(false);
  },
);

test('STRATEGY-45: a fill of a spot instrument at price 0 is booked, and stops trading', () => {
  const { allowed, codes, step } = running();
  codes(account());
  codes(end(1));
  expect(allowed()).toBe(true);
  const order = step.actions().flatMap((a) => (a.kind === 'submit' ? [a.order] : []))[0];
  const body = {
    ...{ cause: 0, fee: 0, feeCurrency: 'USDT', feeExponent: -8, fillId: 'f', inst },
    ...{ liquidity: 'taker', orderId: order?.orderId, price: 0, qty: 1, side: 'buy' },
  };
  const fill = { t: 'Fill', sv: 1, rx: 20, ts: null, src: 'SIM', body } as EventInput;
  expect(codes(fill)).toEqual(['QL_PORTFOLIO_FILL']);
  expect(step.portfolio().qty(inst)).toBe(1);
  expect(allowed()).toBe(false);
});
