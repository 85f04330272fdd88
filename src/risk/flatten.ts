/**
 * Closing a position in slices, as a policy says.
 * @module
 */
import type { IntentBody } from '../events/index.js';
import type { FlattenSpec } from './policy-types.js';
import type { RiskView } from './types.js';

/** How far the closing of one instrument has come. */
export interface FlattenProgress {
  readonly inst: string;
  /** Orders sent for it so far. */
  readonly sent: number;
  /** Logged time of the last, µs; null before the first. */
  readonly lastUs: number | null;
  /** Id of the next order's intent. */
  readonly intentId: string;
}

/**
 * Why nothing is sent: `flat`; `pace` (too early); `working` (own orders already close all of it);
 * `ordersMax` (given up); `unknown` (position, working orders or instrument); `price` (no touch to
 * price from).
 */
export type FlattenHold = 'flat' | 'pace' | 'working' | 'ordersMax' | 'unknown' | 'price';

/** Orders to send now, or why there are none. */
export interface FlattenStep {
  readonly intents: readonly IntentBody[];
  /** Empty when an intent is there. */
  readonly hold: FlattenHold | '';
}

const PPM = 1_000_000n;
const BPS = 10_000n;

const hold = (why: FlattenHold): FlattenStep => ({ intents: [], hold: why });
const integer = (value: number): boolean => Number.isSafeInteger(value);

/** `part` of what is held, rounded up to a lot, never more than what is open to close. */
function sliceOf(spec: FlattenSpec, held: number, open: number, lot: number): number {
  const step = BigInt(lot);
  const share = (BigInt(held) * BigInt(spec.slicePpm) + PPM - 1n) / PPM;
  const lots = ((share + step - 1n) / step) * step;
  const most = BigInt(open - (open % lot));
  return Number(lots < most ? lots : most);
}

/** Through the touch, rounded to the tick that is worse for us; null below the first tick. */
function priceOf(touch: number, bps: number, tick: number, selling: boolean): number | null {
  const step = BigInt(tick);
  const factor = selling ? BPS - BigInt(bps) : BPS + BigInt(bps);
  const scaled = BigInt(touch) * factor;
  const unit = BPS * step;
  const ticks = selling ? scaled / unit : (scaled + unit - 1n) / unit;
  const price = Number(ticks * step);
  return integer(price) && price > 0 ? price : null;
}

/**
 * The next order that closes a position: reduce-only, immediate or cancel, a slice of the position
 * and never past zero with the working orders counted in, priced through the touch.
 *
 * @param spec - the policy's `flatten`
 * @param view - what is known now
 * @param progress - of the instrument in hand; the caller counts each intent that was judged
 * @returns one intent, or the reason why there is none. Pure; risk still judges the intent.
 * @example
 * ```ts
 * import { flattenIntents, UNKNOWN_VIEW } from 'quantlaxmi/risk';
 *
 * const spec = { slicePpm: 250_000, everyUs: 1_000_000, throughBps: 20, ordersMax: 50 };
 * const progress = { inst: 'BINANCE:USDM:BTCUSDT', sent: 0, lastUs: null, intentId: 'flatten-1' };
 * flattenIntents(spec, UNKNOWN_VIEW, progress).hold;
 * // => 'unknown'
 * ```
 */
export function flattenIntents(
  spec: FlattenSpec,
  view: RiskView,
  progress: FlattenProgress,
): FlattenStep {
  const { inst, intentId, lastUs, sent } = progress;
  const position = view.position(inst);
  const working = view.working(inst);
  const instrument = view.instrument(inst);
  if (position === null || working === null || instrument === null) return hold('unknown');
  const { lot, tick } = instrument;
  const sound = integer(lot) && lot > 0 && integer(tick) && tick > 0;
  if (!sound || !integer(position)) return hold('unknown');
  if (position === 0) return hold('flat');
  const selling = position > 0;
  const held = Math.abs(position);
  const closing = selling ? working.sellQty : working.buyQty;
  if (!integer(closing) || closing < 0) return hold('unknown');
  if (held - closing < lot) return hold('working');
  if (sent >= spec.ordersMax) return hold('ordersMax');
  // A clock that stepped back waits; it never sends sooner.
  if (lastUs !== null && !(view.nowUs - lastUs >= spec.everyUs)) return hold('pace');
  const touch = view.touch(inst);
  const near = selling ? touch?.bid : touch?.ask;
  if (near === null || near === undefined || !integer(near) || near <= 0) return hold('price');
  const price = priceOf(near, spec.throughBps, tick, selling);
  if (price === null) return hold('price');
  const qty = sliceOf(spec, held, held - closing, lot);
  const intent: IntentBody = Object.freeze({
    action: 'place',
    inst,
    intentId,
    price,
    qty,
    reduceOnly: true,
    side: selling ? 'sell' : 'buy',
    tif: 'ioc',
    type: 'limit',
  });
  return { intents: [intent], hold: '' };
}
