import fc from 'fast-check';
import type { KiteDepthLevel, KiteMode, KiteTick } from 'quantlaxmi/venues/zerodha';

const U32 = 0xffffffff;

/** How large the numbers of random ticks are. */
export interface TickRange {
  /** Largest quantity, time and open interest. */
  readonly unsigned: number;
  readonly price: fc.Arbitrary<number>;
}

/** Every bit pattern a field can hold. */
export const ANY_BITS: TickRange = {
  unsigned: U32,
  price: fc.integer({ min: -0x80000000, max: 0x7fffffff }),
};

const EXPONENT = [-2, -2, -2, -7, -2, -2, -4, -2, -2, -2] as const;

const level = (range: TickRange): fc.Arbitrary<KiteDepthLevel> =>
  fc.record({
    price: range.price,
    qty: fc.integer({ min: 0, max: range.unsigned }),
    orders: fc.integer({ min: 0, max: 0xffff }),
  });

const time = (range: TickRange): fc.Arbitrary<number | null> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 9, arbitrary: fc.integer({ min: 1, max: range.unsigned }) },
  );

/** A valid tick of any mode and segment, with all values its layout holds. */
export function tickArbitrary(range: TickRange): fc.Arbitrary<KiteTick> {
  const unsigned = fc.integer({ min: 0, max: range.unsigned });
  const side = fc.array(level(range), { minLength: 5, maxLength: 5 });
  return fc
    .record({
      segment: fc.integer({ min: 1, max: 9 }),
      exchangeToken: fc.integer({ min: 1, max: 0x7fffff }),
      mode: fc.constantFrom<KiteMode>('ltp', 'quote', 'full'),
      prices: fc.array(range.price, { minLength: 7, maxLength: 7 }),
      counts: fc.array(unsigned, { minLength: 7, maxLength: 7 }),
      times: fc.tuple(time(range), time(range)),
      bids: side,
      asks: side,
    })
    .map(({ segment, exchangeToken, mode, prices, counts, times, bids, asks }): KiteTick => {
      const index = segment === 9;
      const some = mode !== 'ltp';
      const traded = some && !index;
      const deep = mode === 'full' && !index;
      const price = (i: number, has: boolean) => (has ? (prices[i] as number) : null);
      const count = (i: number, has: boolean) => (has ? (counts[i] as number) : null);
      return {
        token: exchangeToken * 256 + segment,
        exponent: EXPONENT[segment] as -2 | -4 | -7,
        tradable: !index,
        mode,
        last: prices[0] as number,
        lastQty: count(0, traded),
        averagePrice: price(1, traded),
        volume: count(1, traded),
        buyQty: count(2, traded),
        sellQty: count(3, traded),
        open: price(2, some),
        high: price(3, some),
        low: price(4, some),
        close: price(5, some),
        change: price(6, some && index),
        lastTradeTime: deep ? times[0] : null,
        openInterest: count(4, deep),
        openInterestHigh: count(5, deep),
        openInterestLow: count(6, deep),
        exchangeTime: mode === 'full' ? times[1] : null,
        bids: deep ? bids : null,
        asks: deep ? asks : null,
      };
    });
}
