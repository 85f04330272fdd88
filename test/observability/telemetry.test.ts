import {
  bufferTelemetry,
  CORRELATION_KEYS,
  correlate,
  correlationOf,
  createTelemetry,
  eventObserver,
  guardTelemetry,
  type LogRecord,
  metricRegistry,
  noCorrelation,
  noopTelemetry,
  type SpanRecord,
  STANDARD_METRICS,
  type Telemetry,
} from 'quantlaxmi/observability';
import { describe, expect, test } from 'vitest';
import type { EventInput } from '../../src/events/index.js';

const registry = () =>
  metricRegistry({ definitions: STANDARD_METRICS, seriesMax: 1000, labelLengthMax: 64 });

const inst = 'BINANCE:USDM:BTCUSDT';
const envelope = { sv: 1, rx: 7, ts: null, src: 'BINANCE' };

const gap: EventInput = {
  ...envelope,
  t: 'Session',
  body: { code: 'QL_VENUE_SEQUENCE_GAP', details: {}, inst, kind: 'gap' },
};
const trade: EventInput = {
  ...envelope,
  t: 'Trade',
  body: { aggressor: 'buy', inst, price: 1, qty: 1, tradeId: '1', venueSeq: null },
};
const decision: EventInput = {
  ...envelope,
  t: 'Decision',
  body: {
    cause: 1,
    decisionId: 'dec-1',
    features: {},
    intents: [],
    profile: '',
    regime: '',
    strategyId: 'maker',
  },
};
const risk: EventInput = {
  ...envelope,
  t: 'Risk',
  body: {
    cause: 1,
    checks: [],
    decisionId: 'dec-1',
    intentId: 'i',
    ladder: 'normal',
    riskDecisionId: 'risk-1',
    verdict: 'reject',
  },
};
const fill: EventInput = {
  ...envelope,
  t: 'Fill',
  body: {
    cause: 1,
    fee: 1,
    feeCurrency: 'USDT',
    feeExponent: -8,
    fillId: 'f',
    inst,
    liquidity: 'maker',
    orderId: 'ord-1',
    price: 1,
    qty: 1,
    side: 'buy',
  },
};

/** Telemetry that throws from every method, and one that returns what it must not. */
const throwing: Telemetry = {
  log: () => {
    throw new Error('log');
  },
  count: () => {
    throw new Error('count');
  },
  gauge: () => {
    throw new Error('gauge');
  },
  histogram: () => {
    throw new Error('histogram');
  },
  span: () => {
    throw new Error('span');
  },
  with: () => {
    throw new Error('with');
  },
};

function callAll(telemetry: Telemetry): readonly unknown[] {
  return [
    telemetry.log({ level: 'error', message: 'm', atUs: 1 }),
    telemetry.count('a_total', {}, 1),
    telemetry.gauge('b', {}, 1),
    telemetry.histogram('c', {}, 1),
    telemetry.span('s', 1).end(2),
    telemetry.with({ run_id: 'r' }).count('a_total', {}, 1),
  ];
}

