/**
 * How many orders may work at once.
 * @module
 */
import * as z from 'zod/mini';
import type { IntentBody } from '../../events/index.js';
import type { RiskCheck, RiskInput, RiskView } from '../types.js';
import { type CheckEntry, countSchema } from './entry.js';
import { oneOf } from './limits.js';
import { holds, isKnown, positiveInteger, refuses } from './result.js';

/** What working orders are counted over. */
export type OpenOrdersScope = 'account' | 'venue' | 'instrument';

const SCOPES = ['account', 'venue', 'instrument'] as const;
const INPUTS: Readonly<Record<OpenOrdersScope, readonly RiskInput[]>> = {
  account: ['openOrderCount'],
  venue: ['openOrderCount', 'instrument', 'held'],
  instrument: ['openOrderCount'],
};

/** Working orders at the venue of an instrument; null when unknown. */
function atVenue(view: RiskView, inst: string): number | null {
  const venue = view.instrument(inst)?.venue;
  const held = view.held();
  if (venue === undefined || held === null) return null;
  let count = 0;
  for (const other of held) {
    // Where the venue of an instrument is no longer known its orders may be at this one.
    const theirs: string = other === inst ? venue : (view.instrument(other)?.venue ?? venue);
    if (theirs === venue) count += view.openOrderCount(other);
  }
  return count;
}

function counted(scope: OpenOrdersScope, intent: IntentBody, view: RiskView): number | null {
  if (scope === 'venue') return atVenue(view, intent.inst);
  return view.openOrderCount(scope === 'account' ? null : intent.inst);
}

/**
 * Denies an order when too many own orders work already, unknown ones included. An amend adds none.
 * May stand in a policy once per scope.
 *
 * @param options - `scope`: all orders of the account, those at a venue, those of an instrument;
 *   `ordersMax`: working orders allowed, the new one included
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { openOrders } from 'quantlaxmi/risk';
 *
 * openOrders({ scope: 'instrument', ordersMax: 10 }).id;
 * // => 'openOrders:instrument'
 * ```
 */
export function openOrders(options: {
  readonly scope: OpenOrdersScope;
  readonly ordersMax: number;
}): RiskCheck {
  const scope = oneOf('openOrders: scope', options.scope, SCOPES);
  const ordersMax = positiveInteger('openOrders', 'ordersMax', options.ordersMax);
  const limit = String(ordersMax);
  return {
    id: `openOrders:${scope}`,
    inputs: INPUTS[scope],
    spec: { check: 'openOrders', scope, ordersMax },
    evaluate(intent, view) {
      const open = counted(scope, intent, view);
      if (open === null || !isKnown(open) || open < 0) {
        return refuses('QL_RISK_OPEN_ORDERS', '', limit);
      }
      // The order that an amend is for is left out of the count; it comes back changed.
      const after = open + 1;
      return after <= ordersMax || intent.action === 'amend'
        ? holds(String(after), limit)
        : refuses('QL_RISK_OPEN_ORDERS', String(after), limit);
    },
  };
}

const schema = () =>
  z.strictObject({
    check: z.literal('openOrders'),
    scope: z.enum(SCOPES),
    ordersMax: countSchema(),
  });

/** Entry of {@link openOrders}. */
export const openOrdersCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'openOrders',
  schema,
  make: openOrders,
  doc: {
    what: 'Own working orders of the account, a venue or an instrument.',
    codes: ['QL_RISK_OPEN_ORDERS'],
    unit: 'orders',
    default: 'none',
    source: 'FIA guide s.1.11; order count limits of venues',
  },
};
