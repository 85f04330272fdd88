/**
 * Whether equity covers the margin of perpetuals and futures, with venue brackets as data.
 * @module
 */
import * as z from 'zod/mini';
import type { InstrumentBody, InstrumentClass, IntentBody } from '../../events/index.js';
import { compareRational, type Rational } from '../../fixed-point/index.js';
import { bracketOf, maintenanceOf, type MarginBracketSpec, marginBrackets } from '../brackets.js';
import { concerned, freshRate, isFresh, minOf, plus, refusesGrowth, times } from '../exposure.js';
import {
  type LiquidationRule,
  type MarginAccount,
  type MarginPosition,
  type MarginTerms,
  maintenancePpm,
  nearestLiquidation,
} from '../margin-rules.js';
import { worstSizes } from '../margin-worst.js';
import type { RiskReason } from '../reasons.data.js';
import type { CheckResult, RiskCheck, RiskView } from '../types.js';
import { type CheckEntry, countSchema } from './entry.js';
import { flag, plainDecimal, plainInteger, refuseOption, word } from './options.js';
import { decimalText, holds, positiveInteger, refuses } from './result.js';

const MARGINED: ReadonlySet<InstrumentClass> = new Set(['perp', 'future']);
const ZERO: Rational = Object.freeze({ num: 0n, den: 1n });

/** Margin of one instrument as data. */
export interface MarginTermsSpec {
  /** Size per initial margin that the account is set to at the venue; an integer above 0. */
  readonly initialLeverage: number;
  /** The venue's brackets, smallest first. */
  readonly brackets: readonly MarginBracketSpec[];
}

/** How far the liquidation price has to stay from the mark. */
export interface LiquidationSpec {
  /** Smallest distance, parts per million of the mark; below 1,000,000. */
  readonly distanceMinPpm: number;
  /** So many daily standard deviations as well; 0 for none. */
  readonly sigmas: number;
  /** Instrument → standard deviation of a day, parts per million; each needed where sigmas > 0. */
  readonly sigmaPpm: Readonly<Record<string, number>>;
}

/** Options of {@link marginCover}. */
export interface MarginCoverOptions {
  /** Settlement currency of the instruments that share this margin. */
  readonly currency: string;
  readonly instruments: Readonly<Record<string, MarginTermsSpec>>;
  /** Equity that no margin may take, decimal text in `currency`. */
  readonly bufferMin: string;
  /** Largest maintenance margin, parts per million of equity. */
  readonly maintenanceMaxPpm: number;
  /** Null: the distance is not looked at. */
  readonly liquidation: LiquidationSpec | null;
  /** Oldest allowed mark or rate, µs. */
  readonly ageMaxUs: number;
  /** Whether orders that can only make a position smaller pass at the limits. */
  readonly allowReducing: boolean;
  /** What orders get that are no futures or perpetuals settled in `currency`. */
  readonly otherClasses: 'deny' | 'allow';
}

interface Rules {
  readonly currency: string;
  readonly terms: ReadonlyMap<string, MarginTerms>;
  readonly buffer: Rational;
  readonly maintenanceMaxPpm: number;
  readonly liquidation: LiquidationRule | null;
  readonly ageMaxUs: number;
  readonly allowReducing: boolean;
}

/** Equity that may carry margin: the lower of cash and equity, both in the currency. */
function collateral(rules: Rules, view: RiskView): Rational | RiskReason {
  const cash = view.cash(rules.currency);
  if (cash === null || typeof cash.num !== 'bigint' || cash.den <= 0n) {
    return 'QL_RISK_CASH_UNKNOWN';
  }
  const state = view.equity();
  if (state === null || typeof state.equity.num !== 'bigint' || state.equity.den <= 0n) {
    return 'QL_RISK_EQUITY_UNKNOWN';
  }
  const { currency, equity, oldestRx } = state;
  if (oldestRx !== null && !isFresh(view.nowUs, oldestRx, rules.ageMaxUs)) {
    return 'QL_RISK_EQUITY_STALE';
  }
  const rate = freshRate(view, { from: currency, to: rules.currency }, rules.ageMaxUs);
  if (rate === null) return 'QL_RISK_RATE_UNKNOWN';
  return minOf(cash, { num: equity.num * rate.num, den: equity.den * rate.den });
}

