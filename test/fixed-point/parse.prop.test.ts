import fc from 'fast-check';
import { encodeUtf8 } from 'quantlaxmi/core';
import {
  decimalsOf,
  formatBig,
  formatMantissa,
  parseBig,
  parseMantissa,
  parseMantissaBytes,
} from 'quantlaxmi/fixed-point';
import { describe, expect, test } from 'vitest';
import { broken, decimal, mantissa, nearLimit } from './arbitraries.js';
import { MAX, parseByModel } from './model.js';
import { outcomeOf } from './outcome.js';

const text = fc.oneof(
  { weight: 4, arbitrary: decimal },
  { weight: 3, arbitrary: nearLimit },
  { weight: 2, arbitrary: broken },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
);
const exponent = fc.integer({ min: -22, max: 22 });

/** The text somewhere inside other digits, so that reading past either end shows. */
function bytesOutcome(source: string, at: number) {
  const inner = encodeUtf8(source);
  const bytes = encodeUtf8(`9.9${source}9.9`);
  return outcomeOf(() => parseMantissaBytes(bytes, 3, 3 + inner.length, at));
}

describe('parsing', () => {
  test('FIXED-1: a text gives exactly its value at the exponent, or an error', () => {
    fc.assert(
      fc.property(text, exponent, (source, at) => {
        expect(outcomeOf(() => parseMantissa(source, at))).toEqual(parseByModel(source, at));
      }),
      { numRuns: 1500 },
    );
  });

  test('FIXED-1: parseBig is the same without the bound', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: -400, max: 400 }), (source, at) => {
        const model = parseByModel(source, at);
        const ours = outcomeOf(() => parseBig(source, at));
        if ('code' in model && model.code === 'QL_FIXED_OVERFLOW') {
          expect('value' in ours && (ours.value > MAX || ours.value < -MAX)).toBe(true);
        } else expect(ours).toEqual(model);
      }),
    );
  });

  test('FIXED-2: bytes in place give what the text gives, value or code', () => {
    fc.assert(
      fc.property(text, exponent, (source, at) => {
        expect(bytesOutcome(source, at)).toEqual(outcomeOf(() => parseMantissa(source, at)));
      }),
      { numRuns: 1500 },
    );
  });

  test('FIXED-2: any bytes at all are a value of the model or an error', () => {
    const byte = fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 48, max: 57 }) },
      { weight: 1, arbitrary: fc.constantFrom(45, 46) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 22 }), exponent, (list, at) => {
        const bytes = new Uint8Array(list);
        const latin = String.fromCharCode(...list);
        const ours = outcomeOf(() => parseMantissaBytes(bytes, 0, bytes.length, at));
        expect(ours).toEqual(parseByModel(latin, at));
      }),
      { numRuns: 1000 },
    );
  });

  test('FIXED-3: a printed mantissa reads back as itself', () => {
    fc.assert(
      fc.property(mantissa, exponent, (m, at) => {
        const printed = formatMantissa(m, at);
        expect(printed).toMatch(/^(0|-?[0-9]+(\.[0-9]+)?)$/);
        expect(parseMantissa(printed, at)).toBe(m + 0);
        expect(formatBig(BigInt(m), at)).toBe(printed);
        if (at < 0) expect(printed.length - printed.indexOf('.') - 1).toBe(-at);
      }),
      { numRuns: 1000 },
    );
  });

  test('FIXED-3: a large integer reads back as itself', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.integer({ min: -400, max: 400 }), (value, at) => {
        expect(parseBig(formatBig(value, at), at)).toBe(value);
      }),
    );
  });

  test('decimalsOf is the smallest number of decimals that keeps the value', () => {
    fc.assert(
      fc.property(decimal, (source) => {
        const count = decimalsOf(source);
        expect(outcomeOf(() => parseBig(source, 0 - count))).toHaveProperty('value');
        if (count > 0) {
          expect(outcomeOf(() => parseBig(source, 1 - count))).toEqual({
            code: 'QL_FIXED_INEXACT',
          });
        }
      }),
    );
  });
});
