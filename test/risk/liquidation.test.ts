import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  addRational,
  compareRational,
  mulRational,
  parseRational,
  type Rational,
  rational,
  subRational,
} from 'quantlaxmi/fixed-point';
import {
  type BracketedLeg,
  isolatedLiquidationPrice,
  liquidationPrice,
  liquidationPriceInBracket,
  maintenanceAmounts,
  maintenanceMargin,
  type MarginBalance,
  type MarginBracket,
  type MarginLeg,
  marginBrackets,
} from 'quantlaxmi/risk';
import { parseLeverageBrackets } from 'quantlaxmi/venues/binance';
import { describe, expect, test } from 'vitest';

const VECTORS = '../shared/vectors/liquidation.json';
const TIERS = '../shared/data/crypto/binance_leverage_tiers_2024-10.json';
const has = existsSync(VECTORS) && existsSync(TIERS);
if (!has && process.env['REQUIRE_SHARED'] === '1') throw new Error(`${VECTORS} is missing`);
if (!has) console.warn(`SKIPPED: ${VECTORS} is missing; set REQUIRE_SHARED=1 to require it`);

const q = parseRational;
const ZERO = q('0');
const one = (value: Rational): Rational => rational(value.num, value.den);

/** Decimal text of so many significant digits, half even, as the vectors print a price. */
function significant(value: Rational, text: string): string {
  const decimals = text.split('.')[1]?.length ?? 0;
  const scaled = value.num * 10n ** BigInt(decimals);
  let units = scaled / value.den;
  const rest = (scaled % value.den) * 2n;
  if (rest > value.den || (rest === value.den && units % 2n === 1n)) units += 1n;
  const digits = String(units).padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  return decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** BTCUSDT brackets the venue announced for 2021-03-18. */
const ANNOUNCED = marginBrackets(
  [
    ['0', '50000', '0.004', '0'],
    ['50000', '250000', '0.005', '50'],
    ['250000', '1000000', '0.01', '1300'],
    ['1000000', '10000000', '0.025', '16300'],
    ['10000000', '20000000', '0.05', '266300'],
    ['20000000', '50000000', '0.1', '1266300'],
    ['50000000', '100000000', '0.125', '2516300'],
    ['100000000', '200000000', '0.15', '5016300'],
    ['200000000', '300000000', '0.25', '25016300'],
    ['300000000', '500000000', '0.5', '100016300'],
  ].map(([floor, cap, maintMarginRatio, cum], at) => ({
    floor: floor as string,
    cap: cap as string,
    maintMarginRatio: maintMarginRatio as string,
    initialLeverage: 125 - at,
    cum: cum as string,
  })),
);

type Case = Readonly<Record<string, string>> & {
  readonly id: string;
  readonly kind: string;
  readonly side: number;
  readonly leverage: number;
  readonly liq_price: string | null;
  readonly tiers: readonly Readonly<Record<'floor' | 'cap' | 'mmr' | 'cum', string | number>>[];
};

const balanceOf = (given: Case): MarginBalance => ({
  walletBalance: q(given['WB'] as string),
  otherMaintenance: q(given['TMM1'] as string),
  otherUnrealised: q(given['UPNL1'] as string),
});

const legOf = (given: Case): MarginLeg => ({
  side: given.side === 1 ? 'long' : 'short',
  qty: q(given['qty'] as string),
  entry: q(given['entry'] as string),
});

function hedged(given: Case): BracketedLeg[] {
  const leg = (side: 'long' | 'short', letter: string): BracketedLeg => ({
    side,
    qty: q(given[`${side}_qty`] as string),
    entry: q(given[`${side}_entry`] as string),
    maintMarginRatio: q(given[`mmr_${letter}`] as string),
    cum: q(given[`cum_${letter}`] as string),
  });
  return [leg('long', 'l'), leg('short', 's')];
}

/** What our functions answer to a case. */
function priceOf(given: Case): Rational | null {
  switch (given.kind) {
    case 'liq_one_way': {
      const leg = legOf(given);
      const options = { brackets: ANNOUNCED, mark: leg.entry, inverse: false };
      return liquidationPrice(balanceOf(given), [leg], options);
    }
    case 'liq_formula_literal': {
      const terms = {
        maintMarginRatio: q(given['mmr'] as string),
        cum: q(given['cumB'] as string),
      };
      const legs = [{ ...legOf(given), ...terms }];
      return liquidationPriceInBracket(balanceOf(given), legs, { inverse: false });
    }
    case 'liq_hedge':
      return liquidationPriceInBracket(balanceOf(given), hedged(given), { inverse: false });
    case 'liq_isolated_closed_form':
      return isolatedLiquidationPrice({
        entry: q(given['entry'] as string),
        initialLeverage: given.leverage,
        side: given.side === 1 ? 'long' : 'short',
        maintMarginRatio: q(given['mmr'] as string),
      });
    default:
      throw new Error(`unknown kind ${given.kind}`);
  }
}

describe.runIf(has)('RISK-40: the published liquidation cases', () => {
  const all = (
    has ? (JSON.parse(readFileSync(VECTORS, 'utf8')) as { cases: Case[] }).cases : []
  ) as Case[];
  const kinds = new Map<string, number>();
  for (const { kind } of all) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);

  test('RISK-40: every kind of case is run', () => {
    expect(Object.fromEntries(kinds)).toEqual({
      maintenance_amounts: 1,
      liq_one_way: 6,
      liq_formula_literal: 1,
      liq_hedge: 1,
      maintenance_margin: 3,
      liq_isolated_closed_form: 3,
    });
  });

  test.each(all.filter(({ kind }) => kind.startsWith('liq_')).map((one) => [one.id, one] as const))(
    'RISK-40: %s to the last printed digit',
    (_, given) => {
      const price = priceOf(given);
      const expected = given.liq_price;
      if (expected === null) expect(price).toBe(null);
      else expect(price && significant(price, expected)).toBe(expected);
    },
  );

  test.each(
    all.filter(({ kind }) => kind === 'maintenance_margin').map((one) => [one.id, one] as const),
  )('RISK-40: %s exactly', (_, given) => {
    const size = mulRational(q(given['qty'] as string), q(given['mark'] as string));
    expect(size).toEqual(q(given['notional'] as string));
    expect(maintenanceMargin(ANNOUNCED, size)).toEqual(q(given['mm'] as string));
  });

  test('RISK-40: the maintenance amounts of the announced brackets', () => {
    const { tiers } = all.find(({ kind }) => kind === 'maintenance_amounts') as Case;
    const rows = tiers.map((tier) => ({
      floor: q(String(tier.floor)),
      maintMarginRatio: q(String(tier.mmr)),
    }));
    expect(maintenanceAmounts(rows)).toEqual(tiers.map((tier) => q(String(tier.cum))));
  });

  interface Tier {
    readonly info: Readonly<Record<string, string>>;
  }

  test('RISK-40: the brackets of all 349 symbols are accepted, cum as worked out', () => {
    const tiers = JSON.parse(readFileSync(TIERS, 'utf8')) as Record<string, Tier[]>;
    const answer = Object.entries(tiers).map(([name, list]) => {
      const symbol = name.split(':')[0]?.replace('/', '') ?? '';
      const rows = list.map(
        ({ info }) => `{${Object.entries(info).map(([key, text]) => `"${key}":${text}`)}}`,
      );
      return `{"symbol":"${symbol}","brackets":[${rows.join(',')}]}`;
    });
    const symbols = parseLeverageBrackets(`[${answer.join(',')}]`, 'usdm');
    const parsed = symbols.map(({ brackets }) => marginBrackets(brackets));
    expect(parsed.length).toBe(349);
    expect(parsed.reduce((sum, { length }) => sum + length, 0)).toBe(2805);
    for (const brackets of parsed) {
      expect(maintenanceAmounts(brackets)).toEqual(brackets.map(({ cum }) => cum));
    }
  });
});