function positionOf(
  instrument: InstrumentBody,
  intent: IntentBody,
  options: { readonly rules: Rules; readonly view: RiskView },
): MarginPosition | RiskReason | null {
  const { rules, view } = options;
  const sizes = worstSizes(instrument, intent, { view, ageMaxUs: rules.ageMaxUs });
  if (typeof sizes === 'string') return sizes;
  if (sizes.mark === 0) return null;
  const terms = rules.terms.get(instrument.instrumentId);
  if (terms === undefined) return 'QL_RISK_LIMIT_UNSET';
  const bracket = bracketOf(terms.brackets, sizes.worst);
  const maintenance = maintenanceOf(terms.brackets, sizes.worst);
  // The venue takes no order beyond its last bracket, or above what a bracket lends.
  if (bracket === null || maintenance === null) return 'QL_RISK_MARGIN_BRACKET';
  if (bracket.initialLeverage < terms.initialLeverage) return 'QL_RISK_MARGIN_BRACKET';
  const { den, num } = sizes.worst;
  const initial = { num, den: den * BigInt(terms.initialLeverage) };
  return { instrument, sizes, initial, maintenance, terms };
}

function accountOf(rules: Rules, intent: IntentBody, view: RiskView): MarginAccount | RiskReason {
  const base = collateral(rules, view);
  if (typeof base === 'string') return base;
  const insts = concerned(view, intent);
  if (insts === null) return 'QL_RISK_POSITION_UNKNOWN';
  const positions: MarginPosition[] = [];
  let [equity, initial, maintenance] = [base, ZERO, ZERO];
  for (const inst of insts) {
    const instrument = view.instrument(inst);
    if (instrument === null) return 'QL_RISK_INSTRUMENT_UNKNOWN';
    if (!MARGINED.has(instrument.class) || instrument.settle !== rules.currency) continue;
    const position = positionOf(instrument, intent, { rules, view });
    if (typeof position === 'string') return position;
    if (position === null) continue;
    positions.push(position);
    equity = plus(equity, times(position.sizes.loss, -1n));
    initial = plus(initial, position.initial);
    maintenance = plus(maintenance, position.maintenance);
  }
  return { equity, initial, maintenance, positions };
}

/** The three rules, the first that does not hold; observed and limit are of the rule. */
function judge(rules: Rules, account: MarginAccount): CheckResult {
  const free = plus(account.equity, times(rules.buffer, -1n));
  const observed = decimalText(account.initial);
  const limit = decimalText(free);
  if (compareRational(account.initial, free) > 0) {
    return refuses('QL_RISK_MARGIN', observed, limit);
  }
  const ppm = maintenancePpm(account);
  if (ppm === null || ppm > BigInt(rules.maintenanceMaxPpm)) {
    const shown = ppm === null ? '' : String(ppm);
    return refuses('QL_RISK_MAINTENANCE', shown, String(rules.maintenanceMaxPpm));
  }
  if (rules.liquidation === null) return holds(observed, limit);
  const near = nearestLiquidation(account, rules.liquidation);
  if (near === null) return holds(observed, limit);
  return refuses('QL_RISK_LIQUIDATION_NEAR', near.observed, near.limit);
}

