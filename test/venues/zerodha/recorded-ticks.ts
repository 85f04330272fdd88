import { parseMantissa } from 'quantlaxmi/fixed-point';
import type { KiteDepthLevel, KiteTick } from 'quantlaxmi/venues/zerodha';
import { csvRows } from './shared.js';

export const KITE_TICKS = 'ticks/kiteconnect_nifty_futures_ticks.csv';

/** Seconds of `2025-12-29 07:17:00+00:00`. */
function seconds(text: string): number {
  if (!text.endsWith('+00:00')) throw new Error(`not in UTC: ${text}`);
  return Date.parse(text.replace(' ', 'T')) / 1000;
}

/** The 271 full-mode ticks of NIFTY25DECFUT, as the collector printed them to the paisa. */
export function recordedTicks(): KiteTick[] {
  return csvRows(KITE_TICKS).map((row): KiteTick => {
    const text = (name: string): string => row[name] ?? '';
    const price = (name: string): number => parseMantissa(text(name), -2);
    const whole = (name: string): number => parseMantissa(text(name), 0);
    const side = (name: 'bid' | 'ask'): KiteDepthLevel[] =>
      [1, 2, 3, 4, 5].map((n) => ({
        price: price(`${name}_price_${n}`),
        qty: whole(`${name}_qty_${n}`),
        orders: whole(`${name}_orders_${n}`),
      }));
    return {
      token: whole('instrument_token'),
      exponent: -2,
      tradable: true,
      mode: 'full',
      last: price('last_price'),
      lastQty: whole('last_traded_quantity'),
      averagePrice: price('average_traded_price'),
      volume: whole('volume_traded'),
      buyQty: whole('total_buy_quantity'),
      sellQty: whole('total_sell_quantity'),
      open: price('day_open'),
      high: price('day_high'),
      low: price('day_low'),
      close: price('day_close'),
      change: null,
      lastTradeTime: seconds(text('last_trade_time')),
      openInterest: whole('oi'),
      // The collector did not keep the day's highest and lowest open interest.
      openInterestHigh: 0,
      openInterestLow: 0,
      exchangeTime: seconds(text('time')),
      bids: side('bid'),
      asks: side('ask'),
    };
  });
}
