import fc from 'fast-check';
import type { IntentBody } from 'quantlaxmi/events';
import { parseRational, rational } from 'quantlaxmi/fixed-point';
import {
  consecutiveLosses,
  dailyLoss,
  drawdown,
  type EquityState,
  type RiskCheck,
  type RiskView,
} from 'quantlaxmi/risk';
import { describe, expect, test } from 'vitest';
import { intent } from '../lib.js';
import { only } from './ask.js';
import { equityOf, holding, NOW, worldView } from './world.js';

const asked = (
  by: RiskCheck,
  equity: EquityState | null,
  part: Partial<IntentBody> = {},
  more: { readonly position?: number; readonly view?: Partial<RiskView> } = {},
) => {
  const holdings = [holding({}, { position: more.position ?? 0 })];
  return by.evaluate(intent(part), only(worldView({ holdings, equity }, more.view), by.inputs), []);
};

const day = (lossMax: string, allowReducing = false) =>
  dailyLoss({ currency: 'USDT', lossMax, ageMaxUs: 1_000, allowReducing });
const fall = (fallMaxPpm: number, allowReducing = false) =>
  drawdown({ fallMaxPpm, ageMaxUs: 1_000, allowReducing });
const row = (lossesMax: number, allowReducing = false) =>
  consecutiveLosses({ lossesMax, allowReducing });

const was = (start: string, peak = start) => ({
  dayStart: parseRational(start),
  peak: parseRational(peak),
});

describe('RISK-43: losses deny at their limit, open positions included', () => {
  test.each([
    ['999.99', ''],
    ['1000', ''],
    ['1100', ''],
    ['900.01', ''],
    ['900', 'QL_RISK_DAILY_LOSS'],
    ['-5', 'QL_RISK_DAILY_LOSS'],
  ])('daily loss at equity %s of 1000', (equity, code) => {
    expect(asked(day('100'), equityOf(equity, was('1000'))).code).toBe(code);
  });

  test.each([
    ['950.01', ''],
    ['950', 'QL_RISK_DRAWDOWN'],
    ['1000', ''],
    ['-100', 'QL_RISK_DRAWDOWN'],
  ])('drawdown at equity %s of a peak of 1000', (equity, code) => {
    expect(asked(fall(50_000), equityOf(equity, was('900', '1000'))).code).toBe(code);
  });

  test.each([
    [2, ''],
    [3, 'QL_RISK_LOSSES'],
    [4, 'QL_RISK_LOSSES'],
  ])('%i losses in a row of 3', (lossesInRow, code) => {
    expect(asked(row(3), equityOf('1', { lossesInRow })).code).toBe(code);
  });

  test('the record shows what was seen', () => {
    const state = equityOf('970.5', was('1000', '1200'));
    expect(asked(day('100'), state)).toEqual({ code: '', observed: '29.5', limit: '100' });
    const ppm = { code: 'QL_RISK_DRAWDOWN', observed: '191250', limit: '50000' };
    expect(asked(fall(50_000), state)).toEqual(ppm);
  });

  test('equity equals a model of fractions', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -2_000, max: 4_000 }),
        fc.integer({ min: 1, max: 4_000 }),
        fc.integer({ min: 1, max: 900 }),
        (now, start, limit) => {
          const state = equityOf('0', {
            equity: rational(BigInt(now), 3n),
            dayStart: rational(BigInt(start), 3n),
            peak: rational(BigInt(start), 3n),
          });
          const lost = start - now >= 3 * limit;
          expect(asked(day(String(limit)), state).code !== '').toBe(lost);
          const ppm = limit * 1_000;
          const fell = (start - now) * 1_000_000 > (ppm - 1) * start;
          expect(asked(fall(ppm), state).code !== '').toBe(fell);
        },
      ),
      { seed: 45, numRuns: 300 },
    );
  });
});

