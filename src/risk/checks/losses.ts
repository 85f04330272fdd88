/**
 * Losses of the account: of the day, from the peak, and in a row.
 * @module
 */
import * as z from 'zod/mini';
import {
  compareRational,
  type Rational,
  rationalToBig,
  subRational,
} from '../../fixed-point/index.js';
import { isFresh, maxOf, refusesGrowth } from '../exposure.js';
import type { CheckResult, EquityState, RiskCheck, RiskInput, RiskView } from '../types.js';
import { type CheckEntry, countSchema } from './entry.js';
import { flag, positiveDecimal, word } from './options.js';
import { decimalText, holds, isKnown, positiveInteger, refuses } from './result.js';

const ZERO: Rational = Object.freeze({ num: 0n, den: 1n });

const reducingInputs = (allowReducing: boolean): readonly RiskInput[] =>
  allowReducing ? ['position', 'working'] : [];

const isFraction = ({ den, num }: Rational): boolean =>
  typeof num === 'bigint' && typeof den === 'bigint' && den > 0n;

/** Equity that rests on nothing old; otherwise the refusal. */
function freshEquity(view: RiskView, ageMaxUs: number, limit: string): EquityState | CheckResult {
  const equity = view.equity();
  if (equity === null) return refuses('QL_RISK_EQUITY_UNKNOWN', '', limit);
  if (!(isFraction(equity.equity) && isFraction(equity.dayStart) && isFraction(equity.peak))) {
    return refuses('QL_RISK_EQUITY_UNKNOWN', '', limit);
  }
  const { oldestRx } = equity;
  return oldestRx === null || isFresh(view.nowUs, oldestRx, ageMaxUs)
    ? equity
    : refuses('QL_RISK_EQUITY_STALE', String(view.nowUs - oldestRx), String(ageMaxUs));
}

/**
 * Denies orders once the day lost a limit: equity at the start of the trading day less equity now,
 * with open positions at fresh marks. Equity that is unknown, in another currency or rests on an
 * old mark or rate is a denial, of reducing orders as well.
 *
 * @param options - `currency`: the policy's reporting currency; `lossMax`: decimal text in it,
 *   above 0; `ageMaxUs`: oldest allowed mark or rate, µs; `allowReducing`: whether orders that can
 *   only make a position smaller pass at the limit
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { dailyLoss } from 'quantlaxmi/risk';
 *
 * dailyLoss({ currency: 'USDT', lossMax: '500', ageMaxUs: 5_000_000, allowReducing: true }).id;
 * // => 'dailyLoss'
 * ```
 */
export function dailyLoss(options: {
  readonly currency: string;
  readonly lossMax: string;
  readonly ageMaxUs: number;
  readonly allowReducing: boolean;
}): RiskCheck {
  const currency = word('dailyLoss', 'currency', options.currency);
  const lossMax = positiveDecimal('dailyLoss', 'lossMax', options.lossMax);
  const ageMaxUs = positiveInteger('dailyLoss', 'ageMaxUs', options.ageMaxUs);
  const allowReducing = flag('dailyLoss', 'allowReducing', options.allowReducing);
  const limit = decimalText(lossMax);
  return {
    id: 'dailyLoss',
    inputs: ['nowUs', 'equity', ...reducingInputs(allowReducing)],
    spec: { check: 'dailyLoss', currency, lossMax: options.lossMax, ageMaxUs, allowReducing },
    evaluate(intent, view) {
      const equity = freshEquity(view, ageMaxUs, limit);
      if ('code' in equity) return equity;
      if (equity.currency !== currency) return refuses('QL_RISK_CURRENCY', '', limit);
      const loss = maxOf(subRational(equity.dayStart, equity.equity), ZERO);
      const observed = decimalText(loss);
      return compareRational(loss, lossMax) < 0
        ? holds(observed, limit)
        : refusesGrowth('QL_RISK_DAILY_LOSS', { observed, limit, allowReducing, intent, view });
    },
  };
}

const PPM = 1_000_000n;

/** Fall from the peak, parts per million of it, rounded up; null when the peak is not above 0. */
function fallPpm({ equity, peak }: EquityState): number | null {
  if (peak.num <= 0n) return null;
  const fall = maxOf(subRational(peak, equity), ZERO);
  const ratio = { num: fall.num * peak.den * PPM, den: fall.den * peak.num };
  const ppm = Number(rationalToBig(ratio, 0, 'ceil'));
  return isKnown(ppm) ? ppm : null;
}

/**
 * Denies orders once equity fell a part of its peak. Open positions count at fresh marks, whether
 * or not a trade was ever closed; the peak is the account's and is lowered by nothing but a named
 * operator, so that a fall does not count from the bottom.
 *
 * @param options - `fallMaxPpm`: largest fall, parts per million of the peak, at which orders are
 *   denied; `ageMaxUs`: oldest allowed mark or rate, µs; `allowReducing`: whether orders that can
 *   only make a position smaller pass at the limit
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { drawdown } from 'quantlaxmi/risk';
 *
 * drawdown({ fallMaxPpm: 50_000, ageMaxUs: 5_000_000, allowReducing: true }).id;
 * // => 'drawdown'
 * ```
 */