test('RISK-40: the bracket is the one at the liquidation price, not the one at the entry', () => {
  const walletBalance = q('51000');
  const leg: MarginLeg = { side: 'long', qty: q('4.2'), entry: q('59600') };
  const balance = { walletBalance, otherMaintenance: ZERO, otherUnrealised: ZERO };
  const options = { brackets: ANNOUNCED, mark: leg.entry, inverse: false };
  const right = liquidationPrice(balance, [leg], options);
  expect(right && significant(right, '0.000000')).toBe('47683.656377');
  // Control: 4.2 × 59600 = 250,320 is in the third bracket at the entry.
  const { cum, maintMarginRatio } = ANNOUNCED[2] as MarginBracket;
  const naive = liquidationPriceInBracket(balance, [{ ...leg, cum, maintMarginRatio }], options);
  expect(naive && significant(naive, '0.000000')).toBe('47623.857624');
});

test('RISK-40: hedge mode with equal sizes and no maintenance has no price', () => {
  const leg = (side: 'long' | 'short'): BracketedLeg => ({
    side,
    qty: q('1'),
    entry: q('60000'),
    maintMarginRatio: ZERO,
    cum: ZERO,
  });
  const balance = { walletBalance: q('1000'), otherMaintenance: ZERO, otherUnrealised: ZERO };
  const legs = [leg('long'), leg('short')];
  expect(liquidationPriceInBracket(balance, legs, { inverse: false })).toBe(null);
});

