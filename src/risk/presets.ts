/**
 * Sets of checks for the rules of one market. They are data for a policy, not legal advice.
 * @module
 */
import type { SpecialSession } from '../market/index.js';
import { freezeQty } from './checks/freeze-qty.js';
import { inSession } from './checks/in-session.js';
import { integerFrom } from './checks/limits.js';
import { orderRate } from './checks/order-rate.js';
import { type PriceBand, priceBand } from './checks/price-band.js';
import { type CollarBand, priceCollar } from './checks/price-collar.js';
import type { RiskCheck } from './types.js';

/**
 * Orders per second, exchange and segment, up to which NSE does not ask for the registration of an
 * algorithm; what goes beyond is rejected. Circular NSE/INVG/67858 of 2025-05-05: "not exceeding",
 * and the exchange may change it.
 */
export const NSE_ORDERS_PER_SECOND = 10;

const SECOND_US = 1_000_000;

/**
 * Checks for an algorithm of a retail client at NSE that is not registered: no more than ten
 * messages in any second and segment, freeze quantities, the price band of the day, a collar
 * around the last print, and the hours of the equity and F&O segments. New orders, amends and
 * cancels all count, as brokers count them; cancels are never refused. Other segments have no
 * hours here and are denied. The exchange measures when messages arrive there: `ordersPerSecond`
 * below 10 leaves room for messages that the way there pushes together. Tick, lot and quantity
 * bounds are checked with every policy. Add limits of position and loss.
 *
 * @param options - `ordersPerSecond`: 1 to 10. `freezeQtyMax`: see `freezeQty`. `bands`: circuit
 *   limits or previous close of the day, see `priceBand`. `collar`: see `priceCollar`; its
 *   reference is the last print. `holidays`, `special`: calendar of the exchange, see
 *   `TradingSchedule`. `untilUs`: moment (µs since the epoch) up to which bands and calendar are
 *   known; everything is denied from then on
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { nseRetailAlgo, riskPolicy } from 'quantlaxmi/risk';
 *
 * const checks = nseRetailAlgo({
 *   ordersPerSecond: 10,
 *   freezeQtyMax: { 'NSE:FO:NIFTY': '1800' },
 *   bands: { 'NSE:FO:NIFTY26NOVFUT': { reference: '26000', bps: 1_000 } },
 *   collar: { ageMaxUs: 2_000_000, bands: { '*': { bps: 100 } } },
 *   holidays: ['2026-11-24'],
 *   special: [],
 *   untilUs: 1_795_464_000_000_000,
 * });
 * riskPolicy({ checks }).checks.map((check) => check.spec.check);
 * // => ['orderRate', 'freezeQty', 'priceBand', 'priceCollar', 'inSession']
 * ```
 */
export function nseRetailAlgo(options: {
  readonly ordersPerSecond: number;
  readonly freezeQtyMax: Readonly<Record<string, string>>;
  readonly bands: Readonly<Record<string, PriceBand>>;
  readonly collar: {
    readonly ageMaxUs: number;
    readonly bands: Readonly<Record<string, CollarBand>>;
  };
  readonly holidays: readonly string[];
  readonly special: readonly SpecialSession[];
  readonly untilUs: number;
}): readonly RiskCheck[] {
  const { bands, collar, freezeQtyMax, holidays, special } = options;
  const orders = integerFrom('nseRetailAlgo: ordersPerSecond', options.ordersPerSecond, {
    min: 1,
    max: NSE_ORDERS_PER_SECOND,
  });
  const untilUs = integerFrom('nseRetailAlgo: untilUs', options.untilUs, { min: 1 });
  const hours = {
    utcOffsetMinutes: 330,
    open: '09:15',
    close: '15:30',
    weekdays: [1, 2, 3, 4, 5],
    holidays,
    special,
  };
  return [
    orderRate({
      scope: 'segment',
      orders,
      perUs: SECOND_US,
      method: 'window',
      counts: 'messages',
    }),
    freezeQty({ qtyMax: freezeQtyMax }),
    priceBand({ bands, untilUs }),
    priceCollar({ reference: 'last', ageMaxUs: collar.ageMaxUs, bands: collar.bands }),
    inSession({ schedules: { 'NSE:EQ': hours, 'NSE:FO': hours }, untilUs }),
  ];
}
