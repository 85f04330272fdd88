/**
 * Compares what a run knows of its account with what the venue says: a pure function.
 * @module
 */
import type { OrderBody } from '../events/index.js';
import {
  compareRational,
  formatMantissa,
  parseMantissa,
  parseRational,
  type Rational,
  rational,
  subRational,
} from '../fixed-point/index.js';
import { MISSING_ORDER } from './internal/contradiction.js';
import { ownOrderId, readAnswer, type VenueAnswer } from './internal/venue-answer.js';
import type {
  Difference,
  DifferenceKind,
  ReconcileAction,
  ReconcileInput,
  ReconcileResult,
} from './reconcile-types.js';
import { isOpenState } from './transitions.js';
import type { OwnOrder } from './types.js';

const ZERO = rational(0n);

type Found = Omit<Difference, 'kind'>;

class Comparison {
  readonly differences: Difference[] = [];
  readonly actions: ReconcileAction[] = [];

  add(kind: DifferenceKind, found: Found, action: ReconcileAction | null): void {
    this.differences.push({ kind, ...found });
    this.actions.push(action ?? { kind: 'halt', why: kind });
  }
}

/** A decimal text as a fraction; null for what is none. */
function decimal(text: string): Rational | null {
  try {
    return parseRational(text);
  } catch {
    return null;
  }
}

function size(value: Rational): Rational {
  return value.num < 0n ? subRational(ZERO, value) : value;
}

function shown({ filled, pending, price, qty, side, state }: OwnOrder): string {
  const asked = pending === null ? '' : ` (asked: ${pending.qty} at ${pending.price})`;
  return `${state}: ${side} ${qty} at ${price}${asked}, ${filled} filled`;
}

function reported({ price, qty, remaining, side, state }: OrderBody): string {
  return `${state}: ${side} ${qty} at ${price}, ${qty - remaining} filled`;
}

function compareForeign(input: ReconcileInput, answer: VenueAnswer, into: Comparison): void {
  const cancels = input.spec.foreignOrders === 'cancel';
  for (const body of answer.open.values()) {
    if (ownOrderId(input.orders, body) !== null) continue;
    const { clientOrderId, inst, venueOrderId } = body;
    const id = venueOrderId === '' ? clientOrderId : venueOrderId;
    into.add(
      'foreignOrder',
      { expected: '', found: reported(body), inst, id },
      cancels ? { kind: 'cancelForeign', clientOrderId, inst, venueOrderId } : null,
    );
  }
}

/** What contradicts an own order that the venue does have; null when nothing does. */
function contradiction(order: OwnOrder, body: OrderBody): boolean {
  if (!isOpenState(order.state)) return true;
  const done = body.qty - body.remaining;
  if (done !== order.filled) return true;
  // An amend under way may be in force or not; either is as expected.
  const asked = order.pending !== null && body.qty === order.pending.qty;
  return body.qty !== order.qty && !asked;
}

function compareOwn(input: ReconcileInput, answer: VenueAnswer, into: Comparison): void {
  const adopts = input.spec.missingOrders === 'adopt';
  const seen = new Set<string>();
  for (const order of input.orders.snapshot()) {
    const { inst, orderId: id } = order;
    seen.add(id);
    const body = answer.open.get(id);
    const difference = { expected: shown(order), found: '', inst, id };
    if (body !== undefined) {
      if (!contradiction(order, body)) continue;
      into.add('orderState', { ...difference, found: reported(body) }, null);
    } else if (!isOpenState(order.state)) {
      // It ended with executions that no fill was received for, and all fills were asked for.
      into.add('orderState', { ...difference, found: `${order.reportedFilled} filled` }, null);
    } else {
      const owed = order.reportedFilled > order.filled;
      const action = adopts && !owed ? ({ kind: 'adoptOrder', orderId: id } as const) : null;
      into.add('missingOrder', difference, action);
    }
  }
  for (const [id, body] of answer.open) {
    const order = seen.has(id) ? null : input.orders.get(id);
    if (order === null) continue;
    const found = { expected: shown(order), found: reported(body), inst: body.inst, id };
    into.add('orderState', found, null);
  }
}

function adoptable(
  input: ReconcileInput,
  position: { readonly entryPrice: string; readonly inst: string; readonly qty: string },
): ReconcileAction | null {
  const { entryPrice, inst } = position;
  const instrument = input.instrument(inst);
  if (instrument === null || input.spec.positions !== 'adopt') return null;
  try {
    const qty = parseMantissa(position.qty, instrument.qtyExponent);
    if (entryPrice !== '') parseRational(entryPrice);
    return { kind: 'adoptPosition', entryPrice, inst, qty };
  } catch {
    // No numbers, or digits beyond what the instrument is counted in.
    return null;
  }
}

