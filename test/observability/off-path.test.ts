import {
  bufferTelemetry,
  eventObserver,
  noCorrelation,
  noopTelemetry,
  type Telemetry,
} from 'quantlaxmi/observability';
import { expect, test } from 'vitest';
import { erratic, quotesAt, runAll } from '../strategy/lib.js';

const broken = new Proxy(noopTelemetry(), {
  get: () => () => {
    throw new Error('telemetry is broken');
  },
});

/** A run of a strategy that places, cancels and waits at random, watched by `telemetry`. */
async function watched(telemetry: Telemetry) {
  const observe = eventObserver({ telemetry, ids: noCorrelation });
  const events = quotesAt(...Array.from({ length: 200 }, (_, i) => 1000 + i * 500));
  const { summary, records } = await runAll(erratic, events, {
    observer: (record) => observe([record]),
  });
  return { summary, records };
}

test('OBSERVABILITY-1: a run with broken telemetry decides as one without', async () => {
  const silent = await watched(noopTelemetry());
  const buffer = bufferTelemetry({ capacity: 10_000 });
  const heard = await watched(buffer.telemetry);
  const failing = await watched(broken);
  expect(silent.summary.orders).toBeGreaterThan(0);
  expect(heard).toEqual(silent);
  expect(failing).toEqual(silent);
  // The control: something was reported, and broken telemetry does throw.
  const decisions = buffer.samples().filter((one) => one.name === 'quantlaxmi_decisions_total');
  expect(decisions).toHaveLength(silent.summary.decisions);
  expect(() => broken.count('x_total', {}, 1)).toThrow('telemetry is broken');
});
