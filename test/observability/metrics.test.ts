import {
  type MetricDefinition,
  type MetricRegistry,
  metricRegistry,
  noCorrelation,
  renderOpenMetrics,
  renderPrometheus,
  correlate,
  renderPrometheusSlices,
} from 'quantlaxmi/observability';
import { describe, expect, test } from 'vitest';
import { parseExposition, parseOpenMetrics } from './parse-exposition.js';

const fills: MetricDefinition = {
  kind: 'counter',
  name: 'fills_total',
  help: 'Fills.',
  labelNames: ['side'],
};
const lag: MetricDefinition = { kind: 'gauge', name: 'lag_us', help: 'Lag.', labelNames: [] };
const flush: MetricDefinition = {
  kind: 'histogram',
  name: 'flush_us',
  help: 'Flush time.',
  labelNames: ['log'],
  buckets: [10, 100],
};
const first = (metrics: MetricRegistry) => [...(metrics.read()[0]?.series ?? [])];
const make = (seriesMax = 100) =>
  metricRegistry({ definitions: [fills, lag, flush], seriesMax, labelLengthMax: 8 });

describe('recording', () => {
  test('counts, sets and observes', () => {
    const metrics = make();
    metrics.add('fills_total', { side: 'sell' }, 1);
    metrics.add('fills_total', { side: 'buy' }, 2);
    metrics.add('fills_total', { side: 'buy' }, 3);
    metrics.set('lag_us', {}, -1_270_000);
    for (const value of [10, 11, 100, 101]) metrics.observe('flush_us', { log: 'wal' }, value);
    expect(metrics.read().map((family) => [...family.series])).toEqual([
      [
        { labelValues: ['sell'], value: 1, buckets: [], exemplar: null },
        { labelValues: ['buy'], value: 5, buckets: [], exemplar: null },
      ],
      [{ labelValues: [''], value: -1_270_000, buckets: [], exemplar: null }].map((s) => ({
        ...s,
        labelValues: [],
      })),
      [{ labelValues: ['wal'], value: 222, buckets: [1, 3, 4], exemplar: null }],
    ]);
  });

  test('a handle adds to the same series', () => {
    const metrics = make();
    const buy = metrics.series('fills_total', { side: 'buy' });
    buy.add(2);
    metrics.add('fills_total', { side: 'buy' }, 1);
    buy.set(9);
    metrics.series('no_such_total', {}).add(1);
    expect(first(metrics)[0]?.value).toBe(3);
    expect(metrics.rejected()).toMatchObject({ wrongKind: 1, unknownMetric: 1 });
  });

  test('values survive the growth of the store', () => {
    const metrics = metricRegistry({
      definitions: [fills],
      seriesMax: 2000,
      labelLengthMax: 8,
    });
    const handle = metrics.series('fills_total', { side: '0' });
    for (let i = 0; i < 2000; i++) metrics.add('fills_total', { side: String(i) }, i + 1);
    handle.add(1000);
    const values = new Map(first(metrics).map((series) => [series.labelValues[0], series.value]));
    expect(values.get('0')).toBe(1001);
    expect(values.get('1999')).toBe(2000);
    expect(values.size).toBe(2000);
  });

  test.each([
    ['unknownMetric', (m: ReturnType<typeof make>) => m.add('nope_total', {}, 1)],
    ['wrongKind', (m: ReturnType<typeof make>) => m.set('fills_total', { side: 'buy' }, 1)],
    ['unknownLabel', (m: ReturnType<typeof make>) => m.add('fills_total', { colour: 'red' }, 1)],
    ['badValue', (m: ReturnType<typeof make>) => m.add('fills_total', { side: 'buy' }, -1)],
    ['badValue', (m: ReturnType<typeof make>) => m.add('fills_total', { side: 'buy' }, Number.NaN)],
    [
      'badValue',
      (m: ReturnType<typeof make>) => m.observe('flush_us', { log: 'w' }, Number.POSITIVE_INFINITY),
    ],
    [
      'badValue',
      (m: ReturnType<typeof make>) =>
        m.add('fills_total', { side: 'buy' }, '1' as unknown as number),
    ],
  ] as const)('OBSERVABILITY-3: %s is counted, not recorded', (reason, act) => {
    const metrics = make();
    act(metrics);
    expect(metrics.rejected()[reason]).toBe(1);
    const sum = metrics
      .read()
      .flatMap((family) => [...family.series])
      .reduce((total, series) => total + series.value, 0);
    expect(sum).toBe(0);
    metrics.add('fills_total', { side: 'buy' }, 1);
    expect(first(metrics)[0]?.value).toBe(1);
  });

  test('OBSERVABILITY-4: one series more than allowed is counted, known ones go on', () => {
    const metrics = make(2);
    for (const side of ['a', 'b', 'c', 'a']) metrics.add('fills_total', { side }, 1);
    expect(metrics.rejected().seriesLimit).toBe(1);
    expect(first(metrics).map((series) => series.value)).toEqual([2, 1]);
  });

  test('OBSERVABILITY-4: long label values are cut', () => {
    const metrics = make();
    metrics.add('fills_total', { side: 'x'.repeat(1000) }, 1);
    expect(first(metrics)[0]?.labelValues).toEqual(['xxxxxxxx']);
  });

  test('different label values never share a series', () => {
    const pair: MetricDefinition = { ...fills, labelNames: ['a', 'b'] };
    const metrics = metricRegistry({ definitions: [pair], seriesMax: 10, labelLengthMax: 64 });
    metrics.add('fills_total', { a: '1:x', b: '' }, 1);
    metrics.add('fills_total', { a: '', b: '1:x' }, 1);
    metrics.add('fills_total', { a: '1', b: ':x' }, 1);
    expect(first(metrics).map((series) => series.value)).toEqual([1, 1, 1]);
  });
});

