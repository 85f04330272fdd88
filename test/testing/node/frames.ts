import type { BinanceFrame } from 'quantlaxmi/testing/node';

/** Spot depth updates of one symbol, one ms apart, in a chain. */
export function chain(count: number, symbol = 'btcusdt'): BinanceFrame[] {
  return Array.from({ length: count }, (_, i) => ({
    atUs: 1_700_000_000_000_000 + i * 1000,
    stream: `${symbol}@depth@100ms`,
    data: JSON.stringify({
      e: 'depthUpdate',
      E: 1_700_000_000_000 + i,
      s: symbol.toUpperCase(),
      U: i + 1,
      u: i + 1,
      b: [[`${100 + (i % 7)}.5`, `${i % 3}.25`]],
      a: [[`${200 + (i % 5)}.5`, `${i + 1}.25`]],
    }),
  }));
}
