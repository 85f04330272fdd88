/**
 * Prometheus text exposition, format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 * @module
 */
import { wellFormed } from './internal/well-formed.js';
import type { MetricFamily, MetricSeries } from './metric.js';
import type { MetricRegistry } from './registry.js';

/** Content type of {@link renderPrometheus}. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

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

/** Text of one family in slices. */
function* familySlices(family: MetricFamily): Generator<string> {
  const { name, help, kind, labelNames } = family.definition;
  let lines = [`# HELP ${name} ${escapeHelp(wellFormed(help))}`, `# TYPE ${name} ${kind}`];
  let inSlice = 0;
  for (const series of family.series) {
    if (kind === 'histogram') lines.push(...histogramLines(family, series));
    else {
      const labels = labelText(labelNames, series.labelValues);
      lines.push(`${name}${labels} ${formatValue(series.value)}`);
    }
    inSlice += 1;
    if (inSlice < SLICE_SERIES) continue;
    yield `${lines.join('\n')}\n`;
    lines = [];
    inSlice = 0;
  }
  if (lines.length > 0) yield `${lines.join('\n')}\n`;
}

const ownFamilies = (registry: MetricRegistry, omitted: number): string =>
  '# HELP quantlaxmi_exposition_omitted_families Families left out to keep the body bounded.\n' +
  '# TYPE quantlaxmi_exposition_omitted_families gauge\n' +
  `quantlaxmi_exposition_omitted_families ${omitted}\n` +
  '# HELP quantlaxmi_telemetry_rejected_total Samples that were not recorded.\n' +
  '# TYPE quantlaxmi_telemetry_rejected_total counter\n' +
  Object.entries(registry.rejected())
    .map(([reason, n]) => `quantlaxmi_telemetry_rejected_total{reason="${reason}"} ${n}\n`)
    .join('');

/**
 * {@link renderPrometheus} in slices of bounded work, so that a caller can let other work run in
 * between: yields after each slice, returns the parts of the body.
 *
 * @param registry - what to show
 * @param bodyBytesMax - longest body, bytes of UTF-8
 */
export function* renderPrometheusSlices(
  registry: MetricRegistry,
  bodyBytesMax: number,
): Generator<undefined, readonly string[]> {
  const encoder = new TextEncoder();
  const parts: string[] = [];
  let room = bodyBytesMax - OWN_FAMILIES_BYTES_MAX;
  let omitted = 0;
  for (const family of registry.read()) {
    const slices: string[] = [];
    let left = room;
    for (const slice of familySlices(family)) {
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
  parts.push(ownFamilies(registry, omitted));
  return parts;
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
export function renderPrometheus(registry: MetricRegistry, bodyBytesMax: number): string {
  const slices = renderPrometheusSlices(registry, bodyBytesMax);
  for (;;) {
    const { done, value } = slices.next();
    if (done === true) return value.join('');
  }
}