describe('definitions', () => {
  test.each([
    ['a name with a dash', { ...fills, name: 'fills-total' }],
    ['a counter without _total', { ...fills, name: 'fills' }],
    ['a label with a dot', { ...fills, labelNames: ['a.b'] }],
    ['a reserved label', { ...fills, labelNames: ['__name__'] }],
    ['the bucket label', { ...fills, labelNames: ['le'] }],
    ['a label twice', { ...fills, labelNames: ['a', 'a'] }],
    ['a histogram without buckets', { ...flush, buckets: [] }],
    ['buckets out of order', { ...flush, buckets: [2, 1] }],
    ['an infinite bucket', { ...flush, buckets: [Number.POSITIVE_INFINITY] }],
    ['a gauge with buckets', { ...lag, buckets: [1] }],
  ])('OBSERVABILITY-3: %s is refused', (_name, definition) => {
    expect(() =>
      metricRegistry({ definitions: [definition], seriesMax: 1, labelLengthMax: 1 }),
    ).toThrow(expect.objectContaining({ code: 'QL_METRIC_DEFINITION' }));
  });

  test('OBSERVABILITY-3: two definitions of one name are refused', () => {
    expect(() =>
      metricRegistry({ definitions: [lag, lag], seriesMax: 1, labelLengthMax: 1 }),
    ).toThrow(expect.objectContaining({ code: 'QL_METRIC_DEFINITION' }));
  });
});

