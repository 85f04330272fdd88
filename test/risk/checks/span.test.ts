import type { AccountBody, IntentBody } from 'quantlaxmi/events';
import { type RiskCheck, type RiskView, type SpanMarginOptions, spanMargin } from 'quantlaxmi/risk';
import { describe, expect, test } from 'vitest';
import { intent } from '../lib.js';
import { market, only } from './ask.js';
import { holding, type World, working, worldView } from './world.js';

const FUT = 'ZERODHA:NFO:NIFTYFUT';
const CALL = 'ZERODHA:NFO:NIFTYCE';
const base = { quote: 'INR', settle: 'INR', lot: 65, qtyExponent: 0, priceExponent: -2 } as const;
const future = { ...base, instrumentId: FUT, class: 'future' } as const;
const call = { ...base, instrumentId: CALL, class: 'option', right: 'call', strike: 1 } as const;

const make = (part: Partial<SpanMarginOptions> = {}) =>
  spanMargin({
    currency: 'INR',
    lots: {
      [FUT]: { span: '180000', exposure: '33000.5' },
      [CALL]: { span: '90000', exposure: '10000' },
    },
    funds: 'cash',
    bufferMin: '0',
    allowReducing: false,
    otherClasses: 'deny',
    ...part,
  });

const asked = (
  world: Partial<World>,
  part: Partial<IntentBody> = {},
  more: { readonly by?: RiskCheck; readonly view?: Partial<RiskView> } = {},
) => {
  const by = more.by ?? make();
  const whole = { holdings: [holding(future), holding(call)], ...world };
  const order = intent({ inst: FUT, qty: 65, price: 2_500_000, ...part });
  return by.evaluate(order, only(worldView(whole, more.view), by.inputs), []);
};

const cash = (INR: string) => ({ cash: { INR } });
const report = (margin: Record<string, string>): AccountBody => ({
  account: 'A',
  balances: [],
  cause: 0,
  margin,
  positions: [],
});

describe('RISK-48: funds cover the margin given for every lot that could be open', () => {
  test('one lot of a future, to the last unit', () => {
    expect(asked(cash('213000.5'))).toEqual({ code: '', observed: '213000.5', limit: '213000.5' });
    expect(asked(cash('213000.49')).code).toBe('QL_RISK_MARGIN');
    const by = make({ bufferMin: '0.01' });
    expect(asked(cash('213000.5'), {}, { by }).code).toBe('QL_RISK_MARGIN');
  });

  test('a lot begun is a lot; the worse side with its working orders counts', () => {
    expect(asked(cash('999999'), { qty: 66 }).observed).toBe('426001');
    const orders = [working(FUT, 'buy', 65), working(FUT, 'sell', 130)];
    const holdings = [holding(future, { position: 65, orders })];
    // long 65 + 65 + 65 = 3 lots, short 1 lot
    expect(asked({ ...cash('999999'), holdings }).observed).toBe('639001.5');
  });

  test('an option takes margin for what is written and premium for what is bought', () => {
    const part = { inst: CALL, price: 10_000 } as const;
    expect(asked(cash('100000'), { ...part, side: 'sell' }).observed).toBe('100000');
    // 65 × 100.00
    expect(asked(cash('6500'), part)).toMatchObject({ code: '', observed: '6500' });
    expect(asked(cash('6499.99'), part).code).toBe('QL_RISK_MARGIN');
    const deep = { ...market, inst: CALL, qty: 130 };
    expect(asked(cash('9'), deep).code).toBe('QL_RISK_PRICE_UNKNOWN');
  });

  test('margins and funds from the report of the account', () => {
    const by = make({
      lots: { [FUT]: { field: 'perLot:NIFTYFUT' } },
      funds: { field: 'equity.total' },
    });
    const margin = { 'perLot:NIFTYFUT': '213000.50', 'equity.total': '213000.5' };
    expect(asked({ report: report(margin) }, {}, { by }).code).toBe('');
    const poor = { ...margin, 'equity.total': '213000.4' };
    expect(asked({ report: report(poor) }, {}, { by }).code).toBe('QL_RISK_MARGIN');
    expect(asked({}, {}, { by }).code).toBe('QL_RISK_ACCOUNT_UNKNOWN');
    const nothing = report({ 'equity.total': '9' });
    expect(asked({ report: nothing }, {}, { by }).code).toBe('QL_RISK_MARGIN_UNKNOWN');
    const below = report({ ...margin, 'perLot:NIFTYFUT': '-1' });
    expect(asked({ report: below }, {}, { by }).code).toBe('QL_RISK_MARGIN_UNKNOWN');
  });

  test('RISK-42: past the limit only what shrinks the position, if the policy says so', () => {
    const world = { ...cash('1'), holdings: [holding(future, { position: 130 })] };
    const by = make({ allowReducing: true });
    expect(asked(world, { side: 'sell', qty: 65 }, { by }).code).toBe('');
    expect(asked(world, { side: 'sell', qty: 195 }, { by }).code).toBe('QL_RISK_MARGIN');
    expect(asked(world, { side: 'sell', qty: 65 }).code).toBe('QL_RISK_MARGIN');
  });
});

describe('RISK-48: what is unknown is denied', () => {
  test.each<[string, Partial<RiskView>, string]>([
    ['no balance', { cash: () => null }, 'QL_RISK_CASH_UNKNOWN'],
    ['nothing held known', { held: () => null }, 'QL_RISK_POSITION_UNKNOWN'],
    ['no position', { position: () => null }, 'QL_RISK_POSITION_UNKNOWN'],
    ['no instrument', { instrument: () => null }, 'QL_RISK_INSTRUMENT_UNKNOWN'],
  ])('%s', (_, view, code) => {
    expect(asked(cash('999999'), {}, { view }).code).toBe(code);
    expect(asked(cash('999999')).code).toBe('');
  });

  test('a margin that is not given, a lot of 0, another class', () => {
    const by = make({ lots: { OTHER: { span: '1', exposure: '0' } } });
    expect(asked(cash('999999'), {}, { by }).code).toBe('QL_RISK_LIMIT_UNSET');
    const odd = { ...cash('999999'), holdings: [holding({ ...future, lot: 0 })] };
    expect(asked(odd).code).toBe('QL_RISK_INSTRUMENT_INVALID');
    const equity = { ...cash('999999'), holdings: [holding({ ...future, class: 'equity' })] };
    expect(asked(equity).code).toBe('QL_RISK_CLASS');
    const lax = make({ otherClasses: 'allow' });
    expect(asked(equity, {}, { by: lax }).code).toBe('');
  });
});

test.each<[string, () => unknown]>([
  ['no lots', () => make({ lots: {} })],
  ['a margin of 0', () => make({ lots: { [FUT]: { span: '0', exposure: '0' } } })],
  ['a margin below 0', () => make({ lots: { [FUT]: { span: '-1', exposure: '0' } } })],
  ['an unnamed field', () => make({ lots: { [FUT]: { field: '' } } })],
  ['unnamed funds', () => make({ funds: { field: '' } })],
  ['a buffer below 0', () => make({ bufferMin: '-1' })],
])('RISK-7: a SPAN check is not made of %s', (_, run) => {
  expect(run).toThrow();
});
