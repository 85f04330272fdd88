import fc from 'fast-check';
import type { IntentBody } from 'quantlaxmi/events';
import { compareRational, formatMantissa, rational, subRational } from 'quantlaxmi/fixed-point';
import {
  liquidationPrice,
  type MarginCoverOptions,
  maintenanceMargin,
  marginBrackets,
  marginCover,
  type RiskCheck,
  type RiskView,
} from 'quantlaxmi/risk';
import { describe, expect, test } from 'vitest';
import { inst, intent } from '../lib.js';
import { market, only } from './ask.js';
import { equityOf, holding, NOW, type World, working, worldView } from './world.js';

const brackets = [
  { floor: '0', cap: '5', maintMarginRatio: '0.01', initialLeverage: 50, cum: '0' },
  { floor: '5', cap: '20', maintMarginRatio: '0.05', initialLeverage: 10, cum: '0.2' },
];

const make = (part: Partial<MarginCoverOptions> = {}) =>
  marginCover({
    currency: 'USDT',
    instruments: { [inst]: { initialLeverage: 10, brackets } },
    bufferMin: '0',
    maintenanceMaxPpm: 1_000_000,
    liquidation: null,
    ageMaxUs: 1_000,
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
  const whole = { holdings: [holding()], ...world };
  return by.evaluate(intent(part), only(worldView(whole, more.view), by.inputs), []);
};

const money = (text: string): Partial<World> => ({ cash: { USDT: text }, equity: equityOf(text) });

// 1 lot of 0.001 at 100.0 is worth 0.1 USDT, and takes 0.01 of initial margin.
describe('RISK-46: equity covers the margin of what all working orders could lead to', () => {
  test('initial margin, to the last unit', () => {
    expect(asked(money('0.05'))).toEqual({ code: '', observed: '0.05', limit: '0.05' });
    expect(asked(money('0.0499999')).code).toBe('QL_RISK_MARGIN');
    expect(asked(money('0.05'), {}, { by: make({ bufferMin: '0.000001' }) }).code).toBe(
      'QL_RISK_MARGIN',
    );
  });

  test('working orders of the worse side count, of the other they do not add', () => {
    const orders = [working(inst, 'buy', 10), working(inst, 'sell', 20)];
    const world = { ...money('9'), holdings: [holding({}, { position: 5, orders })] };
    // long 5 + 10 + 5 = 20, short 20 − 5 = 15
    expect(asked(world).observed).toBe('0.2');
    // short 20 − 5 + 5 = 20, long 15
    expect(asked(world, { side: 'sell' }).observed).toBe('0.2');
  });

  test('the lower of cash and equity carries margin', () => {
    const poor = { cash: { USDT: '0.04' }, equity: equityOf('100') };
    expect(asked(poor).code).toBe('QL_RISK_MARGIN');
    const losing = { cash: { USDT: '100' }, equity: equityOf('0.04') };
    expect(asked(losing).code).toBe('QL_RISK_MARGIN');
  });

  test('an order through the mark loses at once what it pays more', () => {
    // 5 lots at 110.0: value 0.55, margin 0.055, and 0.05 lost at the mark
    expect(asked(money('0.105'), { price: 1_100 }).code).toBe('');
    expect(asked(money('0.1049'), { price: 1_100 }).code).toBe('QL_RISK_MARGIN');
    expect(asked(money('0.055'), { ...market }).code).toBe('');
    expect(asked(money('9'), { ...market, qty: 101 }).code).toBe('QL_RISK_PRICE_UNKNOWN');
  });

  test('beyond the brackets, or above what a bracket lends, is denied', () => {
    expect(asked(money('99'), { qty: 200 }).code).toBe('');
    expect(asked(money('99'), { qty: 201 }).code).toBe('QL_RISK_MARGIN_BRACKET');
    const bold = make({ instruments: { [inst]: { initialLeverage: 11, brackets } } });
    expect(asked(money('99'), { qty: 50 }, { by: bold }).code).toBe('');
    expect(asked(money('99'), { qty: 51 }, { by: bold }).code).toBe('QL_RISK_MARGIN_BRACKET');
  });

  test('maintenance margin stays below its part of equity', () => {
    // 100 lots: size 10, maintenance 10 × 0.05 − 0.2 = 0.3
    const by = make({ maintenanceMaxPpm: 200_000 });
    expect(asked(money('1.5'), { qty: 100 }, { by }).code).toBe('');
    const refused = asked(money('1.49'), { qty: 100 }, { by });
    expect(refused).toEqual({
      code: 'QL_RISK_MAINTENANCE',
      observed: '201343',
      limit: '200000',
    });
  });

  test('inverse contracts in what they settle in', () => {
    const inverse = {
      inverse: true,
      quote: 'USD',
      settle: 'BTC',
      multiplier: '10',
      qtyExponent: 0,
    };
    const by = make({ currency: 'BTC' });
    // 5 contracts of 10 USD at 100.0: 0.5 BTC, margin 0.05
    const world = (BTC: string) => ({
      holdings: [holding(inverse)],
      cash: { BTC },
      equity: equityOf(BTC, { currency: 'BTC' }),
    });
    expect(asked(world('0.05'), {}, { by })).toMatchObject({ code: '', observed: '0.05' });
    expect(asked(world('0.0499'), {}, { by }).code).toBe('QL_RISK_MARGIN');
  });

  test('equity in another currency by the rate', () => {
    const equity = equityOf('5', { currency: 'INR' });
    const world = { cash: { USDT: '9' }, equity, rates: { 'INR/USDT': '0.01' } };
    expect(asked(world)).toMatchObject({ code: '', limit: '0.05' });
    expect(asked({ ...world, rates: {} }).code).toBe('QL_RISK_RATE_UNKNOWN');
  });

  test('RISK-42: at a limit only what shrinks the position passes, if the policy says so', () => {
    const world = { ...money('0.01'), holdings: [holding({}, { position: 50 })] };
    for (const allowReducing of [true, false]) {
      const by = make({ allowReducing });
      const code = allowReducing ? '' : 'QL_RISK_MARGIN';
      expect(asked(world, { side: 'sell', qty: 50 }, { by }).code).toBe(code);
      expect(asked(world, { side: 'sell', qty: 51 }, { by }).code).toBe('QL_RISK_MARGIN');
      expect(asked(world, { qty: 1 }, { by }).code).toBe('QL_RISK_MARGIN');
    }
  });
});

describe('RISK-46: what is unknown is denied, never a margin of zero', () => {
  const known = money('9');
  const NAN = { num: Number.NaN as unknown as bigint, den: 1n };
  test.each<[string, Partial<RiskView>, string]>([
    ['no balance', { cash: () => null }, 'QL_RISK_CASH_UNKNOWN'],
    ['a balance of NaN', { cash: () => NAN }, 'QL_RISK_CASH_UNKNOWN'],
    ['no equity', { equity: () => null }, 'QL_RISK_EQUITY_UNKNOWN'],
    [
      'equity of NaN',
      { equity: () => ({ ...equityOf('9'), equity: NAN }) },
      'QL_RISK_EQUITY_UNKNOWN',
    ],
    [
      'old equity',
      { equity: () => equityOf('9', { oldestRx: NOW - 1_001 }) },
      'QL_RISK_EQUITY_STALE',
    ],
    ['no mark', { mark: () => null }, 'QL_RISK_MARK_UNKNOWN'],
    ['no position', { position: () => null }, 'QL_RISK_POSITION_UNKNOWN'],
    ['a position of NaN', { position: () => Number.NaN }, 'QL_RISK_POSITION_UNKNOWN'],
    ['nothing held known', { held: () => null }, 'QL_RISK_POSITION_UNKNOWN'],
    [
      'a list that lacks an order',
      { working: () => ({ buyQty: 0, sellQty: 1 }) },
      'QL_RISK_POSITION_UNKNOWN',
    ],
    ['an instrument nobody declared', { held: () => ['X'] }, 'QL_RISK_INSTRUMENT_UNKNOWN'],
  ])('%s', (_, view, code) => {
    expect(asked(known, {}, { view }).code).toBe(code);
    expect(asked(known).code).toBe('');
  });

  test('an instrument without brackets, also one only held', () => {
    const other = holding({ instrumentId: 'OTHER' }, { position: 1 });
    expect(asked({ ...known, holdings: [holding(), other] }).code).toBe('QL_RISK_LIMIT_UNSET');
    const spot = holding({ instrumentId: 'OTHER', class: 'spot' }, { position: 1 });
    expect(asked({ ...known, holdings: [holding(), spot] }).code).toBe('');
  });

  test('another class or settlement currency', () => {
    const spot = { ...known, holdings: [holding({ class: 'spot' })] };
    expect(asked(spot).code).toBe('QL_RISK_CLASS');
    expect(asked(spot, {}, { by: make({ otherClasses: 'allow' }) }).code).toBe('');
    const settled = { ...known, holdings: [holding({ settle: 'USDC' })] };
    expect(asked(settled).code).toBe('QL_RISK_CLASS');
  });
});

const BIG = marginBrackets(brackets);

describe('RISK-47: no order whose liquidation price could come too close', () => {
  const near = make({
    instruments: { [inst]: { initialLeverage: 1, brackets } },
    liquidation: { distanceMinPpm: 100_000, sigmas: 3, sigmaPpm: { [inst]: 50_000 } },
  });

  test('the larger of a distance and so many standard deviations', () => {
    expect(asked(money('9'), { qty: 80 }, { by: near }).code).toBe('');
    const short = { side: 'sell', qty: 80 } as const;
    // Short 8 at 100, equity 8.2: 8.2 − 0.08 (P − 100) = 0.004 P − 0.2 gives 195.2: far away.
    expect(asked(money('8.2'), short, { by: near }).code).toBe('');
    const world = { cash: { USDT: '8' }, equity: equityOf('8') };
    const distance = make({
      instruments: { [inst]: { initialLeverage: 1, brackets } },
      liquidation: { distanceMinPpm: 960_000, sigmas: 0, sigmaPpm: {} },
    });
    const result = asked(world, short, { by: distance });
    expect(result.code).toBe('QL_RISK_LIQUIDATION_NEAR');
    expect(result.limit).toBe('960000');
    const spread = make({
      instruments: { [inst]: { initialLeverage: 1, brackets } },
      liquidation: { distanceMinPpm: 100_000, sigmas: 3, sigmaPpm: { [inst]: 320_000 } },
    });
    expect(asked(world, short, { by: spread })).toEqual(result);
  });

  test.each<[string, object]>([
    ['no distance', { distanceMinPpm: 0, sigmas: 0, sigmaPpm: {} }],
    ['the whole price', { distanceMinPpm: 1_000_000, sigmas: 0, sigmaPpm: {} }],
    ['a spread that is not given', { distanceMinPpm: 1, sigmas: 3, sigmaPpm: {} }],
    ['a spread of NaN', { distanceMinPpm: 1, sigmas: 3, sigmaPpm: { [inst]: Number.NaN } }],
  ])('a rule is not made of %s', (_, liquidation) => {
    expect(() => make({ liquidation: liquidation as never })).toThrow();
  });

  test('the answer equals the exact distance of the liquidation price', () => {
    let [held, refused] = [0, 0];
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 190 }),
        fc.constantFrom('buy' as const, 'sell' as const),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1_000, max: 999_000 }),
        fc.boolean(),
        (qty, side, percent, distanceMinPpm, inverse) => {
          const part = inverse
            ? { inverse, quote: 'USD', settle: 'USDT', multiplier: '10', qtyExponent: 0 }
            : {};
          const size = rational(BigInt(qty), 10n);
          // Equity from 1 % to 200 % of the size; lending of 1000 so that only distance speaks.
          const equity = rational(size.num * BigInt(percent), size.den * 100n);
          const wide = brackets.map((one) => ({ ...one, initialLeverage: 1_000 }));
          const by = make({
            instruments: { [inst]: { initialLeverage: 1_000, brackets: wide } },
            liquidation: { distanceMinPpm, sigmas: 0, sigmaPpm: {} },
          });
          const world = {
            holdings: [holding(part)],
            equity: { ...equityOf('0'), equity },
          };
          const { code } = asked(world, { qty, side }, { by, view: { cash: () => equity } });
          const margin = maintenanceMargin(BIG, size);
          if (margin === null || compareRational(margin, equity) > 0) {
            expect(code).toBe('QL_RISK_MAINTENANCE');
            return;
          }
          const mark = rational(100n);
          const legQty = inverse
            ? rational(size.num * 100n, size.den)
            : rational(size.num, size.den * 100n);
          const zero = rational(0n);
          const price = liquidationPrice(
            { walletBalance: equity, otherMaintenance: zero, otherUnrealised: zero },
            [{ side: side === 'buy' ? 'long' : 'short', qty: legQty, entry: mark }],
            { brackets: BIG, mark, inverse },
          );
          const gap =
            price === null
              ? null
              : side === 'buy'
                ? subRational(mark, price)
                : subRational(price, mark);
          const far = gap === null || gap.num * 10_000n >= gap.den * BigInt(distanceMinPpm);
          // Beyond the last bracket the check denies, whatever the price.
          const grown = side === (inverse ? 'buy' : 'sell');
          const factor = inverse ? 1_000_000 - distanceMinPpm : 1_000_000 + distanceMinPpm;
          const beyond =
            grown && (inverse ? qty * 1_000_000 > 200 * factor : qty * factor > 200 * 1_000_000);
          expect(code === '').toBe(far && !beyond);
          if (code === '') held += 1;
          else refused += 1;
        },
      ),
      { seed: 47, numRuns: 500 },
    );
    expect(Math.min(held, refused)).toBeGreaterThan(50);
  });
});

test('RISK-46: margin equals the worst of every set of executions, and only grows', () => {
  let refused = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: -20, max: 20 }),
      fc.array(
        fc.record({
          side: fc.constantFrom('buy' as const, 'sell' as const),
          qty: fc.integer({ min: 1, max: 15 }),
        }),
        { maxLength: 4 },
      ),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 80 }),
      (position, orders, qty, cents) => {
        const list = orders.map((one) => working(inst, one.side, one.qty));
        const world = {
          ...money(formatMantissa(cents, -2)),
          holdings: [holding({}, { position, orders: list })],
        };
        let outcomes = [position];
        for (const one of [...orders, { side: 'buy' as const, qty }]) {
          const step = one.side === 'buy' ? one.qty : -one.qty;
          outcomes = outcomes.flatMap((at) => [at, at + step]);
        }
        const worst = Math.max(...outcomes.map(Math.abs));
        const { code } = asked(world, { qty });
        expect(code === '').toBe(worst <= cents);
        if (code === '') return;
        refused += 1;
        expect(asked(world, { qty: qty + 1 }).code).not.toBe('');
      },
    ),
    { seed: 48, numRuns: 300 },
  );
  expect(refused).toBeGreaterThan(50);
});
