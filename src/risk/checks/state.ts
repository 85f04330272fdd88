/**
 * The checks on the state of the run that no policy can leave out: ladder, log, reconciliation, and
 * the order that an amend is for.
 * @module
 */
import { formatMantissa } from '../../fixed-point/index.js';
import type { Judgement } from '../internal/judgement.js';
import type { CheckResult } from '../types.js';
import { holds, refuses } from './result.js';

type StateCheck = (judgement: Judgement) => CheckResult;

const ladder: StateCheck = ({ nothingLeft, reduces, rung }) => {
  const observed = rung.scope === '' ? rung.level : `${rung.level} ${rung.scope}`;
  if (rung.level === 'halt' && !reduces)
    return refuses('QL_RISK_LADDER_HALT', observed, 'throttle');
  return nothingLeft
    ? refuses('QL_RISK_LADDER_THROTTLE', observed, 'warn')
    : holds(observed, 'throttle');
};

const log: StateCheck = ({ view }) =>
  view.log === 'ok' ? holds('ok', 'ok') : refuses('QL_RISK_LOG', String(view.log), 'ok');

const reconcile: StateCheck = ({ view }) =>
  view.reconcile === 'done' || view.reconcile === 'none'
    ? holds(view.reconcile, 'done')
    : refuses('QL_RISK_RECONCILE', String(view.reconcile), 'done');

const AMENDABLE: ReadonlySet<string> = new Set(['submitted', 'acked', 'partiallyFilled']);

const amendTarget: StateCheck = ({ instrument, intent, order, target }) => {
  if (target === null) return refuses('QL_RISK_ORDER_UNKNOWN', order.intent.intentId, '');
  if (!AMENDABLE.has(target.state)) return refuses('QL_RISK_AMEND_STATE', target.state, 'acked');
  const { price, qty, reduceOnly, side } = order.intent;
  if (side !== target.side) return refuses('QL_RISK_AMEND_TERMS', side, target.side);
  if (reduceOnly !== target.reduceOnly) {
    return refuses('QL_RISK_AMEND_TERMS', String(reduceOnly), String(target.reduceOnly));
  }
  if (target.price === null || price === null) return refuses('QL_RISK_AMEND_TERMS', '', 'limit');
  if (instrument === null) return refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', '');
  const { lot, maxQty, qtyExponent } = instrument;
  const observed = formatMantissa(qty, qtyExponent);
  const least = formatMantissa(target.filled, qtyExponent);
  if (!(intent.qty > 0)) return refuses('QL_RISK_AMEND_FILLED', observed, least);
  // The venue holds the whole order to its lot and maximum, also what has executed of it.
  if (qty % lot !== 0)
    return refuses('QL_RISK_QTY_LOT', observed, formatMantissa(lot, qtyExponent));
  return maxQty !== null && qty > maxQty
    ? refuses('QL_RISK_QTY_MAX', observed, formatMantissa(maxQty, qtyExponent))
    : holds(observed, least);
};

/** State checks of a new order, in the order they are written down. */
export const STATE_CHECKS: readonly (readonly [id: string, check: StateCheck])[] = [
  ['ladder', ladder],
  ['log', log],
  ['reconcile', reconcile],
];

/** State checks of an amend. */
export const AMEND_CHECKS: readonly (readonly [id: string, check: StateCheck])[] = [
  ...STATE_CHECKS,
  ['amend', amendTarget],
];

/** Ids that a policy's own checks may not take. */
export const STATE_IDS: ReadonlySet<string> = new Set(AMEND_CHECKS.map(([id]) => id));

/** Checks that stop trading. An amend after which nothing is worse for us passes them. */
export const STOP_IDS: ReadonlySet<string> = new Set([
  'halted',
  'killSwitch',
  'ladder',
  'log',
  'reconcile',
]);
