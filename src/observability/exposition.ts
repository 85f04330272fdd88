/**
 * Prometheus text exposition, format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/), and OpenMetrics 1.0
 * (https://prometheus.io/docs/specs/om/open_metrics_spec/), which carries exemplars: the ids of the
 * decision, the risk check and the order that a counter counted last.
 * @module
 */
import { wellFormed } from './internal/well-formed.js';
import type { MetricDefinition, MetricFamily, MetricSeries } from './metric.js';
import type { MetricRegistry } from './registry.js';

/** Content type of {@link renderPrometheus}. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Content type of {@link renderOpenMetrics}. */
export const OPENMETRICS_CONTENT_TYPE =
  'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** Which text is written. */
export type ExpositionFormat = 'prometheus' | 'openmetrics';

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');

/** The format's own spelling of a binary64. */
function formatValue(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return Object.is(value, -0) ? '0' : String(value);
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return '';
  const pairs = names.map((name, i) => `${name}="${escapeLabel(values[i] ?? '')}"`);
  return `{${pairs.join(',')}}`;
}

function histogramLines(family: MetricFamily, series: MetricSeries): string[] {
  const { name, labelNames, buckets = [] } = family.definition;
  const count = series.buckets.at(-1) ?? 0;
  const labels = labelText(labelNames, series.labelValues);
  const lines = series.buckets.map((cumulative, i) => {
    const bound = i < buckets.length ? formatValue(buckets[i] as number) : '+Inf';
    const text = labelText([...labelNames, 'le'], [...series.labelValues, bound]);
    return `${name}_bucket${text} ${cumulative}`;
  });
  return [
    ...lines,
    `${name}_sum${labels} ${formatValue(series.value)}`,
    `${name}_count${labels} ${count}`,
  ];
}

/** Series per slice of {@link renderPrometheusSlices}: some 2 ms of work. */
const SLICE_SERIES = 256;

/** Room for the two families about the registry itself, which are always written. */
const OWN_FAMILIES_BYTES_MAX = 1024;

/** Most characters of names and values in an exemplar's label set (OpenMetrics 1.0). */
const EXEMPLAR_CHARS_MAX = 128;

/** Ids of one decision, check or order; those that are labels already need no exemplar. */
const EXEMPLAR_KEYS = ['order_id', 'risk_decision_id', 'decision_id'] as const;

function exemplarText(family: MetricFamily, { exemplar }: MetricSeries): string {
  if (exemplar === null) return '';
  const { labelNames } = family.definition;
  let room = EXEMPLAR_CHARS_MAX;
  const kept: (readonly [string, string])[] = [];
  for (const key of EXEMPLAR_KEYS) {
    const value = wellFormed(exemplar[key]);
    const size = key.length + value.length;
    if (value === '' || labelNames.includes(key) || size > room) continue;
    kept.push([key, value]);
    room -= size;
  }
  if (kept.length === 0) return '';
  const [names, values] = [kept.map(([name]) => name), kept.map(([, value]) => value)];
  return ` # ${labelText(names, values)} 1`;
}

/** Name, help and type lines. OpenMetrics names a counter's family without `_total`. */
function headLines({ definition }: MetricFamily, format: ExpositionFormat): string[] {
  const { name, help, kind } = definition;
  const open = format === 'openmetrics';
  const family = open && kind === 'counter' ? name.slice(0, -'_total'.length) : name;
  const text = open ? escapeLabel(wellFormed(help)) : escapeHelp(wellFormed(help));
  return [`# HELP ${family} ${text}`, `# TYPE ${family} ${kind}`];
}

/** Text of one family in slices. */
function* familySlices(family: MetricFamily, format: ExpositionFormat): Generator<string> {
  const { name, kind, labelNames } = family.definition;
  let lines = headLines(family, format);
  let inSlice = 0;
  for (const series of family.series) {
    if (kind === 'histogram') lines.push(...histogramLines(family, series));
    else {
      const labels = labelText(labelNames, series.labelValues);
      const exemplar = format === 'openmetrics' ? exemplarText(family, series) : '';
      lines.push(`${name}${labels} ${formatValue(series.value)}${exemplar}`);
    }
    inSlice += 1;
    if (inSlice < SLICE_SERIES) continue;
    yield `${lines.join('\n')}\n`;
    lines = [];
    inSlice = 0;
  }
  if (lines.length > 0) yield `${lines.join('\n')}\n`;
}

