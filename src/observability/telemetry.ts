/**
 * The telemetry port. Every method returns nothing a caller could decide on, so that what is
 * observed can never change what is done.
 * @module
 */
import type { CorrelationIds } from './correlation.js';

/** Severity, lowest first. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** Severity of a log record. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A value of a log field. Anything else a caller slips in is shown as text by the sinks. */
export type FieldValue = string | number | bigint | boolean | null;

/** Named values of a log record. */
export type LogFields = Readonly<Record<string, FieldValue>>;

/** Labels of a metric sample. */
export type MetricLabels = Readonly<Record<string, string>>;

/** What a caller logs. */
export interface LogInput {
  readonly level: LogLevel;
  /** What happened, in plain words; constant text, values go into `fields`. */
  readonly message: string;
  /** When, µs since the epoch, on the caller's clock. */
  readonly atUs: number;
  readonly fields?: LogFields;
}

/** A log record as a sink gets it: whole, with all eight ids. */
export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly atUs: number;
  readonly fields: LogFields;
  readonly ids: CorrelationIds;
}

/** A finished span as a sink gets it. */
export interface SpanRecord {
  readonly name: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly fields: LogFields;
  readonly ids: CorrelationIds;
}

/** Where records go. A sink may be slow or broken: whoever calls it guards itself. */
export interface TelemetrySink {
  /** Takes one log record. */
  readonly log: (record: LogRecord) => void;
  /** Takes one ended span. */
  readonly span?: (record: SpanRecord) => void;
}

/** An operation under way. */
export interface Span {
  /** Ends it. A second call does nothing. */
  readonly end: (endUs: number, fields?: LogFields) => void;
}

/**
 * The port the other rooms write to. No method throws, none returns a value of a metric.
 */
export interface Telemetry {
  /** Logs one record under the bound ids. */
  readonly log: (input: LogInput) => void;
  /** Adds `n` ≥ 0 to a counter. */
  readonly count: (name: string, labels: MetricLabels, n: number) => void;
  /** Sets a gauge. */
  readonly gauge: (name: string, labels: MetricLabels, value: number) => void;
  /** Adds one observation to a histogram. */
  readonly histogram: (name: string, labels: MetricLabels, value: number) => void;
  /** Starts a span at `startUs` (µs since the epoch). */
  readonly span: (name: string, startUs: number) => Span;
  /** The same telemetry with more ids bound. */
  readonly with: (ids: Partial<CorrelationIds>) => Telemetry;
}

const idleSpan: Span = Object.freeze({ end: () => undefined });

/**
 * Telemetry that does nothing.
 *
 * @returns the same frozen object every time
 *
 * @example
 * ```ts
 * import { noopTelemetry } from 'quantlaxmi/observability';
 * noopTelemetry().count('quantlaxmi_events_total', { type: 'Quote' }, 1); // => undefined
 * ```
 */
export const noopTelemetry = (): Telemetry => NOOP;

const NOOP: Telemetry = Object.freeze({
  log: () => undefined,
  count: () => undefined,
  gauge: () => undefined,
  histogram: () => undefined,
  span: () => idleSpan,
  with: () => NOOP,
});

/**
 * Whether a level is at least another.
 *
 * @example
 * ```ts
 * import { levelAtLeast } from 'quantlaxmi/observability';
 * levelAtLeast('warn', 'info'); // => true
 * ```
 */
export const levelAtLeast = (level: LogLevel, floor: LogLevel): boolean =>
  LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(floor);