const bad = equityOf('1', { ...was('1000'), lossesInRow: 9 });
const all: readonly [string, (reducing: boolean) => RiskCheck][] = [
  ['daily loss', (reducing) => day('100', reducing)],
  ['drawdown', (reducing) => fall(50_000, reducing)],
  ['losses in a row', (reducing) => row(3, reducing)],
];

describe('RISK-42: at a loss limit only reducing orders pass, if the policy says so', () => {
  const cases: readonly [string, Partial<IntentBody>, number, boolean][] = [
    ['a smaller sell of a long', { side: 'sell', qty: 4 }, 5, true],
    ['a sell of the long', { side: 'sell', qty: 5 }, 5, true],
    ['a buy of the short', { side: 'buy', qty: 5 }, -5, true],
    ['a sell that turns it', { side: 'sell', qty: 6 }, 5, false],
    ['a buy of more', { side: 'buy', qty: 1 }, 5, false],
    ['an order from flat', { side: 'sell', qty: 1 }, 0, false],
  ];
  test.each(all.flatMap(([name, make]) => cases.map((one) => [name, make, ...one] as const)))(
    '%s, %s %s',
    (_, make, __, part, position, reducing) => {
      expect(asked(make(true), bad, part, { position }).code === '').toBe(reducing);
      expect(asked(make(false), bad, part, { position }).code).not.toBe('');
    },
  );

  test('working orders of the same side count', () => {
    const view = { working: () => ({ buyQty: 0, sellQty: 3 }) };
    const part = { side: 'sell', qty: 2 } as const;
    expect(asked(day('100', true), bad, part, { position: 5, view }).code).toBe('');
    expect(asked(day('100', true), bad, { ...part, qty: 3 }, { position: 5, view }).code).not.toBe(
      '',
    );
  });
});

describe('RISK-43: equity that is unknown or old denies, of reducing orders as well', () => {
  const fine = equityOf('1000', was('1000'));
  const sell = { side: 'sell', qty: 1 } as const;
  const strange = { num: Number.NaN, den: 1n } as unknown as EquityState['equity'];
  const states: readonly [string, EquityState | null][] = [
    ['unknown', null],
    ['not a number', { ...fine, equity: strange, lossesInRow: Number.NaN }],
    ['without a denominator', { ...fine, peak: { num: 1n, den: 0n }, lossesInRow: 0.5 }],
  ];
  test.each(all.flatMap(([name, make]) => states.map((one) => [name, make, ...one] as const)))(
    '%s, %s %s',
    (_, make, __, state) => {
      const more = { position: 5 };
      expect(asked(make(true), state, sell, more).code).toBe('QL_RISK_EQUITY_UNKNOWN');
      expect(asked(make(true), fine, sell, more).code).toBe('');
    },
  );

  test.each(all.slice(0, 2))('%s, on an old mark or one of the future', (_, make) => {
    for (const oldestRx of [NOW - 1_001, NOW + 1, Number.NaN]) {
      expect(asked(make(true), { ...fine, oldestRx }).code).toBe('QL_RISK_EQUITY_STALE');
    }
    for (const oldestRx of [NOW - 1_000, NOW, null]) {
      expect(asked(make(true), { ...fine, oldestRx }).code).toBe('');
    }
  });

  test('another currency, a peak of 0', () => {
    expect(asked(day('100'), { ...fine, currency: 'USD' }).code).toBe('QL_RISK_CURRENCY');
    const flat = { ...fine, peak: parseRational('0') };
    expect(asked(fall(1), flat).code).toBe('QL_RISK_EQUITY_UNKNOWN');
  });
});

test.each<[string, () => unknown]>([
  ['a loss of 0', () => day('0')],
  ['a loss without end', () => day('Infinity')],
  ['a fall of 0', () => fall(0)],
  ['a fall of NaN', () => fall(Number.NaN)],
  ['no losses', () => row(0)],
  ['half a loss', () => row(0.5)],
  ['no word on reducing', () => row(1, undefined as unknown as boolean).spec && row(1, 1 as never)],
])('RISK-7: a loss check is not made of %s', (_, run) => {
  expect(run).toThrow();
});
