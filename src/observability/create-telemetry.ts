/**
 * The working telemetry: metrics into a registry, records into sinks, failures into a counter.
 * @module
 */
import { type CorrelationIds, correlate, noCorrelation } from './correlation.js';
import type { MetricRegistry } from './registry.js';
import {
  type LogInput,
  type LogLevel,
  levelAtLeast,
  type MetricLabels,
  type Span,
  type Telemetry,
  type TelemetrySink,
} from './telemetry.js';

/** Options of {@link createTelemetry}. */
export interface TelemetryOptions {
  readonly registry: MetricRegistry;
  readonly sinks: readonly TelemetrySink[];
  /** Records below this level are not given to the sinks. */
  readonly minLevel: LogLevel;
  readonly ids?: Partial<CorrelationIds>;
}

/** Telemetry, and how often a part of it failed. */
export interface TelemetryHandle {
  readonly telemetry: Telemetry;
  /** Calls during which a sink, the registry or a caller's value threw; the error is dropped. */
  readonly failures: () => number;
}

/**
 * Telemetry over a registry and sinks. Nothing a sink does reaches the caller: what it throws is
 * counted, what it returns is dropped.
 *
 * @param options - registry, sinks, lowest level and ids to start with
 * @returns the telemetry and its failure count
 *
 * @example
 * ```ts
 * import { createTelemetry, metricRegistry, STANDARD_METRICS } from 'quantlaxmi/observability';
 * const registry = metricRegistry({
 *   definitions: STANDARD_METRICS, seriesMax: 1000, labelLengthMax: 64 });
 * const lines: string[] = [];
 * const { telemetry } = createTelemetry({
 *   registry, minLevel: 'info', sinks: [{ log: (r) => lines.push(r.message) }] });
 * telemetry.with({ run_id: 'run-1' }).log({ level: 'warn', message: 'feed is late', atUs: 5 });
 * lines; // => ['feed is late']
 * ```
 */
export function createTelemetry(options: TelemetryOptions): TelemetryHandle {
  let failures = 0;
  const guard = (action: () => void): void => {
    try {
      action();
    } catch {
      failures += 1;
    }
  };
  const { registry, sinks, minLevel } = options;
  const bind = (ids: CorrelationIds): Telemetry => ({
    log: ({ level, message, atUs, fields = {} }: LogInput) => {
      if (!levelAtLeast(level, minLevel)) return;
      const record = { level, message, atUs, fields, ids };
      for (const sink of sinks) guard(() => sink.log(record));
    },
    count: (name: string, labels: MetricLabels, n: number) =>
      guard(() => registry.add(name, labels, n, ids)),
    gauge: (name: string, labels: MetricLabels, value: number) =>
      guard(() => registry.set(name, labels, value, ids)),
    histogram: (name: string, labels: MetricLabels, value: number) =>
      guard(() => registry.observe(name, labels, value, ids)),
    span: (name: string, startUs: number): Span => {
      let open = true;
      return {
        end: (endUs, fields = {}) => {
          if (!open) return;
          open = false;
          for (const sink of sinks) guard(() => sink.span?.({ name, startUs, endUs, fields, ids }));
        },
      };
    },
    with: (patch: Partial<CorrelationIds>) => bind(correlate(ids, patch)),
  });
  return {
    telemetry: bind(correlate(noCorrelation, options.ids ?? {})),
    failures: () => failures,
  };
}

/**
 * Puts a guard before any telemetry, so that a decision path may call one it does not trust.
 *
 * @param inner - telemetry that may throw or return something
 * @returns telemetry that does neither
 *
 * @example
 * ```ts
 * import { guardTelemetry, noopTelemetry } from 'quantlaxmi/observability';
 * const broken = { ...noopTelemetry(), count: () => { throw new Error('disk full'); } };
 * guardTelemetry(broken).telemetry.count('x_total', {}, 1); // => undefined
 * ```
 */
export function guardTelemetry(inner: Telemetry): TelemetryHandle {
  let failures = 0;
  const attempt = <T>(action: () => T): T | undefined => {
    try {
      return action();
    } catch {
      failures += 1;
      return undefined;
    }
  };
  const wrap = (to: Telemetry): Telemetry => ({
    log: (input) => void attempt(() => to.log(input)),
    count: (name, labels, n) => void attempt(() => to.count(name, labels, n)),
    gauge: (name, labels, value) => void attempt(() => to.gauge(name, labels, value)),
    histogram: (name, labels, value) => void attempt(() => to.histogram(name, labels, value)),
    span: (name, startUs) => {
      const span = attempt(() => to.span(name, startUs));
      return { end: (endUs, fields) => void attempt(() => span?.end(endUs, fields)) };
    },
    with: (ids) => {
      const bound = attempt(() => to.with(ids));
      return bound === undefined ? wrap(to) : wrap(bound);
    },
  });
  return { telemetry: wrap(inner), failures: () => failures };
}