function parseLiquidation(options: MarginCoverOptions): LiquidationRule | null {
  const { instruments, liquidation } = options;
  if (liquidation === null) return null;
  const least = plainInteger(
    'marginCover',
    'liquidation.distanceMinPpm',
    liquidation.distanceMinPpm,
  );
  const sigmas = plainInteger('marginCover', 'liquidation.sigmas', liquidation.sigmas);
  const distances = new Map<string, number>();
  for (const inst of Object.keys(instruments)) {
    const name = `liquidation.sigmaPpm.${inst}`;
    const sigma = liquidation.sigmaPpm[inst];
    const spread =
      sigmas === 0 ? 0 : sigmas * plainInteger('marginCover', name, sigma ?? Number.NaN);
    const distance = Math.max(least, spread);
    if (distance < 1 || distance >= 1_000_000) {
      refuseOption(
        'marginCover',
        'liquidation',
        `${distance} ppm for ${inst}; expected 1 to 999999`,
      );
    }
    distances.set(inst, distance);
  }
  return { distances };
}

function parseTerms(
  instruments: Readonly<Record<string, MarginTermsSpec>>,
): ReadonlyMap<string, MarginTerms> {
  const terms = new Map<string, MarginTerms>();
  for (const [inst, { brackets, initialLeverage }] of Object.entries(instruments)) {
    const name = `instruments.${inst}.initialLeverage`;
    terms.set(inst, {
      initialLeverage: positiveInteger('marginCover', name, initialLeverage),
      brackets: marginBrackets(brackets),
    });
  }
  if (terms.size === 0) refuseOption('marginCover', 'instruments', 'empty; name at least one');
  return terms;
}

function specOf(options: MarginCoverOptions): RiskCheck['spec'] {
  const instruments = Object.fromEntries(
    Object.entries(options.instruments).map(([inst, { brackets, initialLeverage }]) => [
      inst,
      {
        initialLeverage,
        brackets: brackets.map(({ cap, cum, floor, initialLeverage: most, maintMarginRatio }) => ({
          floor,
          cap,
          maintMarginRatio,
          initialLeverage: most,
          cum,
        })),
      },
    ]),
  );
  const { liquidation } = options;
  return {
    check: 'marginCover',
    currency: options.currency,
    instruments,
    bufferMin: options.bufferMin,
    maintenanceMaxPpm: options.maintenanceMaxPpm,
    liquidation:
      liquidation === null
        ? null
        : {
            distanceMinPpm: liquidation.distanceMinPpm,
            sigmas: liquidation.sigmas,
            sigmaPpm: { ...liquidation.sigmaPpm },
          },
    ageMaxUs: options.ageMaxUs,
    allowReducing: options.allowReducing,
    otherClasses: options.otherClasses,
  };
}

/**
 * Denies orders that margin may not cover, for linear and inverse perpetuals and futures of one
 * settlement currency, as if all working orders of the worse side executed at their worst prices:
 * initial margin beyond equity less a buffer; maintenance margin beyond a part of equity; a
 * liquidation price closer to the mark than a distance. Equity is the lower of the cash of the
 * currency and the whole equity in it, so that what is held outright or not yet realised carries no
 * margin. Anything that cannot be worked out is a denial, never a margin of zero.
 *
 * Source: Binance USDⓈ-M futures, margin and liquidation pages.
 *
 * @param options - see {@link MarginCoverOptions}
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { marginCover } from 'quantlaxmi/risk';
 *
 * marginCover({
 *   currency: 'USDT',
 *   instruments: {
 *     'BINANCE:USDM:BTCUSDT': {
 *       initialLeverage: 5,
 *       brackets: [
 *         { floor: '0', cap: '50000', maintMarginRatio: '0.004', initialLeverage: 125, cum: '0' },
 *       ],
 *     },
 *   },
 *   bufferMin: '100',
 *   maintenanceMaxPpm: 300_000,
 *   liquidation: { distanceMinPpm: 100_000, sigmas: 0, sigmaPpm: {} },
 *   ageMaxUs: 5_000_000,
 *   allowReducing: true,
 *   otherClasses: 'deny',
 * }).id;
 * // => 'marginCover:USDT'
 * ```
 */
