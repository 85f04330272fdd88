import type { FillBody, InstrumentBody } from 'quantlaxmi/events';

/** An instrument with only what a test cares about given. */
export const instrument = (part: Partial<InstrumentBody> = {}): InstrumentBody => ({
  base: 'BTC',
  class: 'perp',
  expiry: null,
  inferred: false,
  instrumentId: 'SIM:X:BTCUSDT',
  inverse: false,
  lot: 1,
  maxQty: 1_000_000_000,
  minNotional: null,
  minQty: 1,
  multiplier: '1',
  priceExponent: -2,
  qtyExponent: -3,
  quote: 'USDT',
  right: null,
  segment: 'X',
  settle: 'USDT',
  status: 'trading',
  strike: null,
  symbol: 'BTCUSDT',
  tick: 1,
  validTo: null,
  venue: 'SIM',
  ...part,
});

let count = 0;

export const fill = (part: Partial<FillBody> = {}): FillBody => ({
  cause: 1,
  fee: 0,
  feeCurrency: 'USDT',
  feeExponent: -8,
  fillId: `F-${(count += 1)}`,
  inst: 'SIM:X:BTCUSDT',
  liquidity: 'taker',
  orderId: 'o',
  price: 100,
  qty: 1,
  side: 'buy',
  ...part,
});
