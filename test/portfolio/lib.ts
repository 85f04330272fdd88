import type { CashFlowBody, FillBody, InstrumentBody } from 'quantlaxmi/events';

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

export const flow = (part: Partial<CashFlowBody> = {}): CashFlowBody => ({
  amount: '0',
  cause: 1,
  currency: 'USDT',
  flowId: `C-${(count += 1)}`,
  inst: null,
  kind: 'transfer',
  price: null,
  qty: null,
  ...part,
});

/** Code of what `run` throws; null when it does not throw. */
export const codeOf = (run: () => unknown): unknown => {
  try {
    run();
    return null;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};
