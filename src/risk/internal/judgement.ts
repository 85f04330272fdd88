import type { InstrumentBody, IntentBody } from '../../events/index.js';
import { isReducing } from '../exposure.js';
import { levelFor, rankOf, type ScopeLevel } from '../ladder-scopes.js';
import type { OrderIntent, RiskPolicy, RiskView, WorkingOrder } from '../types.js';
import { JudgedView } from './judged-view.js';

/** What one intent comes to before any check looks at it. */
export interface Judgement {
  readonly order: OrderIntent;
  /** As the checks see it: of an amend, what would remain; under THROTTLE, the smaller quantity. */
  readonly intent: IntentBody;
  readonly instrument: InstrumentBody | null;
  readonly view: RiskView;
  readonly rung: ScopeLevel;
  /** The order to amend; null for new orders, and where there is none. */
  readonly target: WorkingOrder | null;
  /** False for an amend after which neither quantity nor price is worse for us. */
  readonly adds: boolean;
  /** It only makes the position smaller, so the ladder lets it through whole. */
  readonly reduces: boolean;
  /** THROTTLE leaves less than a lot. */
  readonly nothingLeft: boolean;
}

const PPM = 1_000_000;

function orNull<T>(look: () => T | null): T | null {
  try {
    return look();
  } catch {
    // A lookup that throws found nothing, and nothing found is a denial.
    return null;
  }
}

/** `qty × ppm / 10^6`, rounded down to a lot. */
function part(qty: number, ppm: number, lot: number): number {
  if (!(Number.isSafeInteger(lot) && lot > 0)) return 0;
  const less = Number((BigInt(qty) * BigInt(ppm)) / BigInt(PPM));
  return less - (less % lot);
}

function worse(intent: IntentBody, target: WorkingOrder): boolean {
  if (intent.price === null || target.price === null) return true;
  return intent.side === 'buy' ? intent.price > target.price : intent.price < target.price;
}

interface Terms {
  readonly ratePpm: number;
  readonly target: WorkingOrder | null;
  readonly qty: number;
}

function viewOf(base: RiskView, { qty, ratePpm, target }: Terms): RiskView {
  if (target === null && ratePpm === base.ratePpm) return base;
  const takesQty = target === null ? 0 : Math.min(qty, target.remaining);
  return new JudgedView(base, { ratePpm, amended: target, takesQty });
}

/** The same request with another quantity, as the checks count it. */
export function withQty(judgement: Judgement, qty: number, base: RiskView): Judgement {
  const { intent, target, view } = judgement;
  const terms = { ratePpm: view.ratePpm, target, qty };
  return { ...judgement, intent: { ...intent, qty }, view: viewOf(base, terms) };
}

/** Size and rate under the ladder, and what of an amend is new. */
export function judge(policy: RiskPolicy, order: OrderIntent, base: RiskView): Judgement {
  const { action, inst, intentId } = order.intent;
  const instrument = orNull(() => base.instrument(inst));
  const rung = levelFor(base.ladder, { inst, instrument, strategyId: base.strategyId });
  const found = action === 'amend' ? orNull(() => base.workingOrder(intentId)) : null;
  const target = found !== null && found.inst === inst ? found : null;
  const before = target?.remaining ?? 0;
  const intent =
    target === null ? order.intent : { ...order.intent, qty: order.intent.qty - target.filled };
  const adds = target === null || intent.qty > before || worse(intent, target);
  const view = viewOf(base, { ratePpm: PPM, target, qty: intent.qty });
  const late = rankOf(rung.level) >= 2;
  const reduces = late && (orNull(() => isReducing(intent, view)) ?? false);
  // Written out: a spread costs as much as ten checks.
  const whole: Judgement = {
    order,
    intent,
    instrument,
    view,
    rung,
    target,
    adds,
    reduces,
    nothingLeft: false,
  };
  return late && !reduces ? throttled(policy, whole, base) : whole;
}

function throttled(policy: RiskPolicy, whole: Judgement, base: RiskView): Judgement {
  const { instrument, intent, rung, target } = whole;
  const before = target?.remaining ?? 0;
  // A rung without a ladder in the policy is of an earlier policy: nothing says how much is left.
  const { throttleRatePpm = PPM, throttleSizePpm = 0 } = policy.ladder ?? {};
  const slow = (qty: number) => viewOf(base, { ratePpm: throttleRatePpm, target, qty });
  const kept = { ...whole, view: slow(intent.qty) };
  if (rung.level !== 'throttle' || !(intent.qty > before)) return kept;
  const qty = before + part(intent.qty - before, throttleSizePpm, instrument?.lot ?? 0);
  if (qty > before || (target !== null && intent.price !== target.price)) {
    return { ...whole, intent: { ...intent, qty }, view: slow(qty) };
  }
  return { ...kept, nothingLeft: true };
}
