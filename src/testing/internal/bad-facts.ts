import type { OrderState } from '../../events/index.js';
import { isOpenState, type VenueFact } from '../../execution/index.js';

/** Reports of what executed that are off by one. */
export function lied(facts: readonly VenueFact[]): VenueFact[] {
  return facts.map((fact): VenueFact => {
    if (fact.t !== 'Order' || fact.body.state === 'rejected') return fact;
    const { remaining } = fact.body;
    return { ...fact, body: { ...fact.body, remaining: remaining > 0 ? remaining - 1 : 1 } };
  });
}

/** The answer without what ends it. */
export function cutShort(facts: readonly VenueFact[]): VenueFact[] {
  return facts.slice(0, -1);
}

/** Behind each end of an order another one. */
export function endedAgain(facts: readonly VenueFact[]): VenueFact[] {
  return facts.flatMap((fact): VenueFact[] => {
    if (fact.t !== 'Order' || isOpenState(fact.body.state)) return [fact];
    const state: OrderState = fact.body.state === 'cancelled' ? 'expired' : 'cancelled';
    return [fact, { ...fact, body: { ...fact.body, state } }];
  });
}

/** In front of the first report of an order an execution of 1 that never was. */
export function invented(facts: readonly VenueFact[], fillId: string): VenueFact[] {
  const at = facts.findIndex((fact) => fact.t === 'Order' && fact.body.orderId !== '');
  const report = facts[at];
  if (report?.t !== 'Order') return [...facts];
  const { inst, orderId, price, side } = report.body;
  const money = { fee: 0, feeCurrency: 'USDT', feeExponent: -8, liquidity: 'maker' } as const;
  const body = { cause: 0, ...money, fillId, inst, orderId, price: price ?? 1, qty: 1, side };
  const fill: VenueFact = { ...report, t: 'Fill', body };
  return [...facts.slice(0, at), fill, ...facts.slice(at)];
}

/** What is left without reports of open orders, or without fills. */
export function dropped(facts: readonly VenueFact[], what: 'acks' | 'fills'): VenueFact[] {
  return facts.filter((fact) => {
    if (what === 'fills') return fact.t !== 'Fill';
    return fact.t !== 'Order' || !isOpenState(fact.body.state);
  });
}