test.each<[string, () => unknown]>([
  ['no bracket', () => marginBrackets([])],
  ['a gap', () => marginBrackets([row(), row({ floor: '60000', cap: '70000', cum: '60' })])],
  ['a wrong cum', () => marginBrackets([row(), second({ cum: '51' })])],
  ['a first cum', () => marginBrackets([row({ cum: '1' })])],
  ['a ratio that falls', () => marginBrackets([row(), second({ maintMarginRatio: '0.003' })])],
  ['a ratio of 1', () => marginBrackets([row({ maintMarginRatio: '1' })])],
  ['a ratio of 0', () => marginBrackets([row({ maintMarginRatio: '0' })])],
  ['no first floor', () => marginBrackets([row({ floor: '1' })])],
  ['a cap below', () => marginBrackets([row({ cap: '0' })])],
  ['lending that rises', () => marginBrackets([row(), second({ initialLeverage: 126 })])],
  ['lending of 0', () => marginBrackets([row({ initialLeverage: 0 })])],
  ['an exponent', () => marginBrackets([row({ cap: '5e4' })])],
  ['a mark of 0', () => liquidationPrice(EMPTY, [LEG], { ...TERMS, mark: ZERO })],
  ['a quantity of 0', () => liquidationPrice(EMPTY, [{ ...LEG, qty: ZERO }], TERMS)],
  ['an entry of 0', () => liquidationPriceInBracket(EMPTY, [{ ...BRACKETED, entry: ZERO }], TERMS)],
  ['lending of 0, isolated', () => isolatedLiquidationPrice({ ...ISOLATED, initialLeverage: 0 })],
])('RISK-40: brackets and positions that do not fit are refused: %s', (_, run) => {
  expect(run).toThrow();
  expect(() => marginBrackets([row(), second()])).not.toThrow();
});

function row(part: object = {}) {
  const fields = { maintMarginRatio: '0.004', initialLeverage: 125, cum: '0' };
  return { floor: '0', cap: '50000', ...fields, ...part };
}
function second(part: object = {}) {
  const fields = { maintMarginRatio: '0.005', initialLeverage: 100, cum: '50' };
  return { floor: '50000', cap: '250000', ...fields, ...part };
}
const EMPTY: MarginBalance = {
  walletBalance: q('10'),
  otherMaintenance: ZERO,
  otherUnrealised: ZERO,
};
const LEG: MarginLeg = { side: 'long', qty: q('1'), entry: q('1') };
const BRACKETED: BracketedLeg = { ...LEG, maintMarginRatio: q('0.1'), cum: ZERO };
const TERMS = { brackets: ANNOUNCED, mark: q('1'), inverse: false };
const ISOLATED = {
  entry: q('1'),
  initialLeverage: 1,
  side: 'long',
  maintMarginRatio: q('0.1'),
} as const;

/** Margin balance less maintenance margin at a price, worked out term by term. */
function surplus(
  balance: MarginBalance,
  legs: readonly MarginLeg[],
  at: { readonly price: Rational; readonly inverse: boolean },
): Rational {
  const { inverse, price } = at;
  const flip = (value: Rational): Rational => rational(value.den, value.num);
  const x = inverse ? flip(price) : price;
  let sum = addRational(balance.walletBalance, balance.otherUnrealised);
  sum = subRational(sum, balance.otherMaintenance);
  for (const { entry, qty, side } of legs) {
    const from = inverse ? flip(entry) : entry;
    const gain = mulRational(qty, subRational(x, from));
    const wins = (side === 'long') !== inverse;
    sum = wins ? addRational(sum, gain) : subRational(sum, gain);
    const size = mulRational(qty, x);
    const last = ANNOUNCED[ANNOUNCED.length - 1] as MarginBracket;
    const margin =
      maintenanceMargin(ANNOUNCED, size) ??
      subRational(mulRational(size, last.maintMarginRatio), last.cum);
    sum = subRational(sum, margin);
  }
  return one(sum);
}