function comparePositions(input: ReconcileInput, answer: VenueAnswer, into: Comparison): void {
  const theirs = new Map((answer.account?.positions ?? []).map((entry) => [entry.inst, entry]));
  const own = new Map<string, string>();
  for (const { inst, qty, qtyExponent } of input.positions) {
    own.set(inst, formatMantissa(qty, qtyExponent));
  }
  for (const inst of [...new Set([...own.keys(), ...theirs.keys()])].sort()) {
    const expected = own.get(inst) ?? '0';
    const position = theirs.get(inst) ?? { entryPrice: '0', inst, qty: '0' };
    const value = decimal(position.qty);
    if (value !== null && compareRational(value, parseRational(expected)) === 0) continue;
    const found = { expected, found: position.qty, inst, id: '' };
    into.add('position', found, value === null ? null : adoptable(input, position));
  }
}

function compareBalances(input: ReconcileInput, answer: VenueAnswer, into: Comparison): void {
  const adopts = input.spec.balances === 'adopt';
  const tolerance = parseRational(input.spec.balanceTolerance);
  const theirs = new Map((answer.account?.balances ?? []).map((b) => [b.currency, b.total]));
  for (const currency of [...new Set([...Object.keys(input.cash), ...theirs.keys()])].sort()) {
    const expected = Object.hasOwn(input.cash, currency) ? (input.cash[currency] as string) : '0';
    const total = theirs.get(currency) ?? '0';
    const value = decimal(total);
    const mine = decimal(expected);
    const both = value !== null && mine !== null;
    if (both && compareRational(size(subRational(value, mine)), tolerance) <= 0) continue;
    const action = adopts && value !== null ? { currency, kind: 'adoptBalance', total } : null;
    const found = { expected, found: total, inst: '', id: currency };
    into.add('balance', found, action as ReconcileAction | null);
  }
}

/**
 * Compares a run with the answer to `Venue.reconcile`. Apply the facts of the answer to the orders
 * and the portfolio first: what they explain is no difference.
 *
 * - Positions are compared exactly, as decimals; balances by the policy's tolerance. What one side
 *   does not name is 0 there.
 * - An order whose amend is under way may be reported with its old or its new terms.
 * - An answer that is cut off or contradicts itself is a difference of its own, always a `halt`;
 *   nothing is concluded from what it leaves out.
 * - A difference the policy has no way out of is a `halt`: an order in another state than the facts
 *   lead to, a position of an instrument nobody declared or finer than its exponent, an own order
 *   gone with executions that no fill tells.
 *
 * @param input - both sides, and the policy
 * @returns the differences in a fixed order and an action for each; O(n log n) in what is compared
 * @throws QL_FIXED_SYNTAX when the policy's tolerance is no decimal text
 * @example
 * ```ts
 * import { createOrderStore, reconcile } from 'quantlaxmi/execution';
 *
 * const result = reconcile({
 *   orders: createOrderStore(), positions: [], cash: {}, instrument: () => null, facts: [],
 *   spec: {
 *     before: 'firstOrder', foreignOrders: 'halt', missingOrders: 'halt', positions: 'halt',
 *     balances: 'halt', balanceTolerance: '0', timeoutUs: 1_000_000,
 *   },
 * });
 * result.complete; // => false
 * result.differences.map(({ expected }) => expected);
 * // => ['an account', 'the end of the answer']
 * ```
 */
export function reconcile(input: ReconcileInput): ReconcileResult {
  const answer = readAnswer(input.facts, input.orders);
  const into = new Comparison();
  for (const [expected, found] of answer.flaws) {
    into.add('incomplete', { expected, found, inst: '', id: '' }, null);
  }
  const complete = answer.flaws.length === 0;
  compareForeign(input, answer, into);
  if (complete) {
    compareOwn(input, answer, into);
    comparePositions(input, answer, into);
    compareBalances(input, answer, into);
  }
  return { complete, differences: into.differences, actions: into.actions };
}

/**
 * The Order fact that ends an own order which the venue no longer has, for `adoptOrder`.
 *
 * @param order - the order, every fill that is to come received
 * @param cause - input `seq` it is written under
 */
export function missingOrderEnd(order: OwnOrder, cause: number): OrderBody {
  const { clientOrderId, filled, inst, orderId, price, qty } = order;
  const { riskDecisionId, side, tif, type, venueOrderId } = order;
  return {
    cause,
    clientOrderId,
    inst,
    orderId,
    price,
    qty,
    reason: MISSING_ORDER,
    remaining: Math.max(0, qty - filled),
    riskDecisionId,
    side,
    state: 'cancelled',
    tif,
    type,
    venueOrderId,
  };
}
