import type { Event, EventInput } from 'quantlaxmi/events';
import { NO_EFFECTS, type Venue } from 'quantlaxmi/execution';
import { createRunner, createStep, defineStrategy, type RunnerOptions } from 'quantlaxmi/strategy';
import { describe, expect, test } from 'vitest';
import {
  codeOf,
  counting,
  inst,
  memoryLog,
  ofType,
  once,
  optionsOf,
  place,
  quotesAt,
  runAll,
  sim,
} from './lib.js';

/** A venue that notes what reaches it. */
const noting = (notes: string[]): Venue => ({
  id: 'NOTED',
  submit: (order) => {
    notes.push(`submit ${order.intentId}`);
    return NO_EFFECTS;
  },
  cancel: (order) => {
    notes.push(`cancel ${order.intentId}`);
    return NO_EFFECTS;
  },
  amend: () => NO_EFFECTS,
  query: () => NO_EFFECTS,
  reconcile: () => NO_EFFECTS,
  onMarket: () => NO_EFFECTS,
  onTimer: () => NO_EFFECTS,
});

describe('STRATEGY-2: log, make durable, then act', () => {
  test('an order waits for the log, and for the session log before it', async () => {
    const notes: string[] = [];
    const records: EventInput[] = [];
    const wait = (what: string) => async (seq: number) => {
      await new Promise((resolve) => setImmediate(resolve));
      notes.push(`${what} ${seq}`);
    };
    const log = { append: (record: EventInput) => records.push(record), durable: wait('durable') };
    const options = { venue: noting(notes), log, inputs: { durable: wait('inputs') } };
    const runner = createRunner(optionsOf(once(place()), options));
    await runner.push(quotesAt(10));
    expect(records.map((record) => record.t)).toEqual(['Decision', 'Risk', 'Order']);
    expect(notes).toEqual(['inputs 2', 'durable 3', 'submit i-1']);
  });

  test('a log that never becomes durable lets nothing out', async () => {
    const notes: string[] = [];
    const log = { append: () => 1, durable: () => Promise.reject(new Error('EIO')) };
    const runner = createRunner(optionsOf(once(place()), { venue: noting(notes), log }));
    expect(await codeOf(() => runner.push(quotesAt(10)))).toBe('QL_RUNNER_HALTED');
    expect(notes).toEqual([]);
  });

  test('without an order nothing waits', async () => {
    const log = { append: () => 1, durable: () => Promise.reject(new Error('must not be asked')) };
    const runner = createRunner(
      optionsOf(
        counting(() => ({ decide: true })),
        { log },
      ),
    );
    await runner.push(quotesAt(10));
    expect(runner.trace.count).toBe(2);
  });
});

describe('STRATEGY-3: a failure halts for good', () => {
  const afterwards = async (options: Partial<RunnerOptions<number, unknown>>) => {
    const notes: string[] = [];
    const runner = createRunner(optionsOf(once(place()), { venue: noting(notes), ...options }));
    const [instrument, first, second] = quotesAt(10, 20) as [Event, Event, Event];
    const failed = runner.push([instrument, first]);
    const queued = runner.push([second]);
    expect(await codeOf(() => failed)).toBe('QL_RUNNER_HALTED');
    expect(await codeOf(() => queued)).toBe('QL_RUNNER_HALTED');
    expect(await codeOf(() => runner.advance(1_000))).toBe('QL_RUNNER_HALTED');
    expect(await codeOf(() => runner.finish())).toBe('QL_RUNNER_HALTED');
    return { notes, runner };
  };

  test('the log refuses a record', async () => {
    const log = {
      append: () => {
        throw new Error('WAL_POISONED');
      },
      durable: async () => {},
    };
    const { notes, runner } = await afterwards({ log });
    expect(notes).toEqual([]);
    expect(runner.step.cause).toBe(2);
    expect((runner.failure as Error).message).toBe('WAL_POISONED');
  });

  test('the venue throws', async () => {
    const venue: Venue = {
      ...noting([]),
      submit: () => {
        throw new Error('socket closed');
      },
    };
    const { runner } = await afterwards({ venue });
    expect((runner.failure as Error).message).toBe('socket closed');
  });

  test('the message says where, what and what to do', async () => {
    const log = { append: () => 1, durable: () => Promise.reject(new Error('EIO')) };
    const runner = createRunner(optionsOf(once(place()), { log }));
    await expect(runner.push(quotesAt(10))).rejects.toThrow(
      /session event 2: EIO .*start a new run/,
    );
  });
});