export function marginCover(options: MarginCoverOptions): RiskCheck {
  const currency = word('marginCover', 'currency', options.currency);
  const { otherClasses } = options;
  if (otherClasses !== 'deny' && otherClasses !== 'allow') {
    refuseOption('marginCover', 'otherClasses', `${String(otherClasses)}; expected deny or allow`);
  }
  const rules: Rules = {
    currency,
    terms: parseTerms(options.instruments),
    buffer: plainDecimal('marginCover', 'bufferMin', options.bufferMin),
    maintenanceMaxPpm: positiveInteger(
      'marginCover',
      'maintenanceMaxPpm',
      options.maintenanceMaxPpm,
    ),
    liquidation: parseLiquidation(options),
    ageMaxUs: positiveInteger('marginCover', 'ageMaxUs', options.ageMaxUs),
    allowReducing: flag('marginCover', 'allowReducing', options.allowReducing),
  };
  return {
    id: `marginCover:${currency}`,
    inputs: [
      'nowUs',
      'instrument',
      'held',
      'position',
      'working',
      'workingOrders',
      'sweepPrice',
      'mark',
      'rate',
      'cash',
      'equity',
    ],
    spec: specOf(options),
    evaluate(intent, view) {
      const instrument = view.instrument(intent.inst);
      if (instrument === null) return refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', '');
      if (!MARGINED.has(instrument.class) || instrument.settle !== currency) {
        return otherClasses === 'allow'
          ? holds(instrument.class, '')
          : refuses('QL_RISK_CLASS', `${instrument.class} ${instrument.settle}`, '');
      }
      const account = accountOf(rules, intent, view);
      if (typeof account === 'string') return refuses(account, '', '');
      const { code, limit, observed } = judge(rules, account);
      if (code === '') return holds(observed, limit);
      const { allowReducing } = rules;
      return refusesGrowth(code as RiskReason, { observed, limit, allowReducing, intent, view });
    },
  };
}

const bracketSchema = () =>
  z.strictObject({
    floor: z.string(),
    cap: z.string(),
    maintMarginRatio: z.string(),
    initialLeverage: countSchema(),
    cum: z.string(),
  });

const schema = () =>
  z.strictObject({
    check: z.literal('marginCover'),
    currency: z.string(),
    instruments: z.record(
      z.string().check(z.minLength(1)),
      z.strictObject({ initialLeverage: countSchema(), brackets: z.array(bracketSchema()) }),
    ),
    bufferMin: z.string(),
    maintenanceMaxPpm: countSchema(),
    liquidation: z.nullable(
      z.strictObject({
        distanceMinPpm: z.int().check(z.nonnegative()),
        sigmas: z.int().check(z.nonnegative()),
        sigmaPpm: z.record(z.string(), countSchema()),
      }),
    ),
    ageMaxUs: countSchema(),
    allowReducing: z.boolean(),
    otherClasses: z.enum(['deny', 'allow']),
  });

/** Entry of {@link marginCover}. */
export const marginCoverCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'marginCover',
  schema,
  make: marginCover,
  doc: {
    what:
      'Initial margin, maintenance margin and distance to liquidation of futures and perpetuals, ' +
      'as if all working orders of the worse side executed.',
    codes: [
      'QL_RISK_MARGIN',
      'QL_RISK_MAINTENANCE',
      'QL_RISK_LIQUIDATION_NEAR',
      'QL_RISK_CASH_UNKNOWN',
      'QL_RISK_CLASS',
      'QL_RISK_EQUITY_STALE',
      'QL_RISK_EQUITY_UNKNOWN',
      'QL_RISK_INSTRUMENT_UNKNOWN',
      'QL_RISK_LIMIT_UNSET',
      'QL_RISK_MARGIN_BRACKET',
      'QL_RISK_MARK_UNKNOWN',
      'QL_RISK_POSITION_UNKNOWN',
      'QL_RISK_PRICE_UNKNOWN',
      'QL_RISK_RATE_UNKNOWN',
    ],
    unit: 'settlement currency; ppm of equity; ppm of the mark',
    default: 'none',
    source: 'Binance USDⓈ-M margin and liquidation pages',
  },
};
