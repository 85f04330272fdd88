/** Log sinks over a stream: JSON lines for machines, plain text for people. @module */
import type { Writable } from 'node:stream';
import { escapeControl, Secret } from '../core/index.js';
import {
  CORRELATION_KEYS,
  type LogRecord,
  type SpanRecord,
  type TelemetrySink,
} from '../observability/index.js';

/** Longest field value or message written, in characters. */
const TEXT_CHARS_MAX = 2048;
/** Most fields written per record. */
const FIELDS_MAX = 64;

/** Names whose values are never written, whatever they hold. */
const SECRET_NAME =
  /secret|passw|credential|authorization|cookie|api[-_]?key|private[-_]?key|(?:^|[-_.])token|[a-z]Token/i;

/** Options of {@link jsonLogSink} and {@link consoleSink}. */
export interface LogSinkOptions {
  /** Where lines go, e.g. `process.stderr`. */
  readonly stream: Writable;
  /** Bytes the stream may hold back; beyond it records are dropped and counted. */
  readonly bufferedBytesMax: number;
}

/** A sink that knows what it dropped. */
export interface StreamLogSink extends TelemetrySink {
  /** Records that were not written: the reader is too slow, or the stream has failed. */
  readonly dropped: () => number;
}

const cut = (text: string): string =>
  text.length <= TEXT_CHARS_MAX ? text : `${text.slice(0, TEXT_CHARS_MAX)}…`;

/** A field value as it may be written: a JSON number, boolean, null, or bounded safe text. */
function safeValue(name: string, value: unknown): string | number | boolean | null {
  if (value === null || typeof value === 'boolean') return value;
  if (value instanceof Secret || SECRET_NAME.test(name)) return '[secret]';
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string') return escapeControl(cut(value));
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Error) return escapeControl(cut(`${value.name}: ${value.message}`));
  if (typeof value !== 'object') return `[${typeof value}]`;
  try {
    const text = JSON.stringify(value, (key, inner: unknown) =>
      key !== '' && SECRET_NAME.test(key)
        ? '[secret]'
        : typeof inner === 'bigint'
          ? String(inner)
          : inner,
    );
    return escapeControl(cut(text ?? '[object]'));
  } catch {
    return '[object]';
  }
}

function safeFields(fields: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(fields)
    .slice(0, FIELDS_MAX)
    .map(([name, value]) => [escapeControl(cut(name)), safeValue(name, value)]);
}

/** Microseconds as ISO 8601 with all six digits; the plain number when no date has that value. */
function isoMicros(atUs: number): string {
  if (!Number.isSafeInteger(atUs) || Math.abs(atUs) > 8_640_000_000_000_000) return String(atUs);
  const ms = Math.floor(atUs / 1000);
  const micros = String(atUs - ms * 1000).padStart(3, '0');
  return `${new Date(ms).toISOString().slice(0, -1)}${micros}Z`;
}

/** Writes lines; never blocks, never throws, never lets a slow reader grow the process. */
function lineWriter(options: LogSinkOptions) {
  const { stream, bufferedBytesMax } = options;
  let dropped = 0;
  let unreported = 0;
  let failed = false;
  stream.on('error', () => {
    failed = true;
  });
  return {
    dropped: () => dropped,
    write(line: () => string, droppedLine: (n: number) => string): void {
      try {
        if (failed || !stream.writable || stream.writableLength > bufferedBytesMax) {
          dropped += 1;
          unreported += 1;
          return;
        }
        const text = line();
        if (unreported > 0) {
          const notice = droppedLine(unreported);
          unreported = 0;
          stream.write(`${notice}\n`);
        }
        stream.write(`${text}\n`);
      } catch {
        dropped += 1;
        unreported += 1;
      }
    },
  };
}

