import type { FillBody, OrderBody } from 'quantlaxmi/events';
import type { PlaceOrder } from 'quantlaxmi/risk';

export const inst = 'SIM:X:BTCUSDT';

export const placed = (part: Partial<PlaceOrder> = {}): PlaceOrder => ({
  action: 'place',
  clientOrderId: part.orderId?.replace('o', 'c') ?? 'c-1',
  decisionId: 'd-1',
  inst,
  intentId: 'i-1',
  orderId: 'o-1',
  price: 1_000,
  qty: 10,
  reduceOnly: false,
  riskDecisionId: 'r-1',
  side: 'buy',
  tif: 'gtc',
  type: 'limit',
  ...part,
});

export const report = (part: Partial<OrderBody> = {}): OrderBody => ({
  cause: 1,
  clientOrderId: 'c-1',
  inst,
  orderId: 'o-1',
  price: 1_000,
  qty: 10,
  reason: '',
  remaining: 10,
  riskDecisionId: 'r-1',
  side: 'buy',
  state: 'acked',
  tif: 'gtc',
  type: 'limit',
  venueOrderId: 'v-1',
  ...part,
});

export const filled = (part: Partial<FillBody> = {}): FillBody => ({
  cause: 1,
  fee: 0,
  feeCurrency: 'USDT',
  feeExponent: -8,
  fillId: 'f-1',
  inst,
  liquidity: 'taker',
  orderId: 'o-1',
  price: 1_000,
  qty: 4,
  side: 'buy',
  ...part,
});

export const codeOf = (run: () => unknown): unknown => {
  try {
    run();
    return null;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};
