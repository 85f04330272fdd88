import fc from 'fast-check';
import { canonicalJson, sha256Pure } from 'quantlaxmi/core';
import type { Event, EventInput } from 'quantlaxmi/events';
import { createStep, createTrace, runConfigHash } from 'quantlaxmi/strategy';
import { sessionArbitrary } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { counting, erratic, ofType, optionsOf, place, quotesAt, runAll } from './lib.js';

const session = () => sessionArbitrary({ lengthMax: 80 });

test('STRATEGY-1: batches do not matter, the same facts give the same run', () => {
  return fc.assert(
    fc.asyncProperty(session(), fc.integer({ min: 1, max: 40 }), async (events, batch) => {
      const one = await runAll(erratic, events, { batch: 1 });
      const other = await runAll(erratic, events, { batch });
      expect(other.summary).toEqual(one.summary);
      expect(other.records).toEqual(one.records);
    }),
    { numRuns: 30 },
  );
});

test('STRATEGY-1: seed, run id, configuration and policy are all in the trace', async () => {
  const events = quotesAt(10, 20, 30, 40);
  const traces = new Set<string>();
  for (const part of [{}, { seed: 8n }, { runId: 'run-2' }, { config: { a: 1 } }]) {
    traces.add((await runAll(erratic, events, part)).summary.traceHash);
  }
  expect(traces.size).toBe(4);
});

/** Session records carry their cause among the details. */
const causeOf = ({ body }: EventInput): unknown =>
  'cause' in body ? body.cause : 'details' in body ? body.details['cause'] : undefined;

/** A new step over the session and the recorded facts, each at its recorded place. */
const decideAgain = (events: readonly Event[], records: readonly EventInput[]) => {
  const options = optionsOf(erratic);
  const step = createStep(options);
  const trace = createTrace(runConfigHash(options), sha256Pure);
  const outputs: EventInput[] = [];
  const take = (made: readonly EventInput[], cause: number) => {
    for (const record of made) {
      outputs.push(record);
      trace.add(record, { cause, seq: 0 });
    }
  };
  const facts = records.filter((record) => record.src !== 'RUNNER');
  let at = 0;
  const inject = () => {
    for (let next = facts[at]; next !== undefined; next = facts[at]) {
      if (causeOf(next) !== step.cause) return;
      at += 1;
      take(step.onVenue(next), step.cause);
    }
  };
  for (const event of events) {
    take(step.onInput(event), event.seq);
    inject();
  }
  return { outputs, trace: trace.hash(), stateHash: step.stateHash() };
};

test('STRATEGY-5: the session and the recorded facts give the recorded decisions again', () => {
  return fc.assert(
    fc.asyncProperty(session(), async (events) => {
      const { records, summary } = await runAll(erratic, events);
      const again = decideAgain(events, records);
      expect(again.outputs).toEqual(records.filter((record) => record.src === 'RUNNER'));
      expect(again.trace).toBe(summary.traceHash);
      expect(again.stateHash).toBe(summary.stateHash);
    }),
    { numRuns: 30 },
  );
});

test('STRATEGY-5: a changed fact is noticed', async () => {
  const events = quotesAt(10, 5_000, 10_000, 15_000, 20_000);
  const { records, summary } = await runAll(erratic, events);
  const changed = records.map((record) =>
    record.t === 'Fill' ? { ...record, body: { ...record.body, price: 999 } } : record,
  ) as EventInput[];
  expect(ofType(records, 'Fill').length).toBeGreaterThan(0);
  expect(decideAgain(events, records).stateHash).toBe(summary.stateHash);
  expect(decideAgain(events, changed).stateHash).not.toBe(summary.stateHash);
});

test('STRATEGY-6: the records of a prefix do not depend on what follows', () => {
  return fc.assert(
    fc.asyncProperty(session(), session(), fc.nat(), async (events, others, cut) => {
      const length = 1 + (cut % events.length);
      const prefix = events.slice(0, length);
      const last = prefix.at(-1) as Event;
      // Another future: the other session's market data from here on.
      const tail = others.slice(1).map((event, i) => {
        const rx = last.rx + 1 + i;
        return { ...event, rx, seq: length + i + 1 } as Event;
      });
      const alone = await runAll(erratic, prefix);
      const followed = await runAll(erratic, [...prefix, ...tail]);
      const madeOf = (records: readonly EventInput[]) =>
        records.filter((record) => record.src === 'RUNNER' && record.rx <= last.rx);
      const until = madeOf(alone.records);
      expect(madeOf(followed.records).slice(0, until.length)).toEqual(until);
    }),
    { numRuns: 30 },
  );
});

describe('STRATEGY-7: the trace', () => {
  const intents = [place(), place({ intentId: 'i-2', price: Number.NaN })];
  const strategy = counting((event) =>
    event.t === 'Quote'
      ? { intents, features: { é: 1, a: 0.1, z: '"\\\u0001' }, regime: 'calm', profile: 'p' }
      : null,
  );

  test('equals the formula written out with plain canonical JSON', async () => {
    const { records, summary } = await runAll(strategy, quotesAt(10, 2_000, 4_000));
    const hash = (...parts: Uint8Array[]): Uint8Array => {
      const hasher = sha256Pure();
      for (const part of parts) hasher.update(part);
      return hasher.digest();
    };
    const configHash = Buffer.from(runConfigHash(optionsOf(strategy)), 'hex');
    let head = hash(Buffer.from('quantlaxmi-trace/1\n'), configHash);
    const made = records.filter((record) => record.src === 'RUNNER');
    for (const { body, sv, t } of made) {
      const cause = 'cause' in body ? body.cause : 0;
      const text = Buffer.from(canonicalJson({ t, sv, cause, body }), 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(text.length);
      head = hash(head, length, text);
    }
    expect(made.length).toBe(summary.records);
    expect(Buffer.from(head).toString('hex')).toBe(summary.traceHash);
  });

  test('has a checkpoint every 1024 records', async () => {
    const times = Array.from({ length: 500 }, (_, i) => 10 + i * 10_000);
    const { summary } = await runAll(
      counting((event, n) =>
        event.t === 'Quote' ? { intents: [place({ intentId: `i${n}`, qty: 0 })] } : null,
      ),
      quotesAt(...times, 6_000_000),
      { batch: 100 },
    );
    expect(summary.records).toBe(1_002);
    expect(summary.checkpoints).toEqual([]);
    const longer = await runAll(
      counting((event) => (event.t === 'Quote' ? { decide: true } : null)),
      quotesAt(...Array.from({ length: 2_100 }, (_, i) => i)),
      { batch: 100 },
    );
    expect(longer.summary.checkpoints.map((checkpoint) => checkpoint.n)).toEqual([1_024, 2_048]);
    expect(longer.summary.checkpoints[0]?.seq).toBe(1_024);
  });
});

test('STRATEGY-10: ids are unique, and the same in every run', () => {
  return fc.assert(
    fc.asyncProperty(session(), async (events) => {
      const { records } = await runAll(erratic, events);
      const decisions = ofType(records, 'Decision').map((record) => record.body.decisionId);
      const verdicts = ofType(records, 'Risk').map((record) => record.body.riskDecisionId);
      const orders = ofType(records, 'Order')
        .filter((record) => record.body.state === 'submitted')
        .map((record) => record.body.clientOrderId);
      const ids = [...decisions, ...verdicts, ...orders];
      expect(new Set(ids).size).toBe(ids.length);
    }),
    { numRuns: 20 },
  );
});
