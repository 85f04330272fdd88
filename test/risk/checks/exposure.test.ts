import fc from 'fast-check';
import type { IntentBody } from 'quantlaxmi/events';
import {
  addRational,
  compareRational,
  mulRational,
  parseRational,
  type Rational,
  rational,
} from 'quantlaxmi/fixed-point';
import { maxExposure, type RiskView } from 'quantlaxmi/risk';
import { describe, expect, test } from 'vitest';
import { inst, intent } from '../lib.js';
import { only } from './ask.js';
import { type Holding, holding, NOW, type World, working, worldView } from './world.js';

const check = (
  scope: 'instrument' | 'venue' | 'strategy' | 'account',
  grossMax: string,
  netMax = grossMax,
  allowReducing = false,
) =>
  maxExposure({
    scope,
    currency: 'USDT',
    limits: { '*': { grossMax, netMax } },
    ageMaxUs: 1_000_000,
    allowReducing,
  });

type Check = ReturnType<typeof check>;
const asked = (
  by: Check,
  world: World,
  part: Partial<IntentBody> = {},
  view: Partial<RiskView> = {},
) => by.evaluate(intent(part), only(worldView(world, view), by.inputs), []);

// One lot of the test instrument is 0.001 at 100.0: 0.1 USDT.
const ETH = { instrumentId: 'SIM:X:ETHUSDT', symbol: 'ETHUSDT', base: 'ETH' };
const OTHER = { instrumentId: 'OTHER:X:BTCUSDT', venue: 'OTHER' };

describe('RISK-41: exposure counts all working orders of a side as executed', () => {
  test('of one instrument, by the side of the order', () => {
    const orders = [working(inst, 'buy', 10), working(inst, 'sell', 40)];
    const world = { holdings: [holding({}, { position: 20, orders })] };
    // long 20 + 10 + 5 = 35, short 20 − 40 = −20
    expect(asked(check('instrument', '3.5'), world)).toEqual({
      code: '',
      observed: '3.5',
      limit: '3.5',
    });
    expect(asked(check('instrument', '3.4'), world).code).toBe('QL_RISK_GROSS_MAX');
    // short 20 − 40 − 20 = −40 is worse than long 30
    expect(asked(check('instrument', '4'), world, { side: 'sell', qty: 20 }).observed).toBe('4');
  });

  test('gross adds magnitudes, net lets opposite positions meet', () => {
    const holdings = [holding({}, { position: 100 }), holding(ETH, { position: -90, mark: 1_000 })];
    const by = check('strategy', '20', '2');
    expect(asked(by, { holdings }, { qty: 10 })).toEqual({ code: '', observed: '20', limit: '20' });
    expect(asked(check('strategy', '20', '1.9'), { holdings }, { qty: 10 })).toEqual({
      code: 'QL_RISK_NET_MAX',
      observed: '2',
      limit: '1.9',
    });
  });

  test('only the instruments of the venue count for a venue', () => {
    const holdings = [holding({}, { position: 10 }), holding(OTHER, { position: 10_000 })];
    expect(asked(check('venue', '1.5'), { holdings }).code).toBe('');
    expect(asked(check('strategy', '1.5'), { holdings }).code).toBe('QL_RISK_GROSS_MAX');
  });

  test('positions that only the venue reported count for the account', () => {
    const report = {
      account: 'A',
      balances: [],
      cause: 0,
      margin: {},
      positions: [{ entryPrice: '100', inst: ETH.instrumentId, qty: '-0.100' }],
    };
    const holdings = [holding(), holding(ETH)];
    expect(asked(check('account', '10.5'), { holdings, report }).observed).toBe('10.5');
    expect(asked(check('account', '10.4'), { holdings, report }).code).toBe('QL_RISK_GROSS_MAX');
    expect(asked(check('strategy', '10.4'), { holdings, report }).observed).toBe('0.5');
    expect(asked(check('account', '99'), { holdings }).code).toBe('QL_RISK_ACCOUNT_UNKNOWN');
    const strange = { ...report, positions: [{ entryPrice: '1', inst: 'X', qty: '1' }] };
    const refused = asked(check('account', '99'), { holdings, report: strange });
    expect(refused.code).toBe('QL_RISK_ACCOUNT_UNKNOWN');
  });

  test('other currencies by the rate; inverse contracts in what they settle in', () => {
    const inverse = {
      inverse: true,
      quote: 'USD',
      settle: 'BTC',
      multiplier: '100',
      qtyExponent: 0,
    };
    // 50 contracts of 100 USD at 100.0: 50 BTC
    const world = { holdings: [holding(inverse)], rates: { 'BTC/USDT': '99.5' } };
    expect(asked(check('instrument', '4975'), world, { qty: 50 })).toMatchObject({
      code: '',
      observed: '4975',
    });
    const without = { holdings: [holding(inverse)] };
    expect(asked(check('instrument', '9999'), without).code).toBe('QL_RISK_RATE_UNKNOWN');
  });

  test('an option counts its strike, and for net any delta', () => {
    const option = { class: 'option', right: 'put', strike: 20_000, ...ETH } as const;
    const holdings = [holding(), holding(option, { position: 10, mark: 50 })];
    // 10 × 0.001 × 2000 = 20 gross, as a long put 0 to −20 net; with 5 × 0.1 bought
    expect(asked(check('strategy', '20.5', '20'), { holdings }).code).toBe('');
    expect(asked(check('strategy', '20.5', '19.9'), { holdings }).code).toBe('QL_RISK_NET_MAX');
    const hedged = [holding({}, { position: 200 }), holding(option, { position: 10, mark: 50 })];
    // the put may be worth nothing: it takes nothing off 205 × 0.1
    expect(asked(check('strategy', '99', '20.4'), { holdings: hedged }).observed).toBe('20.5');
  });
});

