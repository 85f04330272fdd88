/**
 * Conditions of the market and of the clock under which no order goes out.
 * @module
 */
import * as z from 'zod/mini';
import { refusesGrowth } from '../exposure.js';
import type { RiskCheck, RiskInput } from '../types.js';
import { type CheckEntry, countSchema } from './entry.js';
import { flag, plainInteger, refuseOption } from './options.js';
import { holds, isKnown, positiveInteger, refuses } from './result.js';

const reducingInputs = (allowReducing: boolean): readonly RiskInput[] =>
  allowReducing ? ['position', 'working'] : [];

/**
 * Denies orders while the mark of their instrument moved more than a limit inside a window of
 * logged time, or that is unknown.
 *
 * @param options - `windowUs`: length of the window, µs; `rangeMaxBps`: (highest − lowest) / lowest
 *   mark, basis points, above which orders are denied; `partial`: what to do while less than a
 *   whole window was seen, `deny` or `judge` by what was; `allowReducing`: whether orders that can
 *   only make a position smaller pass at the limit
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { volatilityHalt } from 'quantlaxmi/risk';
 *
 * volatilityHalt({
 *   windowUs: 60_000_000, rangeMaxBps: 200, partial: 'deny', allowReducing: true,
 * }).id;
 * // => 'volatilityHalt:60000000'
 * ```
 */
export function volatilityHalt(options: {
  readonly windowUs: number;
  readonly rangeMaxBps: number;
  readonly partial: 'deny' | 'judge';
  readonly allowReducing: boolean;
}): RiskCheck {
  const windowUs = positiveInteger('volatilityHalt', 'windowUs', options.windowUs);
  const rangeMaxBps = positiveInteger('volatilityHalt', 'rangeMaxBps', options.rangeMaxBps);
  const allowReducing = flag('volatilityHalt', 'allowReducing', options.allowReducing);
  const { partial } = options;
  if (partial !== 'deny' && partial !== 'judge') {
    refuseOption('volatilityHalt', 'partial', `${String(partial)}; expected deny or judge`);
  }
  const limit = String(rangeMaxBps);
  return {
    id: `volatilityHalt:${windowUs}`,
    inputs: ['nowUs', 'range', ...reducingInputs(allowReducing)],
    spec: { check: 'volatilityHalt', windowUs, rangeMaxBps, partial, allowReducing },
    rangeWindowUs: windowUs,
    evaluate(intent, view) {
      const range = view.range(intent.inst, windowUs);
      if (range === null) return refuses('QL_RISK_VOLATILITY_UNKNOWN', '', limit);
      const { high, low, sinceUs } = range;
      const spanUs = view.nowUs - sinceUs;
      const sound = isKnown(high) && isKnown(low) && low > 0 && high >= low && isKnown(spanUs);
      if (!sound || spanUs < 0 || (partial === 'deny' && spanUs < windowUs)) {
        return refuses('QL_RISK_VOLATILITY_UNKNOWN', '', limit);
      }
      // Rounded up: a limit of 200 is passed by 200.01 as well.
      const scaled = BigInt(high - low) * 10_000n + BigInt(low) - 1n;
      const observed = scaled / BigInt(low);
      return observed <= BigInt(rangeMaxBps)
        ? holds(String(observed), limit)
        : refusesGrowth('QL_RISK_VOLATILITY', {
            observed: String(observed),
            limit,
            allowReducing,
            intent,
            view,
          });
    },
  };
}

/**
 * Denies orders while order flow toxicity of their instrument is above a limit or unknown. The
 * value comes as a logged Feature event `toxicity`, field `ppm`.
 *
 * @param options - `ppmMax`: largest allowed, parts per million; `allowReducing`: whether orders
 *   that can only make a position smaller pass above it
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { toxicity } from 'quantlaxmi/risk';
 *
 * toxicity({ ppmMax: 800_000, allowReducing: true }).id;
 * // => 'toxicity'
 * ```
 */
