import {
  type G0Config,
  type GateCheck,
  g0DataTruth,
  g0Defaults,
  runGates,
  verdictOf,
} from 'quantlaxmi/gates';
import { describe, expect, test } from 'vitest';
import type { Event, EventInput } from '../../src/events/index.js';
import { at, clean, damages, insert, rxOf } from './g0-damages.data.js';
import { INST, instrument, nth, numbered, sessionFact, withBody } from './session-builder.js';

async function judge(
  events: readonly Event[],
  options: {
    config?: Partial<G0Config>;
    universe?: readonly string[] | null;
    lastSeq?: number;
  } = {},
): Promise<readonly GateCheck[]> {
  const { config = {}, universe = [INST], lastSeq = events.at(-1)?.seq ?? 0 } = options;
  const gate = g0DataTruth({ ...g0Defaults, ...config });
  const session = {
    universe,
    end: { lastSeq },
    async *events() {
      for (let i = 0; i < events.length; i += 7) yield events.slice(i, i + 7);
    },
  };
  const [report] = await runGates([gate], { session });
  return report?.checks ?? [];
}

const NO_THRESHOLD: ReadonlySet<string> = new Set([
  'session.substance',
  'session.complete',
  'session.salvaged',
]);

const notPassed = (checks: readonly GateCheck[]): [string, string, number | string][] =>
  checks
    .filter((check) => check.verdict !== 'pass')
    .map((check) => [check.id, check.verdict, check.observed]);