const legArbitrary = (side: 'long' | 'short') =>
  fc
    .record({
      qty: fc.integer({ min: 1, max: 100_000 }),
      entry: fc.integer({ min: 1, max: 99_999 }),
    })
    .map(
      ({ entry, qty }): MarginLeg => ({
        side,
        qty: rational(BigInt(qty), 100n),
        entry: rational(BigInt(entry)),
      }),
    );

const scene = fc.record({
  wallet: fc.integer({ min: -1_000, max: 5_000_000 }),
  other: fc.integer({ min: 0, max: 5_000 }),
  unrealised: fc.integer({ min: -5_000, max: 5_000 }),
  legs: fc.oneof(
    legArbitrary('long').map((leg) => [leg]),
    legArbitrary('short').map((leg) => [leg]),
    fc.tuple(legArbitrary('long'), legArbitrary('short')).map((pair): MarginLeg[] => pair),
  ),
  inverse: fc.boolean(),
});

describe('RISK-40: at the liquidation price balance equals maintenance margin exactly', () => {
  test('for one-way and hedge mode, linear and inverse', () => {
    let found = 0;
    fc.assert(
      fc.property(scene, ({ inverse, legs, other, unrealised, wallet }) => {
        const balance: MarginBalance = {
          walletBalance: rational(BigInt(wallet)),
          otherMaintenance: rational(BigInt(other)),
          otherUnrealised: rational(BigInt(unrealised)),
        };
        const mark = (legs[0] as MarginLeg).entry;
        const price = liquidationPrice(balance, legs, { brackets: ANNOUNCED, mark, inverse });
        if (price === null) return;
        found += 1;
        expect(surplus(balance, legs, { price, inverse })).toEqual({ num: 0n, den: 1n });
        // Control: a hair away it is not.
        const away = mulRational(price, q('1.0000000001'));
        expect(surplus(balance, legs, { price: away, inverse }).num).not.toBe(0n);
      }),
      { seed: 40, numRuns: 400 },
    );
    expect(found).toBeGreaterThan(100);
  });

  test('where there is none, balance covers maintenance at every price tried', () => {
    let none = 0;
    fc.assert(
      fc.property(
        scene.filter(({ legs }) => legs.length === 1),
        fc.array(fc.integer({ min: 1, max: 10 ** 9 }), { minLength: 20, maxLength: 20 }),
        ({ inverse, legs, other, unrealised, wallet }, prices) => {
          const balance: MarginBalance = {
            walletBalance: rational(BigInt(wallet)),
            otherMaintenance: rational(BigInt(other)),
            otherUnrealised: rational(BigInt(unrealised)),
          };
          const mark = (legs[0] as MarginLeg).entry;
          const options = { brackets: ANNOUNCED, mark, inverse };
          if (liquidationPrice(balance, legs, options) !== null) return;
          none += 1;
          const signs = new Set(
            prices.map(
              (price) =>
                surplus(balance, legs, { price: rational(BigInt(price), 1_000n), inverse }).num >
                0n,
            ),
          );
          expect(signs.size).toBe(1);
        },
      ),
      { seed: 41, numRuns: 400 },
    );
    expect(none).toBeGreaterThan(20);
  });
});

test('RISK-40: maintenance margin is continuous and grows with the size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 500_000_000 }), fc.nat(1_000_000), (size, more) => {
      const at = rational(BigInt(size));
      const next = rational(BigInt(Math.min(500_000_000, size + more)));
      const [low, high] = [maintenanceMargin(ANNOUNCED, at), maintenanceMargin(ANNOUNCED, next)];
      if (low === null || high === null) throw new Error('inside the table');
      expect(compareRational(low, high)).toBeLessThanOrEqual(0);
    }),
    { seed: 42, numRuns: 300 },
  );
  for (const { cap, cum, maintMarginRatio } of ANNOUNCED) {
    expect(maintenanceMargin(ANNOUNCED, cap)).toEqual(
      subRational(mulRational(cap, maintMarginRatio), cum),
    );
  }
  expect(maintenanceMargin(ANNOUNCED, q('500000000.01'))).toBe(null);
  expect(maintenanceMargin(ANNOUNCED, q('-1'))).toBe(null);
});
