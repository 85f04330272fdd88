/**
 * Objects of Kite's JSON, read field by field. Numbers are the digits that were sent
 * (`parseStrictJson` with `numbers: 'text'`), so no decimal goes through a float.
 * @module
 */
import { type JsonValue, QuantlaxmiError } from '../../../core/index.js';
import { MANTISSA_MAX } from '../../../fixed-point/index.js';
import { istTimeUs } from '../rest/ist-time.js';

type JsonObject = { readonly [key: string]: JsonValue };

const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;
/** Digits that an exponent may add. */
const SHIFT_MAX = 40;

/** @throws QL_KITE_TEXT */
export function refuseJson(place: string, wrong: string): never {
  throw new QuantlaxmiError(
    'QL_KITE_TEXT',
    `Kite ${place}: ${wrong}. Compare it with kite.trade/docs/connect/v3.`,
    { context: { place } },
  );
}

/** Digits with the point moved `shift` places to the right. */
function moved(digits: string, point: number): string {
  const padded = point <= 0 ? `${'0'.repeat(1 - point)}${digits}` : digits;
  const at = point <= 0 ? 1 : point;
  const whole = padded
    .slice(0, at)
    .padEnd(at, '0')
    .replace(/^0+(?=\d)/, '');
  const fraction = padded.slice(at);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/**
 * A JSON number as a plain decimal, every digit kept: `1.5e-3` is `0.0015`. Kite writes exponents
 * where a sum of floats left next to nothing.
 */
export function plainDecimal(text: string): string | null {
  const parts = NUMBER.exec(text);
  if (parts === null) return null;
  const [, sign = '', whole = '', fraction = '', exponent] = parts;
  if (exponent === undefined) return text;
  const negative = exponent.startsWith('-');
  let shift = 0;
  for (const digit of exponent.replace(/^[+-]/, '')) shift = shift * 10 + digit.charCodeAt(0) - 48;
  if (shift > SHIFT_MAX) return null;
  return sign + moved(whole + fraction, whole.length + (negative ? 0 - shift : shift));
}

/** One object and where it stands. */
export class JsonRow {
  readonly place: string;
  readonly #object: JsonObject;

  constructor(value: JsonValue | undefined, place: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      refuseJson(place, 'found no object');
    }
    this.#object = value as JsonObject;
    this.place = place;
  }

  names(): readonly string[] {
    return Object.keys(this.#object);
  }

  value(name: string): JsonValue | undefined {
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
  }

  row(name: string): JsonRow {
    return new JsonRow(this.value(name), `${this.place}, "${name}"`);
  }

  list(name: string): readonly JsonValue[] {
    const value = this.value(name);
    if (!Array.isArray(value)) return this.refuse(name, 'an array');
    return value as readonly JsonValue[];
  }

  text(name: string): string {
    const value = this.value(name);
    return typeof value === 'string' && value !== '' ? value : this.refuse(name, 'a text');
  }

  /** A text; null where it is absent, null or empty. */
  textOrNull(name: string): string | null {
    const value = this.value(name);
    if (value === undefined || value === null || value === '') return null;
    return typeof value === 'string' ? value : this.refuse(name, 'a text or null');
  }

  flag(name: string): boolean {
    const value = this.value(name);
    return typeof value === 'boolean' ? value : this.refuse(name, 'true or false');
  }

  /** A number as plain decimal text. */
  decimal(name: string): string {
    const value = this.value(name);
    const text = typeof value === 'string' ? plainDecimal(value) : null;
    return text ?? this.refuse(name, 'a number');
  }

  decimalOrNull(name: string): string | null {
    const value = this.value(name);
    return value === undefined || value === null ? null : this.decimal(name);
  }

  /** A whole number; quantities of positions are below zero where more was sold than bought. */
  integer(name: string): number {
    const text = this.decimal(name);
    const parts = /^(-?)(\d{1,16})(?:\.0+)?$/.exec(text);
    if (parts === null) return this.refuse(name, 'a whole number');
    let value = 0;
    for (const digit of parts[2] as string) value = value * 10 + digit.charCodeAt(0) - 48;
    if (value > MANTISSA_MAX) return this.refuse(name, 'a number within 2^53-1');
    return parts[1] === '-' ? 0 - value : value;
  }

  /** A whole number that is not negative. */
  count(name: string): number {
    const value = this.integer(name);
    return value >= 0 ? value : this.refuse(name, 'a number that is not negative');
  }

  countOrNull(name: string): number | null {
    const value = this.value(name);
    return value === undefined || value === null ? null : this.count(name);
  }

  /** `yyyy-mm-dd hh:mm:ss` of IST in µs; null where it is absent, null or empty. */
  timeOrNull(name: string): number | null {
    const text = this.textOrNull(name);
    if (text === null) return null;
    try {
      return istTimeUs(text);
    } catch {
      return this.refuse(name, 'a time yyyy-mm-dd hh:mm:ss');
    }
  }

  refuse(name: string, expected: string): never {
    const value = this.value(name);
    const found = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60);
    return refuseJson(this.place, `found ${found} as "${name}", expected ${expected}`);
  }
}
