import { encodeTick, kiteFrame } from 'quantlaxmi/testing';
import { type KiteCapture, type KiteTick, kiteCapture } from 'quantlaxmi/venues/zerodha';
import { CRUDE_ROW, INDEX_ROW, INFY_ROW, instruments, NIFTY_ROW } from './lines.js';

export const LEVELS = [0, 1, 2, 3, 4];

/** A full tick of a future whose best bid is 100.00. */
export function tickOf(wrong: Partial<KiteTick> = {}): KiteTick {
  return {
    token: 12683010,
    exponent: -2,
    tradable: true,
    mode: 'full',
    last: 10005,
    lastQty: 75,
    averagePrice: 10001,
    volume: 750,
    buyQty: 10,
    sellQty: 20,
    open: 9900,
    high: 10100,
    low: 9800,
    close: 9950,
    change: null,
    lastTradeTime: 1_766_992_619,
    openInterest: 5000,
    openInterestHigh: 5100,
    openInterestLow: 4900,
    exchangeTime: 1_766_992_620,
    bids: LEVELS.map((i) => ({ price: 10000 - i * 10, qty: 75 + i, orders: 1 })),
    asks: LEVELS.map((i) => ({ price: 10010 + i * 10, qty: 150 + i, orders: 2 })),
    ...wrong,
  };
}

export const packets = (...ticks: KiteTick[]): Uint8Array => kiteFrame(ticks.map(encodeTick));
export const niftyCapture = (): KiteCapture =>
  kiteCapture({
    sessionId: 's',
    instruments: instruments(NIFTY_ROW, INFY_ROW, INDEX_ROW, CRUDE_ROW),
  });
