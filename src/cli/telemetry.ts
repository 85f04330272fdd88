/**
 * Logs and metrics of a command, off the decision path.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import { consoleSink, jsonLogSink, prometheusExporter } from '../node/index.js';
import {
  createTelemetry,
  metricRegistry,
  STANDARD_METRICS,
  type Telemetry,
  type TelemetrySink,
} from '../observability/index.js';

const BUFFERED_BYTES_MAX = 1024 * 1024;

/** Telemetry of a running command. */
export interface CommandTelemetry {
  readonly telemetry: Telemetry;
  readonly close: () => Promise<void>;
}

const sinkOf = (format: string): TelemetrySink => {
  const options = { stream: process.stderr, bufferedBytesMax: BUFFERED_BYTES_MAX };
  if (format === 'json') return jsonLogSink(options);
  if (format === 'text') return consoleSink(options);
  throw new QuantlaxmiError('QL_BAD_INPUT', `--log ${format}: expected json or text`);
};

/** Opens what the flags ask for; `close` must be called at the end. */
export const openTelemetry = async (flags: {
  readonly log?: string;
  readonly metrics?: number;
}): Promise<CommandTelemetry> => {
  const registry = metricRegistry({
    definitions: STANDARD_METRICS,
    seriesMax: 10_000,
    labelLengthMax: 128,
  });
  const sinks = flags.log === undefined ? [] : [sinkOf(flags.log)];
  const { telemetry } = createTelemetry({ registry, sinks, minLevel: 'debug' });
  if (flags.metrics === undefined) return { telemetry, close: async () => undefined };
  const exporter = await prometheusExporter({
    registry,
    host: '127.0.0.1',
    port: flags.metrics,
    onListenError: 'throw',
  });
  process.stderr.write(`metrics at ${exporter.url}\n`);
  return { telemetry, close: () => exporter.close() };
};
