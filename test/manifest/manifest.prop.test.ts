import fc from 'fast-check';
import { isQuantlaxmiError } from 'quantlaxmi/core';
import {
  bindConfig,
  diffJson,
  encodeManifest,
  type IntegerJson,
  parseManifest,
  sealManifest,
} from 'quantlaxmi/manifest';
import { describe, expect, test } from 'vitest';
import { hex, runBody, sessionBody } from './samples.js';

const hash = fc.string({
  unit: fc.constantFrom(...'0123456789abcdef'),
  minLength: 64,
  maxLength: 64,
});
const micros = fc.maxSafeInteger();
const key = fc
  .string({ minLength: 1, maxLength: 12 })
  .filter((k) => !/^(__proto__|constructor|prototype)$/.test(k));

const { json } = fc.letrec<{ json: IntegerJson }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    fc.maxSafeInteger().map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(key, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

const manifest = fc
  .record({
    config: json,
    endedAt: fc.option(micros),
    fills: fc.nat(),
    gates: fc.array(fc.constantFrom('G0', 'G1', 'G4')),
    realized: fc.bigInt({ min: -(10n ** 70n), max: 10n ** 70n }),
    seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    trace: hash,
  })
  .map((r) =>
    sealManifest({
      ...runBody(),
      config: bindConfig(r.config),
      decisions: { ...runBody().decisions, traceHash: r.trace },
      endedAt: r.endedAt,
      gates: r.gates.map((gateId) => ({
        gateId,
        reportPath: `gates/${gateId}.json`,
        reportSha256: hex('a'),
        verdict: 'pass' as const,
        version: '1',
      })),
      result: {
        ...runBody().result,
        fills: r.fills,
        pnl: [{ currency: 'X', exponent: -8, fees: '0', realized: r.realized.toString() }],
      },
      seeds: { run: r.seed.toString() },
    }),
  );

describe('manifests of any content', () => {
  test('MANIFEST-1: what is written is what is read', () => {
    fc.assert(
      fc.property(manifest, (sealed) => {
        const bytes = encodeManifest(sealed);
        expect(parseManifest(bytes)).toEqual(sealed);
        expect(Buffer.compare(encodeManifest(parseManifest(bytes)), bytes)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('MANIFEST-3: every byte of a manifest, changed in every bit, is refused with a code', () => {
    for (const body of [runBody(), sessionBody()]) {
      const bytes = encodeManifest(sealManifest(body));
      const codes = new Map<string, number>();
      // The control: unchanged bytes read.
      expect(() => parseManifest(bytes)).not.toThrow();
      for (let at = 0; at < bytes.length; at += 1) {
        for (const bit of at % 64 === 0 ? [0, 1, 2, 3, 4, 5, 6, 7] : [at % 8]) {
          const damaged = bytes.slice();
          damaged[at] = (damaged[at] as number) ^ (1 << bit);
          try {
            parseManifest(damaged);
            expect.fail(`byte ${at} bit ${bit} went unnoticed`);
          } catch (error) {
            if (!isQuantlaxmiError(error)) throw error;
            codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
          }
        }
      }
      expect(codes.get('QL_MANIFEST_HASH')).toBeGreaterThan(bytes.length / 4);
    }
  }, 30_000);

  test('MANIFEST-3: inserted, removed and cut bytes are refused with a code', () => {
    const bytes = encodeManifest(sealManifest(runBody()));
    const splice = (at: number, remove: number, insert: number[]): Uint8Array =>
      new Uint8Array([...bytes.slice(0, at), ...insert, ...bytes.slice(at + remove)]);
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 0, max: 3 }),
        fc.array(fc.nat(255), { maxLength: 3 }),
        (at, remove, insert) => {
          const damaged = splice(at, remove, insert);
          fc.pre(Buffer.compare(damaged, bytes) !== 0);
          try {
            parseManifest(damaged);
          } catch (error) {
            return isQuantlaxmiError(error);
          }
          return false;
        },
      ),
      { numRuns: 500 },
    );
  });

  test('MANIFEST-9: a difference is found exactly where values differ', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        const found = diffJson(a, b);
        // The slow obvious answer: equal JSON text means no difference.
        const equal = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
        expect(found.length === 0).toBe(equal);
        expect(diffJson(a, a)).toEqual([]);
        const flipped = diffJson(b, a).map((d) => ({ ...d, left: d.right, right: d.left }));
        expect(flipped).toEqual(found);
      }),
      { numRuns: 300 },
    );
  });
});

function sorted(value: IntegerJson): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const record = value as { readonly [key: string]: IntegerJson };
  return Object.keys(record)
    .sort()
    .map((k) => [k, sorted(record[k] as IntegerJson)])
    .concat([['{}', null]]);
}
