import { canonicalJson } from '../../core/index.js';
import type { AccountBody, OrderBody } from '../../events/index.js';
import type { OrderStore } from '../order-store.js';
import { isOpenState } from '../transitions.js';
import { RECONCILED_CODE, type VenueFact } from '../venue.js';

/** What a venue's answer says, and what is wrong with it. */
export interface VenueAnswer {
  /** Null when none came. */
  readonly account: AccountBody | null;
  /** Last report of each order that is open by it, by own order id or the venue's. */
  readonly open: ReadonlyMap<string, OrderBody>;
  /** Expected and found, of each flaw. */
  readonly flaws: readonly (readonly [expected: string, found: string])[];
}

type Own = Pick<OrderStore, 'byClientOrderId' | 'get'>;

/** Own order id of a report; null when it is not about an own order. */
export function ownOrderId(orders: Own, body: OrderBody): string | null {
  if (body.orderId !== '') return orders.get(body.orderId)?.orderId ?? null;
  return orders.byClientOrderId(body.clientOrderId)?.orderId ?? null;
}

function keyOf(orders: Own, body: OrderBody): string {
  const { clientOrderId, venueOrderId } = body;
  return ownOrderId(orders, body) ?? `${venueOrderId}/${clientOrderId}/${body.orderId}`;
}

function repeated(names: readonly string[]): string | null {
  return names.find((name, at) => names.indexOf(name) !== at) ?? null;
}

function accountFlaws(account: AccountBody | null): (readonly [string, string])[] {
  if (account === null) return [['an account', 'none']];
  const flaws: (readonly [string, string])[] = [];
  const currency = repeated(account.balances.map((balance) => balance.currency));
  if (currency !== null) flaws.push(['one balance of a currency', `two of ${currency}`]);
  const inst = repeated(account.positions.map((position) => position.inst));
  if (inst !== null) flaws.push(['one position of an instrument', `two of ${inst}`]);
  return flaws;
}

function endFlaws(facts: readonly VenueFact[], open: number): (readonly [string, string])[] {
  const at = facts.findIndex((fact) => fact.t === 'Session' && fact.body.code === RECONCILED_CODE);
  const end = facts[at];
  if (end?.t !== 'Session') return [['the end of the answer', 'none']];
  const flaws: (readonly [string, string])[] = [];
  const { orders } = end.body.details;
  if (orders !== open)
    flaws.push([`${open} open orders, as told`, `${orders ?? 'none'} announced`]);
  if (at !== facts.length - 1) flaws.push(['nothing behind the end of the answer', 'more']);
  return flaws;
}

/** An account as said, its place in the log left out. */
function said(account: AccountBody): string {
  return canonicalJson({ ...account, cause: 0 });
}

/** Reads the facts between a request and the marker that ends the answer. */
export function readAnswer(facts: readonly VenueFact[], orders: Own): VenueAnswer {
  let account = null as AccountBody | null;
  const open = new Map<string, OrderBody>();
  const flaws: (readonly [string, string])[] = [];
  for (const fact of facts) {
    if (fact.t === 'Account') {
      if (account !== null && said(account) !== said(fact.body)) {
        flaws.push(['one account', 'two that differ']);
      }
      account = fact.body;
    } else if (fact.t === 'Fill' && orders.get(fact.body.orderId) === null) {
      flaws.push(['fills of own orders', `fill ${fact.body.fillId} of ${fact.body.orderId}`]);
    } else if (fact.t === 'Order') {
      const key = keyOf(orders, fact.body);
      // An order that was told alive while its end was on the way is over, and the end is told.
      if (isOpenState(fact.body.state)) open.set(key, fact.body);
      else open.delete(key);
    }
  }
  flaws.push(...accountFlaws(account), ...endFlaws(facts, open.size));
  return { account, open, flaws };
}