describe('RISK-41: what is unknown is denied', () => {
  const world = { holdings: [holding(), holding(ETH, { position: 5 })] };
  const by = check('strategy', '9');
  test.each<[string, Partial<RiskView>, string]>([
    ['no mark of another instrument', { mark: (id) => (id === inst ? MARK : null) }, 'MARK'],
    ['an old mark', { mark: () => ({ ...MARK, rx: NOW - 1_000_001 }) }, 'MARK'],
    ['a mark of the future', { mark: () => ({ ...MARK, rx: NOW + 1 }) }, 'MARK'],
    ['a mark of NaN', { mark: () => ({ ...MARK, price: Number.NaN }) }, 'MARK'],
    ['a mark of 0', { mark: () => ({ ...MARK, price: 0 }) }, 'MARK'],
    ['nothing held known', { held: () => null }, 'POSITION'],
    ['a position of NaN', { position: () => Number.NaN }, 'POSITION'],
    ['no position', { position: () => null }, 'POSITION'],
    ['no working quantities', { working: () => null }, 'POSITION'],
    ['a working NaN', { working: () => ({ buyQty: Number.NaN, sellQty: 0 }) }, 'POSITION'],
    ['a working quantity below 0', { working: () => ({ buyQty: -1, sellQty: 0 }) }, 'POSITION'],
    ['no instrument', { instrument: () => null }, 'INSTRUMENT'],
  ])('%s', (_, part, word) => {
    expect(asked(by, world, {}, part).code).toBe(`QL_RISK_${word}_UNKNOWN`);
    expect(asked(by, world).code).toBe('');
  });
  const MARK = { price: 1_000, rx: NOW, source: 'mark' } as const;

  test('a key without a limit', () => {
    const limits = { BINANCE: { grossMax: '1', netMax: '1' } };
    const options = { currency: 'USDT', limits, ageMaxUs: 1, allowReducing: false };
    const venue = maxExposure({ scope: 'venue', ...options });
    expect(asked(venue, world).code).toBe('QL_RISK_LIMIT_UNSET');
  });
});

describe('RISK-42: past a limit only what makes it smaller passes, if the policy says so', () => {
  const world = { holdings: [holding({}, { position: 100 })] };
  test.each([
    ['a smaller sell', { side: 'sell', qty: 60 }, ''],
    ['a sell of all', { side: 'sell', qty: 100 }, ''],
    ['a sell that turns it', { side: 'sell', qty: 101 }, 'QL_RISK_GROSS_MAX'],
    ['a buy', { side: 'buy', qty: 1 }, 'QL_RISK_GROSS_MAX'],
  ] as const)('%s', (_, part, code) => {
    expect(asked(check('instrument', '5', '5', true), world, part).code).toBe(code);
    // Control: not unless the policy says so.
    const strict = asked(check('instrument', '5', '5', false), world, part);
    expect(strict.code).toBe('QL_RISK_GROSS_MAX');
  });

  test('not a sell that uncovers a hedge', () => {
    const hedged = [holding({}, { position: 100 }), holding(ETH, { position: -100 })];
    const by = check('strategy', '99', '5', true);
    const part = { side: 'sell', qty: 90 } as const;
    expect(asked(by, { holdings: hedged }, part).code).toBe('QL_RISK_NET_MAX');
  });
});

// ---- against a slow model: every set of executions tried, one by one ----

interface Small {
  readonly position: number;
  readonly mark: number;
  readonly orders: readonly { readonly side: 'buy' | 'sell'; readonly qty: number }[];
}

const small = fc.record({
  position: fc.integer({ min: -30, max: 30 }),
  mark: fc.integer({ min: 1, max: 2_000 }),
  orders: fc.array(
    fc.record({
      side: fc.constantFrom('buy' as const, 'sell' as const),
      qty: fc.integer({ min: 1, max: 20 }),
    }),
    { maxLength: 3 },
  ),
});

const IDS = ['SIM:X:BTCUSDT', 'SIM:X:ETHUSDT', 'SIM:X:XRPUSDT'];

