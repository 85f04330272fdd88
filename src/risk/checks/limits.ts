/**
 * Limits by key, and exact comparisons, as several checks need them.
 * @module
 */
import { QuantlaxmiError } from '../../core/index.js';
import type { InstrumentBody } from '../../events/index.js';
import {
  formatMantissa,
  parseRational,
  type Rational,
  rationalToBig,
} from '../../fixed-point/index.js';
import type { RiskView, SpecValue } from '../types.js';

/** Key that stands for every instrument not named itself. */
export const ANY = '*';

/** A limit in an instrument's own mantissas and as decimal text. */
export interface MantissaLimit {
  readonly limit: number;
  readonly text: string;
}

/** A decimal limit as a mantissa of the instrument, rounded down. */
export function mantissaLimit(decimal: Rational, exponent: number): MantissaLimit {
  const mantissa = rationalToBig(decimal, exponent, 'floor');
  const max = BigInt(Number.MAX_SAFE_INTEGER);
  const limit = Number(mantissa > max ? max : mantissa);
  return { limit, text: formatMantissa(limit, exponent) };
}

/** Works something out once per declaration of an instrument, for the hot path. */
export function perDeclaration<T extends object>(
  make: (instrument: InstrumentBody) => T | null,
): (instrument: InstrumentBody) => T | null {
  const known = new WeakMap<InstrumentBody, T>();
  return (instrument) => {
    const found = known.get(instrument);
    if (found !== undefined) return found;
    const made = make(instrument);
    if (made !== null) known.set(instrument, made);
    return made;
  };
}

/** Remembers the last text made: the same slot is asked for twice with each intent. */
export function lastText(make: (key: string) => string): (key: string) => string {
  let lastKey: string | null = null;
  let text = '';
  return (key) => {
    if (key !== lastKey) {
      text = make(key);
      lastKey = key;
    }
    return text;
  };
}

/** Reads a record of limits by key; at least one key. */
export function limitsByKey<In, Out>(
  check: string,
  record: Readonly<Record<string, In>>,
  read: (value: In, place: string) => Out,
): ReadonlyMap<string, Out> {
  const limits = new Map<string, Out>();
  for (const [key, value] of Object.entries(record)) {
    limits.set(key, read(value, `${check}: ${key}`));
  }
  if (limits.size > 0) return limits;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `${check}: no limit given; a check without limits would deny everything. Name at least one.`,
    { context: { check } },
  );
}

/** Limits by key as they stand in a spec. */
export function specByKey(
  limits: ReadonlyMap<string, Readonly<Record<string, number>>>,
): Readonly<Record<string, SpecValue>> {
  return Object.fromEntries([...limits].map(([key, limit]) => [key, { ...limit }]));
}

/** The limit of a key, else that of every key not named. */
export function limitOf<T>(limits: ReadonlyMap<string, T>, key: string): T | null {
  return limits.get(key) ?? limits.get(ANY) ?? null;
}

function notInteger(place: string, value: unknown, expected: string): QuantlaxmiError {
  return new QuantlaxmiError(
    'QL_BAD_INPUT',
    `${place} is ${String(value)}; expected ${expected}.`,
    { context: { place } },
  );
}

/** An integer from `min` to `max`. */
export function integerFrom(
  place: string,
  value: unknown,
  range: { readonly min: number; readonly max?: number },
): number {
  const { min, max = Number.MAX_SAFE_INTEGER } = range;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) {
    return value;
  }
  const upTo = max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`;
  throw notInteger(place, value, `an integer from ${min}${upTo}`);
}

/** One of a few words. */
export function oneOf<W extends string>(place: string, value: unknown, words: readonly W[]): W {
  const found = words.find((word) => word === value);
  if (found === undefined) throw notInteger(place, value, words.join(' or '));
  return found;
}

/** A decimal text above 0. */
export function decimalAbove0(place: string, text: unknown): Rational {
  const value = typeof text === 'string' ? parseRational(text) : null;
  if (value !== null && value.num > 0n) return value;
  throw notInteger(place, text, 'decimal text above 0');
}

/** −1, 0 or 1 as a × b is below, equal to or above c × d; exact for all safe integers. */
export function compareProducts(a: number, b: number, c: number, d: number): -1 | 0 | 1 {
  const left = a * b;
  const right = c * d;
  if (Number.isSafeInteger(left) && Number.isSafeInteger(right)) {
    return left < right ? -1 : left > right ? 1 : 0;
  }
  const exactLeft = BigInt(a) * BigInt(b);
  const exactRight = BigInt(c) * BigInt(d);
  return exactLeft < exactRight ? -1 : exactLeft > exactRight ? 1 : 0;
}

/**
 * Worst price an order may execute at: its limit, or the price a market order sweeps to in the
 * liquidity on display. Null when there is none, or it is not above 0.
 */
export function worstPrice(
  intent: { readonly inst: string; readonly side: 'buy' | 'sell'; readonly qty: number } & {
    readonly price: number | null;
    readonly type: 'limit' | 'market';
  },
  view: Pick<RiskView, 'sweepPrice'>,
): number | null {
  const { inst, price, qty, side, type } = intent;
  const worst = type === 'market' ? view.sweepPrice(inst, side, qty) : price;
  return worst !== null && Number.isSafeInteger(worst) && worst > 0 ? worst : null;
}
