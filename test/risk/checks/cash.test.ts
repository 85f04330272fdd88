import fc from 'fast-check';
import type { IntentBody } from 'quantlaxmi/events';
import { formatMantissa } from 'quantlaxmi/fixed-point';
import { cashCover, type RiskCheck, type RiskView } from 'quantlaxmi/risk';
import { describe, expect, test } from 'vitest';
import { inst, intent } from '../lib.js';
import { market, only } from './ask.js';
import { holding, type World, working, worldView } from './world.js';

const make = (part: Partial<Parameters<typeof cashCover>[0]> = {}) =>
  cashCover({ feePpm: 0, shortAllowed: [], otherClasses: 'deny', ...part });

const asked = (
  world: World,
  part: Partial<IntentBody> = {},
  more: { readonly by?: RiskCheck; readonly view?: Partial<RiskView> } = {},
) => {
  const by = more.by ?? make();
  return by.evaluate(intent(part), only(worldView(world, more.view), by.inputs), []);
};

const SPOT = { class: 'spot' } as const;
const ETH = { ...SPOT, instrumentId: 'SIM:X:ETHUSDT', base: 'ETH' };
// 5 lots of 0.001 at 100.0 cost 0.5 USDT.

describe('RISK-45: cash pays for all working buys and the order, fees included', () => {
  test('alone, to the last unit', () => {
    const world = (USDT: string): World => ({ holdings: [holding(SPOT)], cash: { USDT } });
    expect(asked(world('0.5'))).toEqual({ code: '', observed: '0.5', limit: '0.5' });
    expect(asked(world('0.499999999999999999')).code).toBe('QL_RISK_CASH');
    const fees = make({ feePpm: 1_000 });
    expect(asked(world('0.5'), {}, { by: fees }).code).toBe('QL_RISK_CASH');
    expect(asked(world('0.5005'), {}, { by: fees }).code).toBe('');
  });

  test('cumulative: orders of every instrument paid in the currency', () => {
    const holdings = [
      holding(SPOT, { orders: [working(inst, 'buy', 3), working(inst, 'sell', 50)] }),
      holding(ETH, { orders: [working(ETH.instrumentId, 'buy', 2)] }),
      holding({ ...ETH, instrumentId: 'E', settle: 'EUR' }, { orders: [working('E', 'buy', 9)] }),
      holding({ instrumentId: 'P' }, { orders: [working('P', 'buy', 900)] }),
    ];
    expect(asked({ holdings, cash: { USDT: '1' } })).toMatchObject({ code: '', observed: '1' });
    expect(asked({ holdings, cash: { USDT: '0.99' } }).code).toBe('QL_RISK_CASH');
  });

  test('a market order costs what it sweeps to; deeper than the display is denied', () => {
    const world = { holdings: [holding(SPOT)], cash: { USDT: '100' } };
    expect(asked(world, market).observed).toBe('0.5005');
    expect(asked(world, { ...market, qty: 101 }).code).toBe('QL_RISK_PRICE_UNKNOWN');
    const orders = [working(inst, 'buy', 101, null)];
    const busy = { ...world, holdings: [holding(SPOT, { orders })] };
    expect(asked(busy).code).toBe('QL_RISK_PRICE_UNKNOWN');
  });

  test('an option costs its premium', () => {
    const option = { class: 'option', right: 'call', strike: 9_000 } as const;
    const world = { holdings: [holding(option)], cash: { USDT: '0.5' } };
    expect(asked(world).code).toBe('');
    expect(asked(world, { price: 1_001 }).code).toBe('QL_RISK_CASH');
    // Writing it is not covered by cash.
    expect(asked(world, { side: 'sell' }).code).toBe('QL_RISK_HOLDING');
  });
});

describe('RISK-45: a sell needs the holding', () => {
  const orders = [working(inst, 'sell', 3)];
  test.each([
    [5, [], ''],
    [4, [], 'QL_RISK_HOLDING'],
    [0, [], 'QL_RISK_HOLDING'],
    [8, orders, ''],
    [7, orders, 'QL_RISK_HOLDING'],
    [-1, [], 'QL_RISK_HOLDING'],
  ])('position %i', (position, list, code) => {
    const world = { holdings: [holding(SPOT, { position, orders: [...list] })], cash: {} };
    expect(asked(world, { side: 'sell' }).code).toBe(code);
    const by = make({ shortAllowed: [inst] });
    expect(asked(world, { side: 'sell' }, { by }).code).toBe('');
  });
});

describe('RISK-45: what is unknown or of another kind is denied', () => {
  const world = { holdings: [holding(SPOT)], cash: { USDT: '9' } };
  test.each<[string, Partial<RiskView>, string]>([
    ['no balance', { cash: () => null }, 'QL_RISK_CASH_UNKNOWN'],
    ['a balance of NaN', { cash: () => NAN }, 'QL_RISK_CASH_UNKNOWN'],
    ['nothing held known', { held: () => null }, 'QL_RISK_POSITION_UNKNOWN'],
    ['no instrument', { instrument: () => null }, 'QL_RISK_INSTRUMENT_UNKNOWN'],
    ['no working', { working: () => null }, 'QL_RISK_POSITION_UNKNOWN'],
    [
      'a list that lacks an order',
      { working: () => ({ buyQty: 1, sellQty: 0 }) },
      'QL_RISK_POSITION_UNKNOWN',
    ],
  ])('%s', (_, view, code) => {
    expect(asked(world, {}, { view }).code).toBe(code);
    expect(asked(world).code).toBe('');
  });
  const NAN = { num: Number.NaN as unknown as bigint, den: 1n };

  test('margin is not its business', () => {
    const perp = { holdings: [holding()], cash: { USDT: '9' } };
    expect(asked(perp).code).toBe('QL_RISK_CLASS');
    expect(asked(perp, {}, { by: make({ otherClasses: 'allow' }) }).code).toBe('');
  });
});

test('RISK-45: no accepted sequence of buys costs more than the cash, whatever executes', () => {
  let refused = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4_000 }),
      fc.integer({ min: 0, max: 9_999 }),
      fc.array(
        fc.record({ qty: fc.integer({ min: 1, max: 9 }), price: fc.integer({ min: 1, max: 99 }) }),
        {
          maxLength: 8,
        },
      ),
      (cash, feePpm, buys) => {
        const orders: ReturnType<typeof working>[] = [];
        const by = make({ feePpm });
        let spent = 0;
        for (const { price, qty } of buys) {
          const holdings = [holding(SPOT, { orders: [...orders] })];
          const world = { holdings, cash: { USDT: formatMantissa(cash, -4) } };
          const result = asked(world, { price, qty }, { by });
          const fits = (spent + price * qty) * (1_000_000 + feePpm) <= cash * 1_000_000;
          expect(result.code === '').toBe(fits);
          if (!fits) {
            refused += 1;
            continue;
          }
          spent += price * qty;
          orders.push(working(inst, 'buy', qty, price));
        }
        expect(spent).toBeLessThanOrEqual(cash);
      },
    ),
    { seed: 46, numRuns: 200 },
  );
  expect(refused).toBeGreaterThan(50);
});

test.each<[string, () => unknown]>([
  ['fees below 0', () => make({ feePpm: -1 })],
  ['fees of NaN', () => make({ feePpm: Number.NaN })],
  ['no word on other classes', () => make({ otherClasses: undefined as never })],
])('RISK-7: a cash check is not made of %s', (_, run) => {
  expect(run).toThrow();
});
