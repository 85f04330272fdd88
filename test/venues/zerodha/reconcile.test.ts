import { divBig, decimalsOf, parseBig, toMantissa } from 'quantlaxmi/fixed-point';
import type { KiteDepthLevel, KiteTick } from 'quantlaxmi/venues/zerodha';
import { istTimeUs } from 'quantlaxmi/venues/zerodha';
import { expect, test } from 'vitest';
import { KITE_TICKS, recordedTicks } from './recorded-ticks.js';
import { csvRows, haveKite } from './shared.js';

const DHAN_TICKS = 'ticks/dhan_nifty_futures_ticks.csv';

/**
 * Two brokers, one contract (NIFTY25DECFUT), the same five minutes. Kite sends whole seconds of the
 * exchange and paise, Dhan floats of 32 bits with the receive time of the collector.
 *
 * Bounds, all measured on the recordings and held here:
 * - a float of Dhan is within 0.1 paisa of a whole paisa;
 * - of Kite's 271 ticks, 5 lie outside of Dhan's recording; each of the other 266 has a row of Dhan
 *   with equal volume, total buy and sell quantity, ten levels (price and quantity), number of
 *   orders of the best levels, average, open, high, low and close;
 * - that row came 0.4 to 2.2 s before the second that Kite stamped;
 * - the last price is equal in 203 of them. In the other 63 the brokers tell another trade of the
 *   same moment: 5.40 rupees (54 ticks) apart at most, and within the day's range;
 * - open interest is equal in all but one, where Kite is one update ahead.
 */
const BOUNDS = {
  noise: 0.1,
  matched: 266,
  leadUs: [400_000, 2_200_000],
  equalLast: 203,
  lastApart: 540,
  otherOpenInterest: 1,
} as const;

interface DhanRow {
  readonly rx: number;
  readonly last: number;
  readonly openInterest: string;
  readonly state: string;
}

/** The nearest whole paisa of a printed float, and how far off it was, in paise. */
function paise(text: string): { readonly mantissa: number; readonly off: number } {
  const exact = parseBig(text, 0 - decimalsOf(text));
  const unit = 10n ** BigInt(Math.max(0, decimalsOf(text) - 2));
  const padded = decimalsOf(text) < 2 ? exact * 10n ** BigInt(2 - decimalsOf(text)) : exact;
  const mantissa = toMantissa(divBig(padded, unit, 'halfEven'));
  return { mantissa, off: Math.abs(Number(padded) / Number(unit) - mantissa) };
}

function readDhan(): { rows: DhanRow[]; noise: number; partial: number } {
  let noise = 0;
  const rows: DhanRow[] = [];
  const all = csvRows(DHAN_TICKS);
  for (const row of all) {
    if (row['type'] !== 'full') continue;
    const price = (name: string): number => {
      const { mantissa, off } = paise(row[name] ?? '');
      noise = Math.max(noise, off);
      return mantissa;
    };
    const side = (name: string): string =>
      [1, 2, 3, 4, 5]
        .map((n) => `${price(`${name}_price_${n}`)}x${row[`${name}_qty_${n}`]}`)
        .join();
    const [day = '', micros = ''] = (row['time'] ?? '').split('.');
    const stats = ['atp', 'open', 'high', 'low', 'close'].map(price).join();
    rows.push({
      rx: istTimeUs(day) + Number(micros),
      last: price('ltp'),
      openInterest: row['oi'] ?? '',
      state: [
        row['volume'],
        row['total_buy_qty'],
        row['total_sell_qty'],
        row['bid_orders_1'],
        row['ask_orders_1'],
        stats,
        side('bid'),
        side('ask'),
      ].join('|'),
    });
  }
  return { rows, noise, partial: all.length - rows.length };
}

function stateOf(tick: KiteTick): string {
  const { averagePrice, open, high, low, close, volume, buyQty, sellQty } = tick;
  const side = (levels: readonly KiteDepthLevel[] | null): string =>
    (levels ?? []).map(({ price, qty }) => `${price}x${qty}`).join();
  const stats = [averagePrice, open, high, low, close].join();
  const orders = [tick.bids?.[0]?.orders, tick.asks?.[0]?.orders];
  return [volume, buyQty, sellQty, ...orders, stats, side(tick.bids), side(tick.asks)].join('|');
}

/** Each tick with the row of the same state nearest to its second, or null. */
function match(ticks: readonly KiteTick[], rows: readonly DhanRow[]) {
  return ticks.map((tick) => {
    const at = (tick.exchangeTime ?? 0) * 1_000_000;
    const state = stateOf(tick);
    const same = rows.filter((row) => row.state === state);
    same.sort((a, b) => Math.abs(a.rx - at) - Math.abs(b.rx - at));
    return { tick, at, row: same[0] ?? null };
  });
}

test.runIf(haveKite(KITE_TICKS) && haveKite(DHAN_TICKS))(
  'KITE-5: two brokers’ ticks of one contract reconcile within the stated bounds',
  () => {
    const { rows, noise, partial } = readDhan();
    expect([rows.length, partial]).toEqual([355, 1]);
    expect(noise).toBeGreaterThan(0);
    expect(noise).toBeLessThan(BOUNDS.noise);
    const ticks = recordedTicks();
    const pairs = match(ticks, rows);
    const matched = pairs.filter((pair) => pair.row !== null);
    expect(matched.length).toBe(BOUNDS.matched);
    const [leadMin, leadMax] = BOUNDS.leadUs;
    const [first, last] = [rows[0]?.rx ?? 0, rows.at(-1)?.rx ?? 0];
    for (const { at, row } of pairs) {
      // A tick without a row is one whose moment Dhan's recording does not hold, or not whole.
      if (row === null) expect(at - leadMax < first || at - leadMin > last).toBe(true);
      else expect(at - row.rx).toSatisfy((lead: number) => lead >= leadMin && lead <= leadMax);
    }
    let equalLast = 0;
    let otherOpenInterest = 0;
    for (const { tick, row } of matched) {
      const apart = Math.abs(tick.last - (row?.last ?? 0));
      if (apart === 0) equalLast += 1;
      expect(apart).toBeLessThanOrEqual(BOUNDS.lastApart);
      expect(row?.last).toBeGreaterThanOrEqual(tick.low ?? 0);
      expect(row?.last).toBeLessThanOrEqual(tick.high ?? 0);
      if (String(tick.openInterest) !== row?.openInterest) otherOpenInterest += 1;
    }
    expect(equalLast).toBe(BOUNDS.equalLast);
    expect(otherOpenInterest).toBe(BOUNDS.otherOpenInterest);
    // Control: one paisa on one level of every tick, and hardly any state is found again.
    const moved = ticks.map((tick) => ({ ...tick, averagePrice: (tick.averagePrice ?? 0) + 1 }));
    const found = match(moved, rows).filter((pair) => pair.row !== null);
    expect(found.length).toBeLessThan(10);
  },
);