describe('off the decision path', () => {
  test('OBSERVABILITY-1: a guard swallows and counts whatever telemetry throws', () => {
    const guarded = guardTelemetry(throwing);
    expect(callAll(guarded.telemetry)).toEqual(Array(6).fill(undefined));
    // One per call; `with` and the count on what it gave back are two.
    expect(guarded.failures()).toBe(7);
    expect(() => throwing.count('a_total', {}, 1)).toThrow('count');
  });

  test('OBSERVABILITY-1: what telemetry returns does not get through', () => {
    const leaking = {
      ...noopTelemetry(),
      count: () => 42,
      gauge: () => 42,
      histogram: () => 42,
      log: () => 42,
    } as unknown as Telemetry;
    expect(leaking.count('a_total', {}, 1)).toBe(42);
    const seen = callAll(guardTelemetry(leaking).telemetry);
    expect(seen.every((value) => value === undefined)).toBe(true);
  });

  test('OBSERVABILITY-1: a sink that throws does not reach the caller nor the other sinks', () => {
    const seen: LogRecord[] = [];
    const handle = createTelemetry({
      registry: registry(),
      minLevel: 'trace',
      sinks: [
        {
          log: () => {
            throw new Error('disk full');
          },
        },
        { log: (record) => void seen.push(record) },
      ],
    });
    handle.telemetry.log({ level: 'info', message: 'still here', atUs: 1 });
    expect(seen.map((record) => record.message)).toEqual(['still here']);
    expect(handle.failures()).toBe(1);
  });

  test('OBSERVABILITY-1: hostile label values are counted, not thrown', () => {
    const handle = createTelemetry({ registry: registry(), minLevel: 'trace', sinks: [] });
    const hostile = {
      type: {
        toString() {
          throw new Error('gotcha');
        },
      },
    } as unknown as Record<string, string>;
    handle.telemetry.count('quantlaxmi_events_total', hostile, 1);
    handle.telemetry.count('quantlaxmi_events_total', null as unknown as Record<string, string>, 1);
    expect(handle.failures()).toBe(2);
  });

  test('OBSERVABILITY-1: noop telemetry answers nothing and is always the same object', () => {
    expect(callAll(noopTelemetry())).toEqual(Array(6).fill(undefined));
    expect(noopTelemetry().with({ run_id: 'x' })).toBe(noopTelemetry());
  });
});

describe('correlation', () => {
  test('OBSERVABILITY-2: every log record and span holds all eight ids', () => {
    const logs: LogRecord[] = [];
    const spans: SpanRecord[] = [];
    const { telemetry } = createTelemetry({
      registry: registry(),
      minLevel: 'trace',
      ids: { session_id: 's-1' },
      sinks: [{ log: (r) => void logs.push(r), span: (r) => void spans.push(r) }],
    });
    const bound = telemetry.with({ run_id: 'r-1' }).with({ order_id: 'o-1' });
    bound.log({ level: 'info', message: 'm', atUs: 1 });
    const span = bound.span('flush', 10);
    span.end(15, { bytes: 3 });
    span.end(99);
    const expected = { ...noCorrelation, session_id: 's-1', run_id: 'r-1', order_id: 'o-1' };
    expect(logs).toEqual([{ level: 'info', message: 'm', atUs: 1, fields: {}, ids: expected }]);
    expect(spans).toEqual([
      { name: 'flush', startUs: 10, endUs: 15, fields: { bytes: 3 }, ids: expected },
    ]);
    expect(Object.keys(logs[0]?.ids ?? {}).sort()).toEqual([...CORRELATION_KEYS].sort());
  });

  test('OBSERVABILITY-2: only the eight names are taken over', () => {
    const patch = { run_id: 'r', password: 'x' } as Partial<typeof noCorrelation>;
    expect(Object.keys(correlate(noCorrelation, patch)).sort()).toEqual(
      [...CORRELATION_KEYS].sort(),
    );
  });

  test.each([
    ['Trade', trade, { venue: 'BINANCE', symbol: 'BTCUSDT' }],
    ['Session', gap, { venue: 'BINANCE', symbol: 'BTCUSDT' }],
    ['Decision', decision, { decision_id: 'dec-1', strategy_id: 'maker' }],
    ['Risk', risk, { decision_id: 'dec-1', risk_decision_id: 'risk-1' }],
    ['Fill', fill, { venue: 'BINANCE', symbol: 'BTCUSDT', order_id: 'ord-1' }],
  ])('OBSERVABILITY-2: ids of a %s come from its body', (_t, event, own) => {
    const base = correlate(noCorrelation, { session_id: 's', run_id: 'r' });
    expect(correlationOf(event, base)).toEqual({ ...base, ...own });
  });

  test('an instrument name of another shape is the symbol itself', () => {
    const odd = { ...trade, body: { ...trade.body, inst: 'ODD' } } as EventInput;
    expect(correlationOf(odd, noCorrelation)).toEqual({ ...noCorrelation, symbol: 'ODD' });
  });
});