const OMITTED: MetricDefinition = {
  kind: 'gauge',
  name: 'quantlaxmi_exposition_omitted_families',
  help: 'Families left out to keep the body bounded.',
  labelNames: [],
};
const REJECTED: MetricDefinition = {
  kind: 'counter',
  name: 'quantlaxmi_telemetry_rejected_total',
  help: 'Samples that were not recorded.',
  labelNames: ['reason'],
};

/** The two families about the registry itself. */
function ownFamilies(registry: MetricRegistry, omitted: number): readonly MetricFamily[] {
  const plain = { buckets: [], exemplar: null };
  const rejected = Object.entries(registry.rejected());
  return [
    { definition: OMITTED, series: [{ ...plain, labelValues: [], value: omitted }] },
    {
      definition: REJECTED,
      series: rejected.map(([reason, n]) => ({ ...plain, labelValues: [reason], value: n })),
    },
  ];
}

/**
 * {@link renderPrometheus} or {@link renderOpenMetrics} in slices of bounded work, so that a caller
 * can let other work run in between: yields after each slice, returns the parts of the body.
 *
 * @param registry - what to show
 * @param bodyBytesMax - longest body, bytes of UTF-8
 * @param format - which text; `prometheus` when not given
 */
export function* renderPrometheusSlices(
  registry: MetricRegistry,
  bodyBytesMax: number,
  format: ExpositionFormat = 'prometheus',
): Generator<undefined, readonly string[]> {
  const encoder = new TextEncoder();
  const parts: string[] = [];
  let room = bodyBytesMax - OWN_FAMILIES_BYTES_MAX;
  let omitted = 0;
  for (const family of registry.read()) {
    const slices: string[] = [];
    let left = room;
    for (const slice of familySlices(family, format)) {
      left -= encoder.encode(slice).length;
      if (left < 0) break;
      slices.push(slice);
      yield undefined;
    }
    if (left < 0) omitted += 1;
    else {
      parts.push(...slices);
      room = left;
    }
  }
  for (const family of ownFamilies(registry, omitted)) parts.push(...familySlices(family, format));
  if (format === 'openmetrics') parts.push('# EOF\n');
  return parts;
}

function renderWhole(slices: Generator<undefined, readonly string[]>): string {
  for (;;) {
    const { done, value } = slices.next();
    if (done === true) return value.join('');
  }
}

/**
 * The registry as Prometheus text. Families that would make the body longer than `bodyBytesMax`
 * are left out whole, and `quantlaxmi_exposition_omitted_families` says how many.
 *
 * @param registry - what to show
 * @param bodyBytesMax - longest body, bytes of UTF-8
 * @returns the text; complexity O(series)
 *
 * @example
 * ```ts
 * import { metricRegistry, renderPrometheus } from 'quantlaxmi/observability';
 * const metrics = metricRegistry({
 *   definitions: [{ kind: 'counter', name: 'fills_total', help: 'Fills.', labelNames: ['side'] }],
 *   seriesMax: 10, labelLengthMax: 64 });
 * metrics.add('fills_total', { side: 'buy' }, 2);
 * renderPrometheus(metrics, 65536).split('\n')[2]; // => 'fills_total{side="buy"} 2'
 * ```
 */
export const renderPrometheus = (registry: MetricRegistry, bodyBytesMax: number): string =>
  renderWhole(renderPrometheusSlices(registry, bodyBytesMax, 'prometheus'));

/**
 * The registry as OpenMetrics text, with the ids of the last decision, risk check and order of each
 * counter as its exemplar; otherwise as {@link renderPrometheus}.
 *
 * @param registry - what to show
 * @param bodyBytesMax - longest body, bytes of UTF-8
 * @returns the text; complexity O(series)
 *
 * @example
 * ```ts
 * import {
 *   correlate, metricRegistry, noCorrelation, renderOpenMetrics,
 * } from 'quantlaxmi/observability';
 * const metrics = metricRegistry({
 *   definitions: [{ kind: 'counter', name: 'fills_total', help: 'Fills.', labelNames: [] }],
 *   seriesMax: 10, labelLengthMax: 64 });
 * metrics.add('fills_total', {}, 2, correlate(noCorrelation, { order_id: 'ord-1' }));
 * renderOpenMetrics(metrics, 65536).split('\n')[2]; // => 'fills_total 2 # {order_id="ord-1"} 1'
 * ```
 */
export const renderOpenMetrics = (registry: MetricRegistry, bodyBytesMax: number): string =>
  renderWhole(renderPrometheusSlices(registry, bodyBytesMax, 'openmetrics'));