const worldOf = (books: readonly Small[]): Holding[] =>
  books.map(({ mark, orders, position }, at) => {
    const id = IDS[at] as string;
    const list = orders.map(({ qty, side }) => working(id, side, qty));
    return holding({ instrumentId: id }, { position, mark, orders: list });
  });

/** Positions an instrument may come to: each order executes or does not. */
function outcomes({ orders, position }: Small): number[] {
  let found = [position];
  for (const { qty, side } of orders) {
    found = found.flatMap((at) => [at, side === 'buy' ? at + qty : at - qty]);
  }
  return found;
}

function modelExposure(books: readonly Small[]): { gross: Rational; net: Rational } {
  const worth = (qty: number, mark: number): Rational =>
    mulRational(rational(BigInt(qty), 1_000n), rational(BigInt(mark), 10n));
  let sums: Rational[] = [parseRational('0')];
  let gross = parseRational('0');
  for (const book of books) {
    const values = outcomes(book).map((qty) => worth(qty, book.mark));
    let most = parseRational('0');
    for (const { den, num } of values) {
      const size = rational(num < 0n ? -num : num, den);
      if (compareRational(size, most) > 0) most = size;
    }
    gross = addRational(gross, most);
    sums = sums.flatMap((sum) => values.map((value) => addRational(sum, value)));
  }
  let net = parseRational('0');
  for (const { den, num } of sums) {
    const size = rational(num < 0n ? -num : num, den);
    if (compareRational(size, net) > 0) net = size;
  }
  return { gross, net };
}

test('RISK-41: exposure equals the worst of every set of executions', () => {
  let [held, refused] = [0, 0];
  fc.assert(
    fc.property(
      fc.tuple(small, small, fc.option(small)),
      fc.record({
        side: fc.constantFrom('buy' as const, 'sell' as const),
        qty: fc.integer({ min: 1, max: 30 }),
        limit: fc.integer({ min: 0, max: 1_200 }),
        netOf: fc.integer({ min: 1, max: 10 }),
      }),
      ([first, second, third], { limit, netOf, qty, side }) => {
        const books = third === null ? [first, second] : [first, second, third];
        const holdings = worldOf(books);
        const after = books.map((book, at) =>
          at === 0 ? { ...book, orders: [...book.orders, { side, qty }] } : book,
        );
        const { gross, net } = modelExposure(after);
        const grossMax = `${limit / 100}`;
        const netMax = `${Math.floor((limit * netOf) / 10) / 100}`;
        const within =
          compareRational(gross, parseRational(grossMax)) <= 0 &&
          compareRational(net, parseRational(netMax)) <= 0;
        const result = asked(check('strategy', grossMax, netMax), { holdings }, { side, qty });
        expect(result.code === '').toBe(within);
        if (within) held += 1;
        else refused += 1;
        // Monotone: what is refused stays refused with a larger quantity.
        if (within) return;
        const larger = { side, qty: qty + 1 };
        const again = asked(check('strategy', grossMax, netMax), { holdings }, larger);
        expect(again.code).not.toBe('');
      },
    ),
    { seed: 43, numRuns: 400 },
  );
  expect(Math.min(held, refused)).toBeGreaterThan(50);
});

test('RISK-42: allowed orders never take exposure past a limit, or make it larger past one', () => {
  fc.assert(
    fc.property(
      fc.tuple(small, small),
      fc.constantFrom('buy' as const, 'sell' as const),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 600 }),
      (books, side, qty, limit) => {
        const text = `${limit / 100}`;
        const by = check('strategy', text, text, true);
        if (asked(by, { holdings: worldOf(books) }, { side, qty }).code !== '') return;
        const before = modelExposure(books);
        const after = modelExposure(
          books.map((book, at) =>
            at === 0 ? { ...book, orders: [...book.orders, { side, qty }] } : book,
          ),
        );
        for (const part of ['gross', 'net'] as const) {
          const within = compareRational(after[part], parseRational(text)) <= 0;
          expect(within || compareRational(after[part], before[part]) <= 0).toBe(true);
        }
      },
    ),
    { seed: 44, numRuns: 400 },
  );
});

test.each<[string, object]>([
  ['a scope nobody knows', { scope: 'desk' }],
  ['no limits', { limits: {} }],
  ['a limit below 0', { limits: { '*': { grossMax: '-1', netMax: '1' } } }],
  ['an infinite limit', { limits: { '*': { grossMax: 'Infinity', netMax: '1' } } }],
  ['half a limit', { limits: { '*': { grossMax: '1' } } }],
  ['no age', { ageMaxUs: 0 }],
  ['no currency', { currency: '' }],
  ['no word on reducing', { allowReducing: undefined }],
])('RISK-7: an exposure check is not made of %s', (_, part) => {
  const options = {
    scope: 'venue',
    currency: 'USDT',
    limits: { '*': { grossMax: '1', netMax: '1' } },
    ageMaxUs: 1,
    allowReducing: true,
  } as const;
  expect(() => maxExposure({ ...options, ...(part as object) })).toThrow();
  expect(() => maxExposure(options)).not.toThrow();
});