describe('observing events', () => {
  test('OBSERVABILITY-2: counters and records of logged events carry their ids', () => {
    const buffer = bufferTelemetry({ capacity: 100 });
    const ids = correlate(noCorrelation, { session_id: 's', run_id: 'r' });
    const observe = eventObserver({ telemetry: buffer.telemetry, ids });
    observe([trade, trade, gap, decision, risk, fill]);
    observe([trade]);
    const counted = buffer
      .samples()
      .filter((sample) => sample.name === 'quantlaxmi_events_total')
      .map((sample) => [sample.labels['type'], sample.value, sample.ids.symbol]);
    expect(counted).toEqual([
      ['Session', 1, 'BTCUSDT'],
      ['Decision', 1, ''],
      ['Risk', 1, ''],
      ['Fill', 1, 'BTCUSDT'],
      ['Trade', 2, 'BTCUSDT'],
      ['Trade', 1, 'BTCUSDT'],
    ]);
    expect(buffer.samples().every((sample) => sample.ids.run_id === 'r')).toBe(true);
    expect(buffer.logs().map((record) => [record.level, record.ids.risk_decision_id])).toEqual([
      ['warn', ''],
      ['debug', ''],
      ['warn', 'risk-1'],
      ['debug', ''],
    ]);
  });

  test('every metric it reports is a standard metric', () => {
    const metrics = registry();
    const { telemetry, failures } = createTelemetry({
      registry: metrics,
      minLevel: 'trace',
      sinks: [],
    });
    const malformed = { ...gap, body: { ...gap.body, kind: 'malformed' } } as EventInput;
    eventObserver({ telemetry, ids: noCorrelation })([trade, gap, malformed, decision, risk, fill]);
    expect(failures()).toBe(0);
    expect(Object.values(metrics.rejected()).every((n) => n === 0)).toBe(true);
    const gaps = metrics.read().find((f) => f.definition.name === 'quantlaxmi_gaps_total');
    expect([...(gaps?.series ?? [])]).toEqual([
      { labelValues: ['', '', 'BINANCE', 'BTCUSDT'], value: 1, buckets: [], exemplar: null },
    ]);
  });
});

describe('buffer', () => {
  test('OBSERVABILITY-4: a full buffer drops its oldest entries and counts them', () => {
    const { telemetry, logs, samples, dropped } = bufferTelemetry({ capacity: 2 });
    for (let i = 0; i < 5; i++) telemetry.log({ level: 'info', message: `m${i}`, atUs: i });
    expect(logs().map((record) => record.message)).toEqual(['m3', 'm4']);
    expect(dropped()).toBe(3);
    expect(samples()).toEqual([]);
  });

  test('keeps spans and copies what it is given', () => {
    const { telemetry, spans, samples } = bufferTelemetry({ capacity: 2, ids: { venue: 'V' } });
    const labels = { a: '1' };
    telemetry.gauge('g', labels, 3);
    labels.a = '2';
    telemetry.span('s', 1).end(4);
    expect(samples()[0]).toMatchObject({ kind: 'gauge', labels: { a: '1' }, value: 3 });
    expect(spans()[0]).toMatchObject({ startUs: 1, endUs: 4, ids: { venue: 'V' } });
  });
});

test('records below the lowest level are not given to the sinks', () => {
  const seen: string[] = [];
  const { telemetry } = createTelemetry({
    registry: registry(),
    minLevel: 'warn',
    sinks: [{ log: (record) => void seen.push(record.level) }],
  });
  for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) {
    telemetry.log({ level, message: 'm', atUs: 1 });
  }
  expect(seen).toEqual(['warn', 'error', 'fatal']);
});
