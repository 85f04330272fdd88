/**
 * Gross and net exposure in one currency.
 * @module
 */
import * as z from 'zod/mini';
import type { InstrumentBody, IntentBody } from '../../events/index.js';
import { compareRational, parseMantissa, type Rational } from '../../fixed-point/index.js';
import {
  concerned,
  freshMark,
  freshRate,
  isReducing,
  magnitude,
  maxOf,
  ONE,
  type PositionRange,
  plus,
  positionRange,
  times,
  unitValue,
} from '../exposure.js';
import type { RiskReason } from '../reasons.data.js';
import type { RiskCheck, RiskInput, RiskView } from '../types.js';
import { type ValueFactor, valueFactor } from '../value-factor.js';
import { type CheckEntry, countSchema } from './entry.js';
import { flag, plainDecimal, refuseOption, word } from './options.js';
import { decimalText, holds, isKnown, positiveInteger, refuses } from './result.js';

/** What the instruments are that are added up. */
export type ExposureScope = 'instrument' | 'venue' | 'strategy' | 'account';

const SCOPES: readonly ExposureScope[] = ['instrument', 'venue', 'strategy', 'account'];

/** Largest exposures, decimal text in the check's currency; as net is never above gross, a net
 * limit equal to the gross one says nothing of its own. */
export interface ExposureLimit {
  readonly grossMax: string;
  readonly netMax: string;
}

interface Limit {
  readonly gross: Rational;
  readonly net: Rational;
  readonly grossText: string;
  readonly netText: string;
}

interface Exposure {
  /** Sum over instruments of the larger magnitude that working orders could lead to. */
  readonly gross: Rational;
  /** Larger magnitude of the sums of all that could be bought, and of all that could be sold. */
  readonly net: Rational;
}

interface Rules {
  readonly scope: ExposureScope;
  readonly currency: string;
  readonly ageMaxUs: number;
}

const ZERO: Rational = Object.freeze({ num: 0n, den: 1n });

/** Price an instrument counts at: of an option the strike where that is more than its premium. */
function countedPrice(instrument: InstrumentBody, mark: number): number {
  return instrument.class === 'option' ? Math.max(mark, instrument.strike ?? 0) : mark;
}

/** The range as it counts for net: an option's delta may be anything from 0 to 1. */
function netRange(instrument: InstrumentBody, range: PositionRange): PositionRange {
  if (instrument.class !== 'option') return range;
  const { long, short } = range;
  return instrument.right === 'put'
    ? { long: Math.max(0, -short), short: Math.min(0, -long) }
    : { long: Math.max(0, long), short: Math.min(0, short) };
}

/** Positions of the account's report in instruments this run does not hold; null: unreadable. */
function foreign(view: RiskView, own: readonly string[]): ReadonlyMap<string, number> | null {
  if (view.report === null) return null;
  const found = new Map<string, number>();
  for (const { inst, qty } of view.report.positions) {
    if (own.includes(inst)) continue;
    const instrument = view.instrument(inst);
    if (instrument === null) return null;
    found.set(inst, (found.get(inst) ?? 0) + parseMantissa(qty, instrument.qtyExponent));
  }
  return found;
}

/** Adds up one scope; a code when something is unknown. */
class Sum {
  gross = ZERO;
  long = ZERO;
  short = ZERO;
  /** The same as numerators over `#den`, while all of them are safe integers. */
  readonly #fast = { gross: 0, long: 0, short: 0, den: 0 };
  readonly #rules: Rules;
  readonly #view: RiskView;

  constructor(rules: Rules, view: RiskView) {
    this.#rules = rules;
    this.#view = view;
  }

