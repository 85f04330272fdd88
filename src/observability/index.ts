/**
 * Ports for logs, metrics and spans, with the eight correlation ids on every record.
 * Nothing here can reach back into a decision.
 * @module
 */
export {
  type BufferTelemetry,
  type BufferTelemetryOptions,
  bufferTelemetry,
  type MetricSample,
} from './buffer.js';
export {
  CORRELATION_KEYS,
  type CorrelationIds,
  type CorrelationKey,
  correlate,
  correlationOf,
  noCorrelation,
} from './correlation.js';
export {
  createTelemetry,
  guardTelemetry,
  type TelemetryHandle,
  type TelemetryOptions,
} from './create-telemetry.js';
export {
  type ExpositionFormat,
  OPENMETRICS_CONTENT_TYPE,
  PROMETHEUS_CONTENT_TYPE,
  renderOpenMetrics,
  renderPrometheus,
  renderPrometheusSlices,
} from './exposition.js';
export type { MetricDefinition, MetricFamily, MetricKind, MetricSeries } from './metric.js';
export { STANDARD_METRICS } from './metrics.data.js';
export { type EventObserverOptions, eventObserver } from './observe.js';
export {
  type MetricRegistry,
  type MetricRegistryOptions,
  metricRegistry,
  REJECT_REASONS,
  type RejectReason,
  type SeriesHandle,
} from './registry.js';
export {
  type FieldValue,
  LOG_LEVELS,
  type LogFields,
  type LogInput,
  type LogLevel,
  type LogRecord,
  levelAtLeast,
  type MetricLabels,
  noopTelemetry,
  type Span,
  type SpanRecord,
  type Telemetry,
  type TelemetrySink,
} from './telemetry.js';
