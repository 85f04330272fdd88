/**
 * Telemetry that keeps what it is told, for tests and for reports at the end of a run.
 * @module
 */
import { type CorrelationIds, correlate, noCorrelation } from './correlation.js';
import type { LogInput, LogRecord, MetricLabels, SpanRecord, Telemetry } from './telemetry.js';

/** One metric sample as it was reported. */
export interface MetricSample {
  readonly kind: 'count' | 'gauge' | 'histogram';
  readonly name: string;
  readonly labels: MetricLabels;
  readonly value: number;
  readonly ids: CorrelationIds;
}

/** A bounded record of everything reported; the oldest entries are dropped first. */
export interface BufferTelemetry {
  readonly telemetry: Telemetry;
  /** The log records kept, oldest first. */
  readonly logs: () => readonly LogRecord[];
  /** The ended spans kept, oldest first. */
  readonly spans: () => readonly SpanRecord[];
  /** The metric samples kept, oldest first. */
  readonly samples: () => readonly MetricSample[];
  /** Entries dropped because a list was full. */
  readonly dropped: () => number;
}

/** Options of {@link bufferTelemetry}. */
export interface BufferTelemetryOptions {
  /** Most entries kept per kind (logs, spans, samples). */
  readonly capacity: number;
  readonly ids?: Partial<CorrelationIds>;
}

/**
 * Telemetry that keeps its last `capacity` logs, spans and samples.
 *
 * @param options - capacity per kind and ids to start with
 * @returns the telemetry and readers of what it holds
 *
 * @example
 * ```ts
 * import { bufferTelemetry } from 'quantlaxmi/observability';
 * const buffer = bufferTelemetry({ capacity: 100, ids: { run_id: 'run-1' } });
 * buffer.telemetry.log({ level: 'info', message: 'started', atUs: 1 });
 * buffer.logs()[0]?.ids.run_id; // => 'run-1'
 * ```
 */
export function bufferTelemetry(options: BufferTelemetryOptions): BufferTelemetry {
  const logs: LogRecord[] = [];
  const spans: SpanRecord[] = [];
  const samples: MetricSample[] = [];
  let dropped = 0;
  const keep = <T>(list: T[], entry: T): void => {
    list.push(entry);
    if (list.length > options.capacity) {
      list.shift();
      dropped += 1;
    }
  };
  const bind = (ids: CorrelationIds): Telemetry => {
    const sample =
      (kind: MetricSample['kind']) =>
      (name: string, labels: MetricLabels, value: number): void =>
        keep(samples, { kind, name, labels: { ...labels }, value, ids });
    return Object.freeze({
      log: (input: LogInput) => keep(logs, { ...input, fields: { ...input.fields }, ids }),
      count: sample('count'),
      gauge: sample('gauge'),
      histogram: sample('histogram'),
      span: (name: string, startUs: number) => {
        let open = true;
        return {
          end: (endUs: number, fields: SpanRecord['fields'] = {}) => {
            if (open) keep(spans, { name, startUs, endUs, fields: { ...fields }, ids });
            open = false;
          },
        };
      },
      with: (patch: Partial<CorrelationIds>) => bind(correlate(ids, patch)),
    });
  };
  return {
    telemetry: bind(correlate(noCorrelation, options.ids ?? {})),
    logs: () => logs.slice(),
    spans: () => spans.slice(),
    samples: () => samples.slice(),
    dropped: () => dropped,
  };
}