describe('STRATEGY-4: timers go through the log', () => {
  test('in one order: due, the venue first, then as scheduled', async () => {
    const strategy = counting((event) =>
      event.t === 'Quote' && event.seq === 2
        ? {
            timers: [
              { id: 'late', dueUs: 300 },
              { id: 'b', dueUs: 110 },
              { id: 'c', dueUs: 110 },
              { id: 'a', dueUs: 50 },
              { id: 'never', dueUs: 9_999 },
            ],
            intents: [place()],
          }
        : null,
    );
    const { records } = await runAll(strategy, quotesAt(10, 300, 301), { venue: sim(100, 0) });
    const timers = ofType(records, 'Timer');
    expect(timers.map(({ body, rx, src }) => [src, body.id, body.due, rx, body.cause])).toEqual([
      ['TIMER', 'a', 50, 50, 2],
      ['SIM', 'SIM/request/1', 110, 110, 2],
      ['SIM', 'SIM/response/1', 110, 110, 2],
      ['TIMER', 'b', 110, 110, 2],
      ['TIMER', 'c', 110, 110, 2],
      ['TIMER', 'late', 300, 300, 2],
    ]);
  });

  test('one for the past fires at once, with the present as its time', async () => {
    const strategy = counting((_, n) => (n === 2 ? { timers: [{ id: 'x', dueUs: 3 }] } : null));
    const { records } = await runAll(strategy, quotesAt(10, 20));
    expect(ofType(records, 'Timer')).toMatchObject([{ rx: 10, body: { due: 3, cause: 2 } }]);
  });

  test.each([
    ['the present', 0],
    ['the past', -5],
  ])('asked from a Timer for %s it would fire for ever, so it is refused', async (_, lateUs) => {
    let timers = 0;
    const strategy = defineStrategy<number, unknown>({
      ...counting(() => null),
      onEvent: (n, event, { nowUs }) => {
        if (event.t === 'Timer') timers += 1;
        // Without the refusal the loop would not end by itself.
        if (timers > 5 || event.t === 'Instrument') return null;
        return { state: n, timers: [{ id: 'again', dueUs: nowUs + lateUs }] };
      },
    });
    const log = memoryLog();
    const runner = createRunner(optionsOf(strategy, { log }));
    const pushed = runner.push(quotesAt(10, 20));
    await expect(pushed).rejects.toMatchObject({ cause: { code: 'QL_STRATEGY_OUTPUT' } });
    await expect(pushed).rejects.toThrow(/due at \d+ from a Timer event at \d+.* later due time/);
    expect(ofType(log.records, 'Timer')).toHaveLength(1);
    // A replay meets the same refusal at the same place.
    const step = createStep(optionsOf(strategy));
    timers = 0;
    for (const event of quotesAt(10)) step.onInput(event);
    const [timer] = ofType(log.records, 'Timer');
    expect(await codeOf(() => step.onVenue(timer as EventInput))).toBe('QL_STRATEGY_OUTPUT');
  });

  test('asked from a Timer for one microsecond later it is kept', async () => {
    const strategy = defineStrategy<number, unknown>({
      ...counting(() => null),
      onEvent: (n, event, { nowUs }) =>
        event.t === 'Instrument'
          ? null
          : { state: n, timers: [{ id: `t${nowUs}`, dueUs: nowUs + 1 }] },
    });
    const { records } = await runAll(strategy, quotesAt(10, 15));
    expect(ofType(records, 'Timer').map(({ rx }) => rx)).toEqual([11, 12, 13, 14, 15]);
  });

  test('advance fires them when the market is quiet', async () => {
    const seen: string[] = [];
    const strategy = counting((event) => {
      seen.push(event.t);
      return event.t === 'Quote' ? { timers: [{ id: 'x', dueUs: 500 }] } : null;
    });
    const runner = createRunner(optionsOf(strategy));
    await runner.push(quotesAt(10));
    await runner.advance(499);
    expect(seen).toEqual(['Instrument', 'Quote']);
    await runner.advance(500);
    expect(seen).toEqual(['Instrument', 'Quote', 'Timer']);
  });

  test('the end of a run: the strategy is not called, what is under way arrives', async () => {
    const seen: string[] = [];
    const strategy = counting((event) => {
      seen.push(event.t);
      return event.t === 'Quote'
        ? { intents: [place()], timers: [{ id: 'x', dueUs: 900 }] }
        : { intents: [place({ intentId: 'again' })] };
    });
    const { records, runner, summary } = await runAll(strategy, quotesAt(10), {
      venue: sim(5_000, 5_000),
    });
    expect(seen).toEqual(['Instrument', 'Quote']);
    expect(summary).toMatchObject({ orders: 1, fills: 1, cause: 2 });
    expect(runner.step.portfolio().qty(inst)).toBe(5);
    expect(runner.step.openOrders()).toEqual([]);
    expect(ofType(records, 'Session').map((record) => record.body.kind)).toEqual(['stop']);
  });
});

test('STRATEGY-11: an order held back by the kill switch is logged as rejected', async () => {
  const notes: string[] = [];
  let engaged = true;
  const log = memoryLog();
  const strategy = counting((event, n) =>
    event.t === 'Quote' ? { intents: [place({ intentId: `i${n}` })] } : null,
  );
  const options = { venue: noting(notes), log, killSwitch: { engaged: () => engaged } };
  const runner = createRunner(optionsOf(strategy, options));
  const [instrument, first, second] = quotesAt(10, 20) as [Event, Event, Event];
  await runner.push([instrument, first]);
  engaged = false;
  await runner.push([second]);
  expect(notes).toEqual([]);
  expect(ofType(log.records, 'Order').map(({ body }) => [body.state, body.reason])).toEqual([
    ['submitted', ''],
    ['rejected', 'QL_RISK_KILL_SWITCH'],
  ]);
  // The fact engaged the logged switch as well: releasing it takes a named person.
  expect(ofType(log.records, 'Risk').at(-1)?.body.verdict).toBe('halt');
  const body = { code: '', details: { by: 'asha', engaged: 0 }, inst: null, kind: 'killSwitch' };
  await runner.operator({
    ...{ t: 'Session', sv: 1, rx: 0, ts: null, src: 'OPERATOR' },
    body,
  } as EventInput);
  await runner.push([{ ...second, seq: 4 } as Event]);
  expect(notes).toEqual(['submit i5']);
});