const jsonRecord = (record: LogRecord): string =>
  JSON.stringify({
    time: isoMicros(record.atUs),
    at_us: record.atUs,
    level: record.level,
    message: escapeControl(cut(record.message)),
    ...jsonIds(record.ids),
    fields: Object.fromEntries(safeFields(record.fields)),
  });

const jsonSpan = (span: SpanRecord): string =>
  JSON.stringify({
    time: isoMicros(span.startUs),
    at_us: span.startUs,
    span: escapeControl(cut(span.name)),
    duration_us: span.endUs - span.startUs,
    ...jsonIds(span.ids),
    fields: Object.fromEntries(safeFields(span.fields)),
  });

const jsonIds = (ids: LogRecord['ids']): Record<string, string> =>
  Object.fromEntries(CORRELATION_KEYS.map((key) => [key, escapeControl(cut(ids[key]))]));

const droppedJson = (n: number): string =>
  JSON.stringify({ level: 'warn', message: 'log records dropped', fields: { dropped: n } });

/**
 * Log records as JSON lines: time, level, message, all eight correlation ids, fields. Control
 * characters are shown as escapes, secrets as `[secret]`, values longer than 2,048 characters cut.
 *
 * @param options - the stream and how much it may hold back
 * @returns a sink for `createTelemetry`
 * @example
 * ```ts
 * import { PassThrough } from 'node:stream';
 * import { jsonLogSink } from 'quantlaxmi/node';
 * import { noCorrelation } from 'quantlaxmi/observability';
 *
 * const stream = new PassThrough();
 * const sink = jsonLogSink({ stream, bufferedBytesMax: 65536 });
 * sink.log({ level: 'info', message: 'started', atUs: 0, ids: noCorrelation, fields: {} });
 * JSON.parse(String(stream.read())).time; // => '1970-01-01T00:00:00.000000Z'
 * ```
 */
export function jsonLogSink(options: LogSinkOptions): StreamLogSink {
  const writer = lineWriter(options);
  return {
    log: (record) => writer.write(() => jsonRecord(record), droppedJson),
    span: (span) => writer.write(() => jsonSpan(span), droppedJson),
    dropped: writer.dropped,
  };
}

/** `name=value` pairs; text with blanks is quoted. */
function pairs(entries: readonly (readonly [string, unknown])[]): string {
  return entries
    .filter(([, value]) => value !== '')
    .map(([name, value]) => {
      const text = String(value);
      return ` ${name}=${/[\s"=]/.test(text) ? JSON.stringify(text) : text}`;
    })
    .join('');
}

/**
 * Log records as one plain line each, for a terminal. Ids that are not set are left out.
 *
 * @param options - the stream and how much it may hold back
 * @returns a sink for `createTelemetry`
 * @example
 * ```ts
 * import { consoleSink } from 'quantlaxmi/node';
 *
 * const sink = consoleSink({ stream: process.stderr, bufferedBytesMax: 65536 });
 * sink.dropped(); // => 0
 * ```
 */
export function consoleSink(options: LogSinkOptions): StreamLogSink {
  const writer = lineWriter(options);
  const idPairs = (ids: LogRecord['ids']): string =>
    pairs(CORRELATION_KEYS.map((key) => [key, escapeControl(cut(ids[key]))]));
  const droppedLine = (n: number): string => `WARN  log records dropped dropped=${n}`;
  return {
    log: ({ atUs, level, message, ids, fields }) =>
      writer.write(
        () =>
          `${isoMicros(atUs)} ${level.toUpperCase().padEnd(5)} ${escapeControl(cut(message))}` +
          `${pairs(safeFields(fields))}${idPairs(ids)}`,
        droppedLine,
      ),
    span: ({ name, startUs, endUs, ids, fields }) =>
      writer.write(
        () =>
          `${isoMicros(startUs)} SPAN  ${escapeControl(cut(name))} duration_us=${endUs - startUs}` +
          `${pairs(safeFields(fields))}${idPairs(ids)}`,
        droppedLine,
      ),
    dropped: writer.dropped,
  };
}