describe('G0', () => {
  test('GATES-1: clean data passes every check', async () => {
    const checks = await judge(numbered(clean));
    expect(notPassed(checks)).toEqual([]);
    expect(verdictOf(checks)).toBe('pass');
  });

  test.each(damages)('GATES-1: $name', async ({ events, expected, universe, config, lastSeq }) => {
    const checks = await judge(events, {
      ...(lastSeq === undefined ? {} : { lastSeq }),
      ...(universe === undefined ? {} : { universe }),
      ...(config === undefined ? {} : { config }),
    });
    expect(notPassed(checks)).toEqual(expected);
  });

  test('GATES-1: every check has a damage that turns it', async () => {
    const ids = (await judge(numbered(clean))).map((check) => check.id);
    const turned = new Set(
      damages.flatMap(({ expected }) =>
        expected
          .filter(([, verdict]) => verdict === 'fail' || verdict === 'warn')
          .map(([id]) => id),
      ),
    );
    // Time only steps back by a fault of the log's writer, which the damage above makes by hand.
    expect(ids.filter((id) => !turned.has(id))).toEqual([]);
  });

  test('GATES-2: an end that nobody declared is not judged, and not passed', async () => {
    const session = {
      universe: null,
      async *events() {
        yield numbered(clean).slice(0, 60);
      },
    };
    const [report] = await runGates([g0DataTruth(g0Defaults)], { session });
    const judged = report?.checks.filter(({ verdict }) => verdict === 'notApplicable');
    expect(judged?.map(({ id, detail }) => [id, detail])).toEqual([
      ['session.complete', 'no end was declared'],
      ['instrument.coverage', 'no universe was declared'],
      ['instrument.extra', 'no universe was declared'],
    ]);
  });

  test('GATES-1: a log without any event does not end where it should', async () => {
    const complete = (await judge([], { lastSeq: 3 })).find(({ id }) => id === 'session.complete');
    expect([complete?.verdict, complete?.observed]).toEqual(['fail', 'seq 0, nothing']);
  });

  test('a session that never says start need not say stop', async () => {
    const inputs = clean.slice(1, -1);
    expect(notPassed(await judge(numbered(inputs)))).toEqual([]);
  });

  test('the first offending seq is named', async () => {
    const events = numbered(withBody(clean, { t: 'Trade', n: 5 }, { price: 616_008 }));
    const checks = await judge(events);
    const found = checks.find((check) => check.id === 'price.tick');
    const seq = events[nth(events, 'Trade', 5)]?.seq;
    expect(found?.detail).toBe(`First at seq ${seq}: ${INST} price 616008, tick 5.`);
  });

  test('clock skew is named and measured per stream', async () => {
    const events = numbered(
      clean.map((input) => ({ ...input, ts: input.ts === null ? null : input.rx + 1_270_000 })),
    );
    const skew = (await judge(events)).find((check) => check.id === 'clock.skew');
    expect(skew?.detail).toContain('Negative latency (clock skew)');
    expect(skew?.detail).toContain(`${INST} Trade -1270000/-1270000/-1270000`);
  });

  test('new exponents make the book and the last quote void', async () => {
    const inputs = insert(at('Trade', 20), {
      ...(clean[1] as EventInput),
      rx: rxOf(at('Trade', 20)),
      body: instrument({ priceExponent: -2, tick: 10 }),
    } as EventInput);
    const checks = await judge(numbered(inputs));
    // Old mantissas at the new exponent would be compared as prices ten times lower.
    expect(notPassed(checks).map(([id]) => id)).not.toContain('trade.outsideBook');
    expect(notPassed(checks).map(([id]) => id)).toContain('book.rebuild');
  });

  test('a lost connection makes the book void until the next snapshot', async () => {
    const place = at('BookDelta', 20);
    const lost = insert(place, sessionFact(rxOf(place), { kind: 'disconnected' }));
    expect(notPassed(await judge(numbered(lost))).map(([id]) => id)).toEqual(['book.rebuild']);
    const ended = { kind: 'disconnected', code: 'QL_FEED_REQUESTED', inst: INST } as const;
    const unsubscribed = await judge(numbered(insert(place, sessionFact(rxOf(place), ended))));
    expect(notPassed(unsubscribed).map(([id]) => id)).toEqual(['book.rebuild']);
    const gap = { kind: 'gap', code: 'QL_FEED_RESTARTED' } as const;
    const restarted = await judge(numbered(insert(place, sessionFact(rxOf(place), gap))));
    expect(notPassed(restarted).map(([id]) => id)).toContain('book.rebuild');
  });

  test('GATES-2: an event source that throws fails the gate with its code', async () => {
    const { QuantlaxmiError } = await import('quantlaxmi/core');
    const session = {
      universe: [INST],
      async *events() {
        yield numbered(clean).slice(0, 5);
        throw new QuantlaxmiError('QL_INVARIANT', 'file x byte 7 seq 6');
      },
    };
    const [report] = await runGates([g0DataTruth(g0Defaults)], { session });
    expect(report?.verdict).toBe('fail');
    expect(report?.checks).toEqual([
      {
        id: 'gate.error',
        observed: 'QL_INVARIANT',
        threshold: 'the evidence can be read to its end',
        verdict: 'fail',
        detail: 'file x byte 7 seq 6',
      },
    ]);
  });

  test('GATES-2: without a session the gate is skipped, not passed', async () => {
    const [report] = await runGates([g0DataTruth(g0Defaults)], {});
    expect(report?.verdict).toBe('skip');
  });

  test.each([
    ['a missing threshold', { ...g0Defaults, locked: undefined }],
    ['an unknown threshold', { ...g0Defaults, lockd: { max: 0, over: 'fail' } }],
    ['a fraction', { ...g0Defaults, crossed: { max: 0.5, over: 'fail' } }],
    ['an infinite limit', { ...g0Defaults, crossed: { max: Infinity, over: 'fail' } }],
    ['no limit', { ...g0Defaults, crossed: { over: 'fail' } }],
    ['going over is a pass', { ...g0Defaults, crossed: { max: 0, over: 'pass' } }],
    ['an unknown stream type', { ...g0Defaults, silenceUs: { Qoute: { max: 1, over: 'fail' } } }],
  ])('GATES-3: %s in the configuration is refused', (_name, config) => {
    expect(() => g0DataTruth(config as unknown as G0Config)).toThrow(
      expect.objectContaining({ code: 'QL_GATE_CONFIG' }),
    );
  });

  test('every threshold can be loosened: nothing is hidden in the code', async () => {
    const loose = Object.fromEntries(
      Object.entries(g0Defaults).map(([name, value]) =>
        typeof value === 'object' && 'max' in value
          ? [name, { max: Number.MAX_SAFE_INTEGER, over: 'fail' }]
          : [name, value],
      ),
    ) as unknown as G0Config;
    const config = { ...loose, silenceUs: {} };
    for (const { name, events, universe } of damages) {
      const checks = await judge(events, { config, universe: universe ?? [INST] });
      // Yes or no: there is nothing to loosen.
      const failed = checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
      expect([name, failed.filter((id) => !NO_THRESHOLD.has(id))]).toEqual([name, []]);
    }
  });
});
