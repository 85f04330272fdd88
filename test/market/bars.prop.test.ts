import fc from 'fast-check';
import { isQuantlaxmiError } from 'quantlaxmi/core';
import type { TradeBody } from 'quantlaxmi/events';
import { type Bar, type BarRule, createBarBuilder } from 'quantlaxmi/market';
import { describe, expect, test } from 'vitest';

const inst = 'X:SPOT:AB';

const trades = fc
  .array(
    fc.record({
      aggressor: fc.constantFrom('buy', 'sell', 'unknown'),
      price: fc.integer({ min: 1, max: 50 }),
      qty: fc.integer({ min: 1, max: 9 }),
      wait: fc.integer({ min: 0, max: 40 }),
    }),
    { maxLength: 80 },
  )
  .map((list) => {
    let rx = 1_000;
    return list.map(({ wait, ...rest }, i): { rx: number; body: TradeBody } => {
      rx += wait;
      return { rx, body: { ...rest, inst, tradeId: `${i}`, venueSeq: i } };
    });
  });
type Fed = { rx: number; body: TradeBody };

const rule = fc.oneof(
  fc.integer({ min: 1, max: 60 }).map((intervalUs): BarRule => ({ kind: 'time', intervalUs })),
  fc.integer({ min: 1, max: 7 }).map((count): BarRule => ({ kind: 'trades', count })),
  fc.integer({ min: 1, max: 30 }).map((qty): BarRule => ({ kind: 'volume', qty })),
);

function barsOf(list: readonly Fed[], barRule: BarRule): Bar[] {
  const builder = createBarBuilder(inst, barRule);
  const bars = list.flatMap(({ body, rx }) => builder.trade(body, rx) ?? []);
  return builder.open === null ? bars : [...bars, builder.open];
}

/** The trades cut into groups the obvious way. */
function groups(list: readonly Fed[], barRule: BarRule): Fed[][] {
  const out: Fed[][] = [];
  for (const one of list) {
    const group = out.at(-1) ?? [];
    const volume = group.reduce((sum, { body }) => sum + body.qty, 0);
    const bucket = (at: number): number =>
      barRule.kind === 'time' ? Math.floor(at / barRule.intervalUs) : 0;
    const full =
      group.length === 0 ||
      (barRule.kind === 'time' && bucket(one.rx) !== bucket((group[0] as Fed).rx)) ||
      (barRule.kind === 'trades' && group.length >= barRule.count) ||
      (barRule.kind === 'volume' && volume >= barRule.qty);
    if (full) out.push([one]);
    else group.push(one);
  }
  return out;
}

describe('bars', () => {
  test('MARKET-8: equal the trades grouped the obvious way', () => {
    fc.assert(
      fc.property(trades, rule, (list, barRule) => {
        const bars = barsOf(list, barRule);
        const expected = groups(list, barRule).map((group) => {
          const prices = group.map(({ body }) => body.price);
          const sum = (side: string | null): number =>
            group.reduce(
              (total, { body }) => total + (!side || body.aggressor === side ? body.qty : 0),
              0,
            );
          const first = group[0] as Fed;
          const last = group.at(-1) as Fed;
          const size = barRule.kind === 'time' ? barRule.intervalUs : 0;
          const startUs = size === 0 ? first.rx : Math.floor(first.rx / size) * size;
          return {
            inst,
            startUs,
            endUs: size === 0 ? last.rx : startUs + size,
            open: first.body.price,
            high: Math.max(...prices),
            low: Math.min(...prices),
            close: last.body.price,
            volume: sum(null),
            buyVolume: sum('buy'),
            sellVolume: sum('sell'),
            trades: group.length,
          };
        });
        expect(bars).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('MARKET-8: a time bar ends when its time is over, also without a trade', () => {
    const builder = createBarBuilder(inst, { kind: 'time', intervalUs: 10 });
    const body: TradeBody = {
      aggressor: 'buy',
      inst,
      price: 5,
      qty: 1,
      tradeId: '1',
      venueSeq: 1,
    };
    expect(builder.trade(body, 12)).toBeNull();
    expect(builder.advance(19)).toBeNull();
    expect(builder.advance(20)?.trades).toBe(1);
    expect([builder.advance(30), builder.open]).toEqual([null, null]);
  });

  test('MARKET-8: refuses sizes that are no positive integers, and volumes that do not fit', () => {
    for (const count of [0, -1, 1.5, Number.NaN]) {
      let found = 'nothing thrown';
      try {
        createBarBuilder(inst, { kind: 'trades', count });
      } catch (error) {
        if (isQuantlaxmiError(error)) found = error.code;
      }
      expect(found).toBe('QL_BAD_INPUT');
    }
    const builder = createBarBuilder(inst, { kind: 'trades', count: 9 });
    const qty = Number.MAX_SAFE_INTEGER;
    const body: TradeBody = { aggressor: 'buy', inst, price: 5, qty, tradeId: '1', venueSeq: 1 };
    builder.trade(body, 1);
    expect(() => builder.trade(body, 2)).toThrow(/2\^53/);
  });
});