export function drawdown(options: {
  readonly fallMaxPpm: number;
  readonly ageMaxUs: number;
  readonly allowReducing: boolean;
}): RiskCheck {
  const fallMaxPpm = positiveInteger('drawdown', 'fallMaxPpm', options.fallMaxPpm);
  const ageMaxUs = positiveInteger('drawdown', 'ageMaxUs', options.ageMaxUs);
  const allowReducing = flag('drawdown', 'allowReducing', options.allowReducing);
  const limit = String(fallMaxPpm);
  return {
    id: 'drawdown',
    inputs: ['nowUs', 'equity', ...reducingInputs(allowReducing)],
    spec: { check: 'drawdown', fallMaxPpm, ageMaxUs, allowReducing },
    evaluate(intent, view) {
      const equity = freshEquity(view, ageMaxUs, limit);
      if ('code' in equity) return equity;
      const ppm = fallPpm(equity);
      if (ppm === null) return refuses('QL_RISK_EQUITY_UNKNOWN', '', limit);
      const observed = String(ppm);
      return ppm < fallMaxPpm
        ? holds(observed, limit)
        : refusesGrowth('QL_RISK_DRAWDOWN', { observed, limit, allowReducing, intent, view });
    },
  };
}

/**
 * Denies orders after so many losing round trips in a row, fees included.
 *
 * @param options - `lossesMax`: number at which orders are denied; `allowReducing`: whether orders
 *   that can only make a position smaller pass then
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { consecutiveLosses } from 'quantlaxmi/risk';
 *
 * consecutiveLosses({ lossesMax: 5, allowReducing: true }).spec;
 * // => { check: 'consecutiveLosses', lossesMax: 5, allowReducing: true }
 * ```
 */
export function consecutiveLosses(options: {
  readonly lossesMax: number;
  readonly allowReducing: boolean;
}): RiskCheck {
  const lossesMax = positiveInteger('consecutiveLosses', 'lossesMax', options.lossesMax);
  const allowReducing = flag('consecutiveLosses', 'allowReducing', options.allowReducing);
  const limit = String(lossesMax);
  return {
    id: 'consecutiveLosses',
    inputs: ['equity', ...reducingInputs(allowReducing)],
    spec: { check: 'consecutiveLosses', lossesMax, allowReducing },
    evaluate(intent, view) {
      const losses = view.equity()?.lossesInRow;
      if (losses === undefined || !isKnown(losses) || losses < 0) {
        return refuses('QL_RISK_EQUITY_UNKNOWN', '', limit);
      }
      const observed = String(losses);
      return losses < lossesMax
        ? holds(observed, limit)
        : refusesGrowth('QL_RISK_LOSSES', { observed, limit, allowReducing, intent, view });
    },
  };
}

const dailyLossSchema = () =>
  z.strictObject({
    check: z.literal('dailyLoss'),
    currency: z.string(),
    lossMax: z.string(),
    ageMaxUs: countSchema(),
    allowReducing: z.boolean(),
  });

/** Entry of {@link dailyLoss}. */
export const dailyLossCheckEntry: CheckEntry<ReturnType<typeof dailyLossSchema>> = {
  check: 'dailyLoss',
  schema: dailyLossSchema,
  make: dailyLoss,
  doc: {
    what: 'Loss since the trading day began, open positions at fresh marks.',
    codes: [
      'QL_RISK_DAILY_LOSS',
      'QL_RISK_CURRENCY',
      'QL_RISK_EQUITY_STALE',
      'QL_RISK_EQUITY_UNKNOWN',
    ],
    unit: 'reporting currency',
    default: 'none',
    source: 'FIA guide s.1.11; SEC 15c3-5(c)(1)',
  },
};

const drawdownSchema = () =>
  z.strictObject({
    check: z.literal('drawdown'),
    fallMaxPpm: countSchema(),
    ageMaxUs: countSchema(),
    allowReducing: z.boolean(),
  });

/** Entry of {@link drawdown}. */
export const drawdownCheckEntry: CheckEntry<ReturnType<typeof drawdownSchema>> = {
  check: 'drawdown',
  schema: drawdownSchema,
  make: drawdown,
  doc: {
    what: 'Fall of equity from its peak, open positions at fresh marks.',
    codes: ['QL_RISK_DRAWDOWN', 'QL_RISK_EQUITY_STALE', 'QL_RISK_EQUITY_UNKNOWN'],
    unit: 'parts per million of the peak',
    default: 'none',
    source: 'FIA guide s.1.11; own design',
  },
};

const lossesSchema = () =>
  z.strictObject({
    check: z.literal('consecutiveLosses'),
    lossesMax: countSchema(),
    allowReducing: z.boolean(),
  });

/** Entry of {@link consecutiveLosses}. */
export const consecutiveLossesCheckEntry: CheckEntry<ReturnType<typeof lossesSchema>> = {
  check: 'consecutiveLosses',
  schema: lossesSchema,
  make: consecutiveLosses,
  doc: {
    what: 'Losing round trips in a row, fees included.',
    codes: ['QL_RISK_LOSSES', 'QL_RISK_EQUITY_UNKNOWN'],
    unit: 'round trips',
    default: 'none',
    source: 'own design',
  },
};