export function toxicity(options: {
  readonly ppmMax: number;
  readonly allowReducing: boolean;
}): RiskCheck {
  const ppmMax = plainInteger('toxicity', 'ppmMax', options.ppmMax);
  const allowReducing = flag('toxicity', 'allowReducing', options.allowReducing);
  const limit = String(ppmMax);
  return {
    id: 'toxicity',
    inputs: ['toxicityPpm', ...reducingInputs(allowReducing)],
    spec: { check: 'toxicity', ppmMax, allowReducing },
    evaluate(intent, view) {
      const ppm = view.toxicityPpm(intent.inst);
      if (ppm === null || !isKnown(ppm) || ppm < 0) {
        return refuses('QL_RISK_TOXICITY_UNKNOWN', '', limit);
      }
      const observed = String(ppm);
      return ppm <= ppmMax
        ? holds(observed, limit)
        : refusesGrowth('QL_RISK_TOXICITY', { observed, limit, allowReducing, intent, view });
    },
  };
}

const REGIME_FIELDS = ['volatility', 'liquidity', 'trend', 'profile'] as const;

/** Words of a regime under which orders go out, by field; a field left out is not looked at. */
export interface RegimeWords {
  readonly volatility?: readonly string[];
  readonly liquidity?: readonly string[];
  readonly trend?: readonly string[];
  readonly profile?: readonly string[];
}

function regimeWords(allowed: RegimeWords): readonly (readonly [keyof RegimeWords, string[]])[] {
  const fields: [keyof RegimeWords, string[]][] = [];
  for (const field of REGIME_FIELDS) {
    const words = allowed[field];
    if (words === undefined) continue;
    if (words.length === 0 || words.some((one) => typeof one !== 'string' || one === '')) {
      refuseOption('regime', `allowed.${field}`, 'not a list of words; name at least one');
    }
    fields.push([field, [...words]]);
  }
  if (fields.length === 0) refuseOption('regime', 'allowed', 'empty; name at least one field');
  return fields;
}

/**
 * Denies orders while the regime of their instrument is not one of those named, or was never told.
 *
 * @param options - `allowed`: words by field of the Regime event; `allowReducing`: whether orders
 *   that can only make a position smaller pass in any other regime
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { regime } from 'quantlaxmi/risk';
 *
 * regime({ allowed: { volatility: ['low', 'normal'] }, allowReducing: true }).id;
 * // => 'regime'
 * ```
 */
export function regime(options: {
  readonly allowed: RegimeWords;
  readonly allowReducing: boolean;
}): RiskCheck {
  const fields = regimeWords(options.allowed);
  const allowReducing = flag('regime', 'allowReducing', options.allowReducing);
  return {
    id: 'regime',
    inputs: ['regime', ...reducingInputs(allowReducing)],
    spec: { check: 'regime', allowed: Object.fromEntries(fields), allowReducing },
    evaluate(intent, view) {
      const now = view.regime(intent.inst);
      if (now === null) return refuses('QL_RISK_REGIME_UNKNOWN', '', '');
      const shown: string[] = [];
      for (const [field, words] of fields) {
        const observed = now[field];
        shown.push(observed);
        if (words.includes(observed)) continue;
        const limit = words.join(' ');
        const outcome = { observed, limit, allowReducing, intent, view };
        const result = refusesGrowth('QL_RISK_REGIME', outcome);
        if (result.code !== '') return result;
      }
      return holds(shown.join(' '), '');
    },
  };
}

/**
 * Denies orders while the receive clock may be off by more than a limit, or was never measured.
 *
 * @param options - `errorMaxUs`: largest known error allowed, µs
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { clockError } from 'quantlaxmi/risk';
 *
 * clockError({ errorMaxUs: 100_000 }).spec;
 * // => { check: 'clockError', errorMaxUs: 100000 }
 * ```
 */
