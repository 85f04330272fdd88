import { existsSync, readFileSync } from 'node:fs';
import { parseBig } from 'quantlaxmi/fixed-point';
import { type LeverageBrackets, parseLeverageBrackets } from 'quantlaxmi/venues/binance';
import { describe, expect, test } from 'vitest';
import { codeOf } from './messages.js';

const FILE = '../shared/data/crypto/binance_leverage_tiers_2024-10.json';
const has = existsSync(FILE);
if (!has && process.env['REQUIRE_SHARED'] === '1') throw new Error(`${FILE} is missing`);
if (!has) console.warn(`SKIPPED: ${FILE} is missing; set REQUIRE_SHARED=1 to make that a failure`);

interface Tier {
  readonly info: Readonly<Record<string, string>>;
}

/** The venue's own fields of the collection, in the shape in which the venue answers. */
function asAnswer(tiers: Readonly<Record<string, readonly Tier[]>>): string {
  const symbols = Object.entries(tiers).map(([name, list]) => {
    const symbol = name.split(':')[0]?.replace('/', '') ?? '';
    const brackets = list.map(({ info }) => {
      const fields = Object.entries(info).map(([key, number]) => `"${key}":${number}`);
      return `{${fields.join(',')}}`;
    });
    return `{"symbol":"${symbol}","notionalCoef":1.50,"brackets":[${brackets.join(',')}]}`;
  });
  return `[${symbols.join(',')}]`;
}

const units = (text: string): bigint => parseBig(text, -18);

/** Brackets whose `cum` is not what the bracket before and the two ratios make it. */
function broken(all: readonly LeverageBrackets[]): string[] {
  return all.flatMap(({ symbol, brackets }) =>
    brackets.flatMap((one, i) => {
      const before = brackets[i - 1];
      if (before === undefined) return units(one.cum) === 0n ? [] : [symbol];
      const step = units(one.maintMarginRatio) - units(before.maintMarginRatio);
      const expected = units(before.cum) * 10n ** 18n + units(one.floor) * step;
      const joins = units(one.floor) === units(before.cap);
      return joins && expected === units(one.cum) * 10n ** 18n ? [] : [`${symbol} ${one.bracket}`];
    }),
  );
}

describe('leverageBracket', () => {
  test.runIf(has)('BINANCE-13: 349 symbols, 2,805 brackets, cum exact in each', () => {
    const tiers = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Tier[]>;
    const all = parseLeverageBrackets(asAnswer(tiers), 'usdm');
    expect(all.length).toBe(349);
    expect(all.reduce((sum, one) => sum + one.brackets.length, 0)).toBe(2805);
    expect(broken(all)).toEqual([]);
    // Control: one ratio that is off in its last digit breaks two brackets.
    const [first, ...rest] = all as [LeverageBrackets, ...LeverageBrackets[]];
    const brackets = first.brackets.map((one, i) =>
      i === 1 ? { ...one, maintMarginRatio: `${one.maintMarginRatio}1` } : one,
    );
    expect(broken([{ ...first, brackets }, ...rest]).length).toBe(2);
  });

  const row = (unit: string, more = ''): string =>
    `{"bracket":1,"initialLeverage":75,"${unit}Cap":10000,"${unit}Floor":0,` +
    `"maintMarginRatio":0.0065,"cum":0${more}}`;

  test('BINANCE-13: both shapes, one symbol or many, numbers as the venue writes doubles', () => {
    const one = `{"symbol":"BTCUSD_PERP","notionalCoef":1.50,"brackets":[${row('qty')}]}`;
    expect(parseLeverageBrackets(one, 'coinm')).toEqual([
      {
        symbol: 'BTCUSD_PERP',
        inst: 'BINANCE:COINM:BTCUSD_PERP',
        unit: 'qty',
        notionalCoef: '1.50',
        brackets: [
          {
            bracket: 1,
            initialLeverage: 75,
            floor: '0',
            cap: '10000',
            maintMarginRatio: '0.0065',
            cum: '0',
          },
        ],
      },
    ]);
    const big = row('notional')
      .replace('10000', '1.8014398509481984E16')
      .replace('0.0065', '6.5E-3');
    const [usdm] = parseLeverageBrackets(`[{"symbol":"ETHUSDT","brackets":[${big}]}]`, 'usdm');
    expect(usdm?.brackets[0]).toMatchObject({
      cap: '18014398509481984',
      maintMarginRatio: '0.0065',
    });
    expect([usdm?.unit, usdm?.notionalCoef]).toEqual(['notional', null]);
  });

  test.each([
    ['no list', '{"code":-1,"msg":"x"}', 'QL_VENUE_ANSWER'],
    ['no brackets', '[{"symbol":"X","brackets":[]}]', 'QL_VENUE_ANSWER'],
    [
      'mixed shapes',
      `[{"symbol":"X","brackets":[${row('qty')},${row('notional')}]}]`,
      'QL_VENUE_ANSWER',
    ],
    [
      'a negative amount',
      `[{"symbol":"X","brackets":[${row('qty').replace(':0}', ':-1}')}]}]`,
      'QL_VENUE_ANSWER',
    ],
    ['a name twice', `[{"symbol":"X","brackets":[${row('qty', ',"cum":1')}]}]`, 'QL_VENUE_FRAME'],
    ['no JSON', '[{', 'QL_VENUE_FRAME'],
  ])('BINANCE-13: refuses %s', (_what, json, code) => {
    expect(codeOf(() => parseLeverageBrackets(json, 'usdm'))).toBe(code);
  });
});
