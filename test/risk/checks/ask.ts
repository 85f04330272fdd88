import type { IntentBody } from 'quantlaxmi/events';
import type { CheckResult, RiskCheck, RiskInput, RiskView, WorkingOrder } from 'quantlaxmi/risk';
import { inst, intent, view } from '../lib.js';

/** A view of which only these parts can be read: another read throws. */
export function only(
  whole: RiskView,
  inputs: readonly RiskInput[],
  read: Set<string> = new Set(),
): RiskView {
  return new Proxy(whole, {
    get(target, key) {
      if (!inputs.some((input) => input === key)) throw new Error(`undeclared: ${String(key)}`);
      read.add(String(key));
      return Reflect.get(target, key) as unknown;
    },
  });
}

/** One question to one check, which may read what it declares. */
export const ask = (
  check: RiskCheck,
  part: Partial<IntentBody> = {},
  viewPart: Partial<RiskView> = {},
  state: readonly number[] = [],
): CheckResult => check.evaluate(intent(part), only(view(viewPart), check.inputs), state);

/** The code of the answer: empty when it holds. */
export const codeOf = (...args: Parameters<typeof ask>): string => ask(...args).code;

export const market = { type: 'market', price: null, tif: 'ioc' } as const;

/** A working sell of 5 at 100.5. */
export const resting = (part: Partial<WorkingOrder> = {}): WorkingOrder => ({
  clientOrderId: 'c-w',
  inst,
  filled: 0,
  intentId: 'w-1',
  orderId: 'o-w',
  price: 1_005,
  reduceOnly: false,
  remaining: 5,
  side: 'sell',
  state: 'acked',
  ...part,
});
