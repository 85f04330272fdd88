import { PassThrough, Writable } from 'node:stream';
import fc from 'fast-check';
import { Secret } from 'quantlaxmi/core';
import { CORRELATION_KEYS, createTelemetry, metricRegistry } from 'quantlaxmi/observability';
import { describe, expect, test } from 'vitest';
import { consoleSink, jsonLogSink } from '../../src/node/json-log.js';

/** Any UTF-16 code units, controls and lone surrogates included. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xa0 }), fc.integer({ min: 0, max: 0xffff })))
  .map((units) => String.fromCharCode(...units));

const read = (stream: PassThrough): string => String(stream.read() ?? '');

function open(make: typeof jsonLogSink, bufferedBytesMax = 1_000_000) {
  const stream = new PassThrough({ highWaterMark: 10_000_000 });
  const sink = make({ stream, bufferedBytesMax });
  const { telemetry, failures } = createTelemetry({
    registry: metricRegistry({ definitions: [], seriesMax: 1, labelLengthMax: 1 }),
    sinks: [sink],
    minLevel: 'trace',
    ids: { session_id: 'ses-1', run_id: 'run-1' },
  });
  return { stream, sink, telemetry, failures };
}

describe('JSON lines', () => {
  test('OBSERVABILITY-2: a line holds time, level, message, all eight ids and the fields', () => {
    const { stream, telemetry } = open(jsonLogSink);
    telemetry.with({ symbol: 'BTCUSDT' }).log({
      level: 'warn',
      message: 'feed is late',
      atUs: 1_723_161_254_000_123,
      fields: { latencyUs: 12, exact: 2n ** 60n, ok: true, none: null },
    });
    const record = JSON.parse(read(stream)) as Record<string, unknown>;
    expect(record).toMatchObject({
      time: '2024-08-08T23:54:14.000123Z',
      at_us: 1_723_161_254_000_123,
      level: 'warn',
      message: 'feed is late',
      session_id: 'ses-1',
      run_id: 'run-1',
      symbol: 'BTCUSDT',
      fields: { latencyUs: 12, exact: '1152921504606846976', ok: true, none: null },
    });
    for (const key of CORRELATION_KEYS) expect(record[key]).toBeTypeOf('string');
  });

  test('a span is a line with its duration', () => {
    const { stream, telemetry } = open(jsonLogSink);
    telemetry.span('flush', 100).end(350, { bytes: 4 });
    expect(JSON.parse(read(stream))).toMatchObject({
      span: 'flush',
      at_us: 100,
      duration_us: 250,
      run_id: 'run-1',
      fields: { bytes: 4 },
    });
  });

  test('OBSERVABILITY-7: any message and field gives one parsable line without controls', () => {
    const { stream, telemetry, failures } = open(jsonLogSink);
    fc.assert(
      fc.property(anyText, anyText, (message, value) => {
        telemetry.log({ level: 'info', message, atUs: 1, fields: { [value]: message } });
        const text = read(stream);
        expect(text.endsWith('\n')).toBe(true);
        expect(text.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        expect(() => JSON.parse(text)).not.toThrow();
        expect(failures()).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test('OBSERVABILITY-7: secrets are never written, by wrapper or by name, at any depth', () => {
    const { stream, telemetry } = open(jsonLogSink);
    const hidden = 'canary-0123456789';
    const fields = {
      key: new Secret(hidden),
      apiKey: hidden,
      api_secret: hidden,
      Password: hidden,
      accessToken: hidden,
      Authorization: hidden,
      nested: { request: { password: hidden, wrapped: new Secret(hidden) } },
      visible: 'canary-visible',
    } as unknown as Record<string, string>;
    telemetry.log({ level: 'info', message: 'm', atUs: 1, fields });
    const text = read(stream);
    expect(text).not.toContain(hidden);
    expect(text).toContain('canary-visible');
    expect((JSON.parse(text) as { fields: unknown }).fields).toMatchObject({
      key: '[secret]',
      apiKey: '[secret]',
      Authorization: '[secret]',
    });
  });

  test('OBSERVABILITY-7: values that cannot be written as JSON are shown, not thrown', () => {
    const { stream, telemetry, failures } = open(jsonLogSink);
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    const fields = {
      loop,
      fn: () => 1,
      symbol: Symbol('s'),
      nan: Number.NaN,
      error: new RangeError('no'),
      undef: undefined,
      long: 'x'.repeat(10_000),
    } as unknown as Record<string, string>;
    telemetry.log({ level: 'info', message: 'm', atUs: Number.NaN, fields });
    const record = JSON.parse(read(stream)) as { time: string; fields: Record<string, string> };
    expect(failures()).toBe(0);
    expect(record.time).toBe('NaN');
    expect(record.fields).toMatchObject({
      loop: '[object]',
      fn: '[function]',
      symbol: '[symbol]',
      nan: 'NaN',
      error: 'RangeError: no',
      undef: '[undefined]',
    });
    expect(record.fields['long']?.length).toBeLessThan(3000);
  });
});

describe('slow and broken streams', () => {
  test('OBSERVABILITY-7: a slow reader drops records, counts them, then reports them', () => {
    const held: (() => void)[] = [];
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        held.push(done);
      },
    });
    const sink = jsonLogSink({ stream, bufferedBytesMax: 2000 });
    const { telemetry } = createTelemetry({
      registry: metricRegistry({ definitions: [], seriesMax: 1, labelLengthMax: 1 }),
      sinks: [sink],
      minLevel: 'trace',
    });
    for (let i = 0; i < 100; i++) telemetry.log({ level: 'info', message: `m${i}`, atUs: i });
    expect(sink.dropped()).toBeGreaterThan(80);
    expect(stream.writableLength).toBeLessThan(4000);
    const before = sink.dropped();
    // The reader catches up.
    const drain = () => {
      for (let done = held.shift(); done !== undefined; done = held.shift()) done();
    };
    return new Promise<void>((resolve) => {
      const step = (): void => {
        drain();
        if (stream.writableLength > 0) setImmediate(step);
        else {
          telemetry.log({ level: 'info', message: 'again', atUs: 1 });
          drain();
          setImmediate(() => {
            drain();
            expect(lines.join('')).toContain(`"dropped":${before}`);
            expect(lines.at(-1)).toContain('again');
            expect(sink.dropped()).toBe(before);
            resolve();
          });
        }
      };
      step();
    });
  });

  test('OBSERVABILITY-7: a failing stream drops records and throws nothing', async () => {
    const failing = new Writable({
      write(_chunk, _encoding, done) {
        done(new Error('EPIPE'));
      },
    });
    const sink = jsonLogSink({ stream: failing, bufferedBytesMax: 1000 });
    const record = { level: 'info', message: 'm', atUs: 1, fields: {} } as const;
    const ids = Object.fromEntries(CORRELATION_KEYS.map((key) => [key, ''])) as never;
    sink.log({ ...record, ids });
    await new Promise((resolve) => setImmediate(resolve));
    sink.log({ ...record, ids });
    expect(sink.dropped()).toBe(1);
  });
});

describe('terminal', () => {
  test('OBSERVABILITY-7: one line, controls escaped, unset ids left out, secrets hidden', () => {
    const { stream, telemetry } = open(consoleSink);
    telemetry.log({
      level: 'error',
      message: 'bad\u001b[2Jname\nnext',
      atUs: 0,
      fields: { text: 'two words', n: 3, token: 'abc', list: [1] as unknown as string },
    });
    telemetry.span('flush', 0).end(4);
    expect(read(stream)).toBe(
      '1970-01-01T00:00:00.000000Z ERROR bad\\u001b[2Jname\\u000anext text="two words" n=3 ' +
        'token=[secret] list=[1] session_id=ses-1 run_id=run-1\n' +
        '1970-01-01T00:00:00.000000Z SPAN  flush duration_us=4 session_id=ses-1 run_id=run-1\n',
    );
  });
});
