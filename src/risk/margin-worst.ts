/**
 * The largest position that working orders of a derivative could lead to, as margin sees it.
 * @module
 */
import type { InstrumentBody, IntentBody } from '../events/index.js';
import type { Rational } from '../fixed-point/index.js';
import { freshMark, maxOf, plus, times, unitValue } from './exposure.js';
import { isKnown } from './checks/result.js';
import type { RiskReason } from './reasons.data.js';
import type { RiskView, WorkingOrder } from './types.js';
import { valueFactor } from './value-factor.js';

/** Sizes in the settlement currency, not in lowest terms. */
export interface WorstSizes {
  /** Value of the position if all buys execute; may be below 0 for a short one. */
  readonly long: Rational;
  /** Value of the position turned round if all sells execute. */
  readonly short: Rational;
  /** The larger of the two. */
  readonly worst: Rational;
  /** Loss at the mark if every order executes at its worst price. */
  readonly loss: Rational;
  /** Mark it is valued at, mantissa. */
  readonly mark: number;
}

type Pending = Pick<WorkingOrder, 'inst' | 'price' | 'remaining' | 'side'>;

const ZERO: Rational = Object.freeze({ num: 0n, den: 1n });

const minus = (a: Rational, b: Rational): Rational => plus(a, { num: -b.num, den: b.den });

/** Orders of an instrument, the intent with them; null when the list lacks what works. */
function pendingOf(view: RiskView, inst: string, intent: IntentBody): Pending[] | null {
  const working = view.working(inst);
  if (working === null) return null;
  const pending: Pending[] = [];
  let buys = 0;
  let sells = 0;
  for (const order of view.workingOrders(inst)) {
    if (!isKnown(order.remaining) || order.remaining < 0) return null;
    if (order.side === 'buy') buys += order.remaining;
    else sells += order.remaining;
    pending.push(order);
  }
  if (!(working.buyQty <= buys && working.sellQty <= sells)) return null;
  if (intent.inst !== inst) return pending;
  if (!(isKnown(intent.qty) && intent.qty > 0)) return null;
  const { price, qty, side } = intent;
  pending.push({ inst, price, remaining: qty, side });
  return pending;
}

/** {@link worstSizes} in numbers; null where one is no safe integer, or a price is not known. */
function fastSizes(
  instrument: InstrumentBody,
  { mark, position }: { readonly mark: number; readonly position: number },
  pending: readonly Pending[],
): WorstSizes | null {
  const { d, den, n } = valueFactor(instrument);
  const unit = n * mark;
  let long = unit * position;
  let short = 0 - long;
  let loss = 0;
  if (!isKnown(long)) return null;
  for (const { price, remaining, side } of pending) {
    if (price === null || !(price > 0)) return null;
    const atMark = unit * remaining;
    const atPrice = n * price * remaining;
    if (!(isKnown(price) && isKnown(atMark) && isKnown(atPrice))) return null;
    const size = atMark < atPrice ? atPrice : atMark;
    if (side === 'buy') long += size;
    else short += size;
    if (side === 'buy' ? price > mark : price < mark) loss += Math.abs(atPrice - atMark);
    if (!(isKnown(long) && isKnown(short) && isKnown(loss))) return null;
  }
  if (!isKnown(d)) return null;
  const over = (num: number): Rational => ({ num: BigInt(num), den });
  const [up, down] = [over(long), over(short)];
  return { long: up, short: down, worst: long < short ? down : up, loss: over(loss), mark };
}

/**
 * Worst sizes of an instrument: the position at the mark, each order at the price of those it may
 * execute at that gives the larger size.
 */
export function worstSizes(
  instrument: InstrumentBody,
  intent: IntentBody,
  options: { readonly view: RiskView; readonly ageMaxUs: number },
): WorstSizes | RiskReason {
  const { ageMaxUs, view } = options;
  const inst = instrument.instrumentId;
  const position = view.position(inst);
  const pending = pendingOf(view, inst, intent);
  if (position === null || !isKnown(position) || pending === null) {
    return 'QL_RISK_POSITION_UNKNOWN';
  }
  if (position === 0 && pending.length === 0) {
    return { long: ZERO, short: ZERO, worst: ZERO, loss: ZERO, mark: 0 };
  }
  const mark = freshMark(view, inst, ageMaxUs);
  if (mark === null) return 'QL_RISK_MARK_UNKNOWN';
  const fast = fastSizes(instrument, { mark, position }, pending);
  if (fast !== null) return fast;
  const unit = unitValue(instrument, mark);
  let long = times(unit, BigInt(position));
  let short = times(unit, BigInt(-position));
  let loss = ZERO;
  for (const { price: limit, remaining, side } of pending) {
    const price = limit ?? view.sweepPrice(inst, side, remaining);
    if (price === null || !isKnown(price) || price <= 0) return 'QL_RISK_PRICE_UNKNOWN';
    const qty = BigInt(remaining);
    const atMark = times(unit, qty);
    const atPrice = price === mark ? atMark : times(unitValue(instrument, price), qty);
    const size = maxOf(atMark, atPrice);
    if (side === 'buy') long = plus(long, size);
    else short = plus(short, size);
    if (side === 'buy' ? price > mark : price < mark) {
      const gap = minus(atPrice, atMark);
      loss = plus(loss, gap.num < 0n ? times(gap, -1n) : gap);
    }
  }
  return { long, short, worst: maxOf(long, short), loss, mark };
}