export function clockError(options: { readonly errorMaxUs: number }): RiskCheck {
  const errorMaxUs = positiveInteger('clockError', 'errorMaxUs', options.errorMaxUs);
  const limit = String(errorMaxUs);
  return {
    id: 'clockError',
    inputs: ['clockErrorUs'],
    spec: { check: 'clockError', errorMaxUs },
    evaluate(_, view) {
      const errorUs = view.clockErrorUs;
      if (errorUs === null || !isKnown(errorUs)) {
        return refuses('QL_RISK_CLOCK_UNKNOWN', '', limit);
      }
      const observed = String(Math.abs(errorUs));
      return Math.abs(errorUs) <= errorMaxUs
        ? holds(observed, limit)
        : refuses('QL_RISK_CLOCK_ERROR', observed, limit);
    },
  };
}

const volatilitySchema = () =>
  z.strictObject({
    check: z.literal('volatilityHalt'),
    windowUs: countSchema(),
    rangeMaxBps: countSchema(),
    partial: z.enum(['deny', 'judge']),
    allowReducing: z.boolean(),
  });

/** Entry of {@link volatilityHalt}. */
export const volatilityHaltCheckEntry: CheckEntry<ReturnType<typeof volatilitySchema>> = {
  check: 'volatilityHalt',
  schema: volatilitySchema,
  make: volatilityHalt,
  doc: {
    what: 'Range of the mark inside a window of logged time.',
    codes: ['QL_RISK_VOLATILITY', 'QL_RISK_VOLATILITY_UNKNOWN'],
    unit: 'bps of the lowest mark',
    default: 'none',
    source: 'MiFID II RTS 6 art. 15; own design',
  },
};

const toxicitySchema = () =>
  z.strictObject({
    check: z.literal('toxicity'),
    ppmMax: z.int().check(z.nonnegative()),
    allowReducing: z.boolean(),
  });

/** Entry of {@link toxicity}. */
export const toxicityCheckEntry: CheckEntry<ReturnType<typeof toxicitySchema>> = {
  check: 'toxicity',
  schema: toxicitySchema,
  make: toxicity,
  doc: {
    what: 'Order flow toxicity as a logged feature tells it.',
    codes: ['QL_RISK_TOXICITY', 'QL_RISK_TOXICITY_UNKNOWN'],
    unit: 'parts per million',
    default: 'none',
    source: 'own design',
  },
};

const words = () => z.optional(z.array(z.string()));
const regimeSchema = () =>
  z.strictObject({
    check: z.literal('regime'),
    allowed: z.strictObject({
      volatility: words(),
      liquidity: words(),
      trend: words(),
      profile: words(),
    }),
    allowReducing: z.boolean(),
  });

/** Entry of {@link regime}. */
export const regimeCheckEntry: CheckEntry<ReturnType<typeof regimeSchema>> = {
  check: 'regime',
  schema: regimeSchema,
  make: ({ allowed, allowReducing }) => {
    const named: { -readonly [K in keyof RegimeWords]: readonly string[] } = {};
    for (const field of REGIME_FIELDS) {
      const list = allowed[field];
      if (list !== undefined) named[field] = list;
    }
    return regime({ allowed: named, allowReducing });
  },
  doc: {
    what: 'Words of the last Regime event of the instrument.',
    codes: ['QL_RISK_REGIME', 'QL_RISK_REGIME_UNKNOWN'],
    unit: 'words',
    default: 'none',
    source: 'own design',
  },
};

const clockSchema = () =>
  z.strictObject({ check: z.literal('clockError'), errorMaxUs: countSchema() });

/** Entry of {@link clockError}. */
export const clockErrorCheckEntry: CheckEntry<ReturnType<typeof clockSchema>> = {
  check: 'clockError',
  schema: clockSchema,
  make: clockError,
  doc: {
    what: 'Largest known error of the receive clock.',
    codes: ['QL_RISK_CLOCK_ERROR', 'QL_RISK_CLOCK_UNKNOWN'],
    unit: 'µs',
    default: 'none',
    source: 'MiFID II RTS 25; own design',
  },
};