describe('exposition', () => {
  test('OBSERVABILITY-5: the text is what the format says, byte for byte', () => {
    const metrics = make();
    metrics.add('fills_total', { side: 'a"b\\c\nd' }, 1);
    metrics.set('lag_us', {}, Number.NEGATIVE_INFINITY);
    metrics.observe('flush_us', { log: 'w' }, 50);
    const text = renderPrometheus(metrics, 65_536);
    expect(text.split('\n').slice(0, 14)).toEqual([
      '# HELP fills_total Fills.',
      '# TYPE fills_total counter',
      'fills_total{side="a\\"b\\\\c\\nd"} 1',
      '# HELP lag_us Lag.',
      '# TYPE lag_us gauge',
      'lag_us -Inf',
      '# HELP flush_us Flush time.',
      '# TYPE flush_us histogram',
      'flush_us_bucket{log="w",le="10"} 0',
      'flush_us_bucket{log="w",le="100"} 1',
      'flush_us_bucket{log="w",le="+Inf"} 1',
      'flush_us_sum{log="w"} 50',
      'flush_us_count{log="w"} 1',
      '# HELP quantlaxmi_exposition_omitted_families Families left out to keep the body bounded.',
    ]);
  });

  test('OBSERVABILITY-4: a family too many is left out whole and counted', () => {
    const metrics = metricRegistry({
      definitions: [fills, lag],
      seriesMax: 10_000,
      labelLengthMax: 64,
    });
    for (let i = 0; i < 1000; i++) metrics.add('fills_total', { side: `side ${i}` }, 1);
    metrics.set('lag_us', {}, 5);
    const bodyBytesMax = 4096;
    const text = renderPrometheus(metrics, bodyBytesMax);
    expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(bodyBytesMax);
    const { samples } = parseExposition(text);
    const value = (name: string) => samples.find((sample) => sample.name === name)?.value;
    expect(value('lag_us')).toBe(5);
    expect(value('fills_total')).toBeUndefined();
    expect(value('quantlaxmi_exposition_omitted_families')).toBe(1);
    expect(renderPrometheus(metrics, 1_000_000)).toContain('fills_total{side="side 999"} 1');
  });

  test('OBSERVABILITY-6: a large registry is rendered in slices of at most 256 series', () => {
    const metrics = metricRegistry({ definitions: [fills], seriesMax: 2000, labelLengthMax: 64 });
    for (let i = 0; i < 2000; i++) metrics.add('fills_total', { side: `${i}` }, 1);
    const slices = renderPrometheusSlices(metrics, 1_000_000);
    let pauses = 0;
    let step = slices.next();
    for (; step.done !== true; step = slices.next()) pauses += 1;
    expect(pauses).toBe(Math.ceil(2000 / 256));
    const longest = Math.max(...step.value.map((part) => part.split('\n').length));
    expect(longest).toBeLessThan(256 + 4);
    expect(step.value.join('')).toBe(renderPrometheus(metrics, 1_000_000));
  });

  test('OBSERVABILITY-3: rejected samples are in the exposition', () => {
    const metrics = make();
    metrics.add('nope_total', {}, 1);
    const { samples } = parseExposition(renderPrometheus(metrics, 65_536));
    const rejected = samples.find(
      (sample) =>
        sample.name === 'quantlaxmi_telemetry_rejected_total' &&
        sample.labels['reason'] === 'unknownMetric',
    );
    expect(rejected?.value).toBe(1);
  });

  test('OBSERVABILITY-2: a counter carries the ids of what it counted last as its exemplar', () => {
    const metrics = make();
    const ids = correlate(noCorrelation, {
      run_id: 'run-1',
      decision_id: 'dec-1',
      risk_decision_id: 'risk"1',
      order_id: 'ord-1',
    });
    metrics.add('fills_total', { side: 'buy' }, 1, correlate(ids, { order_id: 'ord-0' }));
    metrics.add('fills_total', { side: 'buy' }, 1, ids);
    metrics.add('fills_total', { side: 'buy' }, 1, noCorrelation);
    metrics.add('fills_total', { side: 'sell' }, 1);
    metrics.set('lag_us', {}, 1, ids);
    metrics.observe('flush_us', { log: 'a # {b="c"} 1' }, 1, ids);
    const { samples, types } = parseOpenMetrics(renderOpenMetrics(metrics, 65_536));
    const exemplars = samples.filter((sample) => sample.exemplar !== undefined);
    expect(exemplars).toEqual([
      {
        name: 'fills_total',
        labels: { side: 'buy' },
        value: 3,
        exemplar: { order_id: 'ord-1', risk_decision_id: 'risk"1', decision_id: 'dec-1' },
      },
    ]);
    expect(types.get('fills')).toBe('counter');
    expect(renderPrometheus(metrics, 65_536)).not.toContain('ord-1');
  });

  test('OBSERVABILITY-4: ids too long for an exemplar are left out', () => {
    const metrics = make();
    const ids = correlate(noCorrelation, { order_id: 'o'.repeat(200), decision_id: 'dec-1' });
    metrics.add('fills_total', { side: 'buy' }, 1, ids);
    const { samples } = parseOpenMetrics(renderOpenMetrics(metrics, 65_536));
    expect(samples.find((one) => one.name === 'fills_total')?.exemplar).toEqual({
      decision_id: 'dec-1',
    });
  });
});
