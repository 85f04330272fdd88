/**
 * From whatever a strategy returned to an intent that can be logged and checked.
 * @module
 */
import { escapeControl, isWellFormed } from '../core/index.js';
import type { IntentBody } from '../events/index.js';

/** An intent fit for the log, and what was wrong with the original. */
export interface SanitizedIntent {
  readonly intent: IntentBody;
  /** Empty when the original was well formed. */
  readonly problem: string;
}

const FIELDS = [
  'action',
  'inst',
  'intentId',
  'price',
  'qty',
  'reduceOnly',
  'side',
  'tif',
  'type',
] as const;
const KNOWN: ReadonlySet<string> = new Set(FIELDS);
const ID_LENGTH_MAX = 128;
/** Stands in the record where an id was unusable: the log holds no empty ids. */
const NO_ID = '?';

function shown(value: unknown): string {
  if (typeof value === 'string') return escapeControl(JSON.stringify(value.slice(0, 40)));
  return typeof value === 'number' ? String(Object.is(value, -0) ? '-0' : value) : typeof value;
}

class Reader {
  readonly problems: string[] = [];
  readonly #raw: Readonly<Record<string, unknown>>;

  constructor(raw: Readonly<Record<string, unknown>>) {
    this.#raw = raw;
  }

  #problem(field: string, expected: string): void {
    this.problems.push(`${field} is ${shown(this.#raw[field])}, expected ${expected}`);
  }

  word<W extends string>(field: string, words: readonly W[]): W {
    const found = words.find((word) => word === this.#raw[field]);
    if (found === undefined) this.#problem(field, words.join(' or '));
    return found ?? (words[0] as W);
  }

  id(field: string): string {
    const value = this.#raw[field];
    if (typeof value === 'string' && value !== '' && value.length <= ID_LENGTH_MAX) {
      if (isWellFormed(value)) return value;
    }
    this.#problem(field, `text of 1 to ${ID_LENGTH_MAX} characters`);
    return NO_ID;
  }

  integer(field: string): number {
    const value = this.#raw[field];
    if (typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)) {
      return value;
    }
    this.#problem(field, 'an integer mantissa');
    return 0;
  }

  qty(): number {
    const value = this.integer('qty');
    if (value >= 0) return value;
    this.#problem('qty', 'above 0');
    return 0;
  }

  price(): number | null {
    return this.#raw['price'] === null ? null : this.integer('price');
  }

  flag(field: string): boolean {
    const value = this.#raw[field];
    if (typeof value !== 'boolean') this.#problem(field, 'true or false');
    return value === true;
  }
}

function contradiction(intent: IntentBody): string {
  if (intent.action === 'cancel') {
    if (intent.qty !== 0) return `a cancel has quantity ${intent.qty}, expected 0`;
    return intent.price === null ? '' : `a cancel has price ${intent.price}, expected null`;
  }
  if (!(intent.qty > 0)) return `qty is ${intent.qty}, expected above 0`;
  if (intent.action === 'amend' && intent.type !== 'limit') {
    return `an amend has type ${intent.type}, expected limit`;
  }
  if (intent.type === 'limit' && intent.price === null) return 'a limit order has no price';
  if (intent.type === 'market' && intent.price !== null) {
    return `a market order has price ${intent.price}, expected null`;
  }
  if (intent.type === 'market' && intent.tif === 'gtx') return 'a market order cannot be post-only';
  return '';
}

/**
 * Copies an intent into its fixed shape. Values that the log cannot hold (NaN, fractions, text that
 * is no Unicode) become neutral ones, and `problem` says what they were; such an intent is denied
 * with `QL_INTENT_INVALID`. Fields nobody knows are a problem too: an order must not go out without
 * what its maker thought it said.
 *
 * @param raw - anything
 * @returns a frozen intent and the problem; never throws
 * @example
 * ```ts
 * import { sanitizeIntent } from 'quantlaxmi/risk';
 *
 * const { problem } = sanitizeIntent({
 *   action: 'place', inst: 'BINANCE:SPOT:BTCUSDT', intentId: 'a1', price: 6168599.5, qty: 1,
 *   reduceOnly: false, side: 'buy', tif: 'gtc', type: 'limit',
 * });
 * problem;
 * // => 'price is 6168599.5, expected an integer mantissa'
 * ```
 */
export function sanitizeIntent(raw: unknown): SanitizedIntent {
  const isObject = typeof raw === 'object' && raw !== null;
  const reader = new Reader(isObject ? (raw as Record<string, unknown>) : {});
  const intent: IntentBody = Object.freeze({
    action: reader.word('action', ['place', 'cancel', 'amend']),
    inst: reader.id('inst'),
    intentId: reader.id('intentId'),
    price: reader.price(),
    qty: reader.qty(),
    reduceOnly: reader.flag('reduceOnly'),
    side: reader.word('side', ['buy', 'sell']),
    tif: reader.word('tif', ['gtc', 'ioc', 'fok', 'gtx']),
    type: reader.word('type', ['limit', 'market']),
  });
  if (!isObject) return { intent, problem: `the intent is ${shown(raw)}, expected an object` };
  const unknown = Object.keys(raw).find((key) => !KNOWN.has(key));
  const first = reader.problems[0];
  if (first !== undefined) return { intent, problem: first };
  if (unknown !== undefined) return { intent, problem: `unknown field ${shown(unknown)}` };
  return { intent, problem: contradiction(intent) };
}
