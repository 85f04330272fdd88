import fc from 'fast-check';
import { type MetricDefinition, metricRegistry, renderPrometheus } from 'quantlaxmi/observability';
import { expect, test } from 'vitest';
import { parseExposition } from './parse-exposition.js';

/** Text of any UTF-16 code units, lone surrogates included, rich in the characters that matter. */
const nasty = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom('"', '\\', '\n', '\r', '{', '}', ',', '=', ' ', '\ud800', 'n', '\u2028'))
    .map((chars) => chars.join('')),
);

/** What UTF-8 does to a lone surrogate; a leading U+FEFF is text like any other. */
const asUtf8 = (text: string): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text));

test('OBSERVABILITY-5: an independent parser reads back names, labels, help and values', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(nasty, nasty, fc.nat(1000)), { maxLength: 8 }),
      nasty,
      (rows, help) => {
        const definition: MetricDefinition = {
          kind: 'counter',
          name: 'x_total',
          help,
          labelNames: ['a', 'b'],
        };
        const metrics = metricRegistry({
          definitions: [definition],
          seriesMax: 100,
          labelLengthMax: 1000,
        });
        const expected = new Map<string, number>();
        for (const [a, b, n] of rows) {
          metrics.add('x_total', { a, b }, n);
          const key = JSON.stringify([asUtf8(a), asUtf8(b)]);
          expected.set(key, (expected.get(key) ?? 0) + n);
        }
        // Through UTF-8, as a scraper gets it.
        const parsed = parseExposition(asUtf8(renderPrometheus(metrics, 10_000_000)));
        const found = new Map(
          parsed.samples
            .filter((sample) => sample.name === 'x_total')
            .map((sample) => [
              JSON.stringify([sample.labels['a'], sample.labels['b']]),
              sample.value,
            ]),
        );
        expect(found).toEqual(expected);
        expect(parsed.helps.get('x_total')).toBe(asUtf8(help));
        expect(parsed.types.get('x_total')).toBe('counter');
      },
    ),
    { numRuns: 300 },
  );
});

test('OBSERVABILITY-5: any binary64 gauge value is read back', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const metrics = metricRegistry({
        definitions: [{ kind: 'gauge', name: 'x', help: '', labelNames: [] }],
        seriesMax: 1,
        labelLengthMax: 1,
      });
      metrics.set('x', {}, value);
      const { samples } = parseExposition(renderPrometheus(metrics, 65_536));
      // Negative zero is written as 0: monitoring has no use for the difference.
      const read = samples.find((sample) => sample.name === 'x')?.value;
      expect(read).toBe(value === 0 ? 0 : value);
    }),
  );
});

test('OBSERVABILITY-5: a histogram agrees with a sorted list of its observations', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -50, max: 200 })),
      fc.uniqueArray(fc.integer({ min: -40, max: 180 }), { minLength: 1, maxLength: 6 }),
      (values, bounds) => {
        const buckets = bounds.toSorted((a, b) => a - b);
        const metrics = metricRegistry({
          definitions: [{ kind: 'histogram', name: 'h', help: '', labelNames: [], buckets }],
          seriesMax: 1,
          labelLengthMax: 1,
        });
        for (const value of values) metrics.observe('h', {}, value);
        const { samples } = parseExposition(renderPrometheus(metrics, 65_536));
        const bucket = (le: string) =>
          samples.find((s) => s.name === 'h_bucket' && s.labels['le'] === le)?.value ?? 0;
        for (const bound of buckets) {
          expect(bucket(String(bound))).toBe(values.filter((value) => value <= bound).length);
        }
        expect(bucket('+Inf')).toBe(values.length);
      },
    ),
  );
});