  add(instrument: InstrumentBody, range: PositionRange): RiskReason | null {
    if (range.long === 0 && range.short === 0) return null;
    const { ageMaxUs, currency } = this.#rules;
    const mark = freshMark(this.#view, instrument.instrumentId, ageMaxUs);
    if (mark === null) return 'QL_RISK_MARK_UNKNOWN';
    const rate = freshRate(this.#view, { from: instrument.settle, to: currency }, ageMaxUs);
    if (rate === null) return 'QL_RISK_RATE_UNKNOWN';
    const price = countedPrice(instrument, mark);
    const factor = valueFactor(instrument);
    const net = netRange(instrument, range);
    const most = Math.max(Math.abs(range.long), Math.abs(range.short));
    if (rate === ONE && this.#addFast(factor, price, { most, net })) return null;
    const one = unitValue(instrument, price);
    const unit = { num: one.num * rate.num, den: one.den * rate.den };
    this.gross = plus(this.gross, times(unit, BigInt(most)));
    this.long = plus(this.long, times(unit, BigInt(net.long)));
    this.short = plus(this.short, times(unit, BigInt(net.short)));
    return null;
  }

  /** False, and nothing changed, where a product or sum is no safe integer. */
  #addFast(
    { d, n }: ValueFactor,
    price: number,
    sizes: { readonly most: number; readonly net: PositionRange },
  ): boolean {
    const fast = this.#fast;
    if (fast.den !== 0 && fast.den !== d) return false;
    const unit = n * price;
    const added = unit * sizes.most;
    const gross = fast.gross + added;
    // No part of net is larger than `most`, so its products and sums are safe when these are.
    if (!(isKnown(unit) && isKnown(added) && isKnown(gross))) return false;
    fast.den = d;
    fast.gross = gross;
    fast.long += unit * sizes.net.long;
    fast.short += unit * sizes.net.short;
    return true;
  }

  exposure(): Exposure {
    const { den, gross, long, short } = this.#fast;
    if (den === 0) {
      const net = maxOf(magnitude(this.long), magnitude(this.short));
      return { gross: this.gross, net };
    }
    const over = (num: number): Rational => ({ num: BigInt(num), den: BigInt(den) });
    if (this.gross === ZERO) {
      return { gross: over(gross), net: over(Math.max(Math.abs(long), Math.abs(short))) };
    }
    const net = maxOf(
      magnitude(plus(this.long, over(long))),
      magnitude(plus(this.short, over(short))),
    );
    return { gross: plus(this.gross, over(gross)), net };
  }
}

function exposureOf(
  rules: Rules,
  view: RiskView,
  options: { readonly about: IntentBody; readonly intent: IntentBody | null },
): Exposure | RiskReason {
  const { about, intent } = options;
  const insts = rules.scope === 'instrument' ? [about.inst] : concerned(view, about);
  if (insts === null) return 'QL_RISK_POSITION_UNKNOWN';
  const venue = view.instrument(about.inst)?.venue;
  const sum = new Sum(rules, view);
  for (const inst of insts) {
    const instrument = view.instrument(inst);
    if (instrument === null) return 'QL_RISK_INSTRUMENT_UNKNOWN';
    if (rules.scope === 'venue' && instrument.venue !== venue) continue;
    const range = positionRange(view, inst, intent);
    if (range === null) return 'QL_RISK_POSITION_UNKNOWN';
    const unknown = sum.add(instrument, range);
    if (unknown !== null) return unknown;
  }
  if (rules.scope !== 'account') return sum.exposure();
  const others = foreign(view, insts);
  if (others === null) return 'QL_RISK_ACCOUNT_UNKNOWN';
  for (const [inst, qty] of others) {
    const instrument = view.instrument(inst);
    if (instrument === null) return 'QL_RISK_INSTRUMENT_UNKNOWN';
    const unknown = sum.add(instrument, { long: qty, short: qty });
    if (unknown !== null) return unknown;
  }
  return sum.exposure();
}

function keyOf(scope: ExposureScope, intent: IntentBody, view: RiskView): string {
  switch (scope) {
    case 'instrument':
      return intent.inst;
    case 'venue':
      return view.instrument(intent.inst)?.venue ?? '';
    case 'strategy':
      return view.strategyId;
    case 'account':
      return view.account;
  }
}

const KEY_INPUTS: Readonly<Record<ExposureScope, readonly RiskInput[]>> = {
  instrument: [],
  venue: ['held'],
  strategy: ['held', 'strategyId'],
  account: ['held', 'account', 'report'],
};

const BASE_INPUTS: readonly RiskInput[] = [
  'nowUs',
  'instrument',
  'position',
  'working',
  'mark',
  'rate',
];

function parseExposureLimits(
  limits: Readonly<Record<string, ExposureLimit>>,
): ReadonlyMap<string, Limit> {
  const parsed = new Map<string, Limit>();
  for (const [key, { grossMax, netMax }] of Object.entries(limits)) {
    const gross = plainDecimal('maxExposure', `limits.${key}.grossMax`, grossMax);
    const net = plainDecimal('maxExposure', `limits.${key}.netMax`, netMax);
    parsed.set(key, { gross, net, grossText: decimalText(gross), netText: decimalText(net) });
  }
  if (parsed.size === 0) refuseOption('maxExposure', 'limits', 'empty; name at least one');
  return parsed;
}

/** What was compared, and what it was compared with. */
function judge(found: Exposure, limit: Limit): RiskReason | null {
  if (compareRational(found.gross, limit.gross) > 0) return 'QL_RISK_GROSS_MAX';
  return compareRational(found.net, limit.net) > 0 ? 'QL_RISK_NET_MAX' : null;
}

/** True when an order makes neither its position nor the scope's exposure larger. */
function shrinks(before: Exposure | RiskReason, after: Exposure): boolean {
  if (typeof before === 'string') return false;
  const gross = compareRational(after.gross, before.gross) <= 0;
  return gross && compareRational(after.net, before.net) <= 0;
}

/**
 * Denies orders after which gross or net exposure could pass a limit: in each instrument all
 * working orders of a side count as executed, the order with them. Instruments count at their fresh
 * marks, options at the larger of strike and premium with any delta from 0 to 1, in one currency by
 * the policy's rates.
 *
 * @param options - `scope`: what is added up: the instrument alone, those of its venue, those of
 *   this run (`strategy`), or those and whatever else the venue reported (`account`); `currency`:
 *   of the limits; `limits`: instrument, venue, strategy or account → largest exposures, key `*`
 *   for each one not named, and one that is not there is denied; `ageMaxUs`: oldest allowed mark or
 *   rate, µs; `allowReducing`: whether an order passes above a limit when it can only make its
 *   position smaller and the exposures not larger
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { maxExposure } from 'quantlaxmi/risk';
 *
 * maxExposure({
 *   scope: 'venue',
 *   currency: 'USDT',
 *   limits: { BINANCE: { grossMax: '100000', netMax: '40000' } },
 *   ageMaxUs: 5_000_000,
 *   allowReducing: true,
 * }).id;
 * // => 'maxExposure:venue'
 * ```
 */
export function maxExposure(options: {
  readonly scope: ExposureScope;
  readonly currency: string;
  readonly limits: Readonly<Record<string, ExposureLimit>>;
  readonly ageMaxUs: number;
  readonly allowReducing: boolean;
}): RiskCheck {
  const { scope } = options;
  if (!SCOPES.includes(scope)) {
    refuseOption('maxExposure', 'scope', `${String(scope)}; expected ${SCOPES.join(' or ')}`);
  }
  const limits = parseExposureLimits(options.limits);
  const currency = word('maxExposure', 'currency', options.currency);
  const ageMaxUs = positiveInteger('maxExposure', 'ageMaxUs', options.ageMaxUs);
  const allowReducing = flag('maxExposure', 'allowReducing', options.allowReducing);
  const rules: Rules = { scope, currency, ageMaxUs };
  const spec = Object.fromEntries(
    Object.entries(options.limits).map(([key, { grossMax, netMax }]) => [
      key,
      { grossMax, netMax },
    ]),
  );
  return {
    id: `maxExposure:${scope}`,
    inputs: [...BASE_INPUTS, ...KEY_INPUTS[scope]],
    spec: { check: 'maxExposure', scope, currency, limits: spec, ageMaxUs, allowReducing },
    evaluate(intent, view) {
      const key = keyOf(scope, intent, view);
      const limit = limits.get(key) ?? limits.get('*');
      if (limit === undefined) return refuses('QL_RISK_LIMIT_UNSET', key, '');
      const after = exposureOf(rules, view, { about: intent, intent });
      if (typeof after === 'string') return refuses(after, '', limit.grossText);
      const code = judge(after, limit);
      const net = code === 'QL_RISK_NET_MAX';
      const observed = decimalText(net ? after.net : after.gross);
      const text = net ? limit.netText : limit.grossText;
      if (code === null) return holds(observed, text);
      const passes =
        allowReducing &&
        isReducing(intent, view) &&
        shrinks(exposureOf(rules, view, { about: intent, intent: null }), after);
      return passes ? holds(observed, text) : refuses(code, observed, text);
    },
  };
}

const schema = () =>
  z.strictObject({
    check: z.literal('maxExposure'),
    scope: z.enum(['instrument', 'venue', 'strategy', 'account']),
    currency: z.string(),
    limits: z.record(
      z.string().check(z.minLength(1)),
      z.strictObject({ grossMax: z.string(), netMax: z.string() }),
    ),
    ageMaxUs: countSchema(),
    allowReducing: z.boolean(),
  });

/** Entry of {@link maxExposure}. */
export const maxExposureCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'maxExposure',
  schema,
  make: maxExposure,
  doc: {
    what: 'Gross and net exposure of a scope, as if all working orders executed.',
    codes: [
      'QL_RISK_GROSS_MAX',
      'QL_RISK_NET_MAX',
      'QL_RISK_ACCOUNT_UNKNOWN',
      'QL_RISK_INSTRUMENT_UNKNOWN',
      'QL_RISK_LIMIT_UNSET',
      'QL_RISK_MARK_UNKNOWN',
      'QL_RISK_POSITION_UNKNOWN',
      'QL_RISK_RATE_UNKNOWN',
    ],
    unit: "the check's currency",
    default: 'none',
    source: 'SEC 15c3-5(c)(1)(i); MiFID II RTS 6 art. 15',
  },
};
