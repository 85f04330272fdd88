import type { Event, EventInput, EventInputOf } from 'quantlaxmi/events';
import { createStep, defineStrategy } from 'quantlaxmi/strategy';
import { sessionOf } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { codeOf, counting, inst, ofType, once, optionsOf, place, quotesAt, runAll } from './lib.js';

describe('STRATEGY-8: contradicting facts stop trading', () => {
  const buyer = counting((event, n) =>
    event.t === 'Quote' ? { intents: [place({ intentId: `i${n}` })] } : null,
  );
  const fact = (part: object): EventInput =>
    ({ t: 'Fill', sv: 1, rx: 11, ts: null, src: 'SIM', ...part }) as EventInput;
  const stranger = fact({
    body: {
      cause: 2,
      fee: 0,
      feeCurrency: 'USDT',
      feeExponent: -8,
      fillId: 'f',
      inst,
      liquidity: 'taker',
      orderId: 'not-ours',
      price: 1_000,
      qty: 3,
      side: 'buy',
    },
  });
  const release = (by: string): EventInput =>
    fact({
      t: 'Session',
      body: { code: '', details: { by, engaged: 0 }, inst: null, kind: 'killSwitch' },
    });

  test('the fill is booked, every order denied, until a named person releases it', () => {
    const [instrument, a, b, c, d] = quotesAt(10, 20, 30, 40) as [
      Event,
      Event,
      Event,
      Event,
      Event,
    ];
    const step = createStep(optionsOf(buyer));
    const verdict = (event: Event) => ofType(step.onInput(event), 'Risk')[0]?.body;
    step.onInput(instrument);
    expect(verdict(a)?.verdict).toBe('allow');
    const stopped = step.onVenue(stranger);
    expect(stopped).toMatchObject([
      {
        t: 'Session',
        src: 'RUNNER',
        body: { kind: 'killSwitch', code: 'QL_ORDER_UNKNOWN', details: { orderId: 'not-ours' } },
      },
    ]);
    expect(step.portfolio().qty(inst)).toBe(3);
    expect(verdict(b)).toMatchObject({ verdict: 'halt', ladder: 'halt' });
    step.onVenue(release(''));
    expect(verdict(c)?.verdict).toBe('halt');
    step.onVenue(release('asha'));
    expect(verdict(d)?.verdict).toBe('allow');
  });

  test.each(['onInput', 'onVenue'] as const)('a kill switch fact through %s', (door) => {
    const [instrument, a, b] = quotesAt(10, 20) as [Event, Event, Event];
    const body = { code: '', details: { engaged: 1 }, inst: null, kind: 'killSwitch' } as const;
    const facts = sessionOf([instrument, { t: 'Session', rx: 5, body }, a, b]) as [
      Event,
      Event,
      Event,
      Event,
    ];
    const step = createStep(optionsOf(buyer));
    step.onInput(facts[0]);
    if (door === 'onInput') step.onInput(facts[1]);
    else {
      step.onVenue(facts[1]);
      step.onInput({ ...facts[1], body: { ...body, kind: 'operator' } } as Event);
    }
    expect(ofType(step.onInput(facts[2]), 'Risk')[0]?.body.verdict).toBe('halt');
  });

  test('a duplicate fill changes nothing and is not shown to the strategy', () => {
    const seen: string[] = [];
    const strategy = counting((event, n) => {
      seen.push(event.t);
      return event.t === 'Quote' && n === 2 ? { intents: [place()] } : null;
    });
    const step = createStep(optionsOf(strategy));
    for (const event of quotesAt(10)) step.onInput(event);
    const [order] = step.openOrders();
    const own = structuredClone(stranger) as EventInputOf<'Fill'>;
    const body = { ...own.body, orderId: order?.orderId ?? '' };
    const fill = { ...own, body } as EventInput;
    step.onVenue(fill);
    const hash = step.stateHash();
    expect(step.onVenue(fill)).toEqual([]);
    expect(step.stateHash()).toBe(hash);
    expect(seen).toEqual(['Instrument', 'Quote', 'Fill']);
    expect(step.portfolio().qty(inst)).toBe(3);
  });
});

describe('STRATEGY-9: broken strategies', () => {
  test('one that throws stops the run', async () => {
    const strategy = counting((event) => {
      if (event.t === 'Quote') throw new Error('oops');
      return null;
    });
    const step = createStep(optionsOf(strategy));
    const [instrument, quote] = quotesAt(10) as [Event, Event];
    step.onInput(instrument);
    expect(await codeOf(() => step.onInput(quote))).toBe('QL_STRATEGY_FAILED');
  });

  test.each<[string, unknown]>([
    ['a number', 5],
    ['no state', { intents: [] }],
    ['intents that are no list', { state: 0, intents: 'buy' }],
    ['a timer without id', { state: 0, timers: [{ dueUs: 5 }] }],
    ['a timer at NaN', { state: 0, timers: [{ id: 'x', dueUs: Number.NaN }] }],
    ['a timer of null', { state: 0, timers: [null] }],
    ['a feature of no type', { state: 0, decide: true, features: { a: {} } }],
    ['a forbidden feature', { state: 0, decide: true, features: JSON.parse('{"__proto__":1}') }],
    ['a regime of 5', { state: 0, decide: true, regime: 5 }],
    ['1001 intents', { state: 0, intents: Array(1_001).fill(place()) }],
  ])('%s is no output', async (_, output) => {
    const strategy = defineStrategy({
      id: 'broken',
      version: '1',
      parseConfig: () => null,
      init: () => 0,
      onEvent: () => output as never,
    });
    const [instrument] = quotesAt() as [Event];
    const step = createStep(optionsOf(strategy));
    expect(await codeOf(() => step.onInput(instrument))).toBe('QL_STRATEGY_OUTPUT');
  });

  test('a malformed intent is denied, its neighbours are not, the run goes on', async () => {
    const broken = place({ intentId: 'nan', qty: Number.NaN });
    const { records, summary } = await runAll(once(broken, null, place()), quotesAt(10, 20, 9_000));
    expect(ofType(records, 'Risk').map((record) => record.body.verdict)).toEqual([
      'reject',
      'reject',
      'allow',
    ]);
    expect(ofType(records, 'Decision')[0]?.body.intents[0]).toMatchObject({ qty: 0 });
    expect(summary).toMatchObject({ orders: 1, fills: 1, cause: 4 });
  });

  test('a configuration it refuses, and a state that is not plain JSON', async () => {
    const picky = defineStrategy({
      id: 'picky',
      version: '1',
      parseConfig: (): null => {
        throw new Error('qty is missing');
      },
      init: () => new Map(),
      onEvent: () => null,
    });
    expect(await codeOf(() => createStep(optionsOf(picky)))).toBe('QL_STRATEGY_CONFIG');
    const mapped = defineStrategy({ ...picky, parseConfig: () => null });
    const step = createStep(optionsOf(mapped));
    expect(await codeOf(() => step.stateHash())).toBe('QL_STRATEGY_OUTPUT');
    const shown = { ...mapped, snapshot: (state: unknown) => [...(state as Map<string, number>)] };
    expect(createStep(optionsOf(defineStrategy(shown))).stateHash()).toHaveLength(64);
  });

  test.each([
    ['no id', { id: '' }],
    ['an id with blanks', { id: 'My Strategy' }],
    ['no version', { version: '' }],
    ['no onEvent', { onEvent: undefined as never }],
  ])('a definition with %s', async (_, part) => {
    const definition = { ...once(), ...part };
    expect(await codeOf(() => defineStrategy(definition))).toBe('QL_BAD_INPUT');
  });
});

describe('STRATEGY-12: order of events', () => {
  test.each([
    ['one left out', [1, 3]],
    ['one twice', [1, 1]],
    ['one before', [2, 1]],
    ['seq 0', [0]],
    ['a fraction', [1.5]],
  ])('%s', async (_, seqs) => {
    const step = createStep(optionsOf(once()));
    const [instrument] = quotesAt() as [Event];
    const feed = () => {
      for (const seq of seqs) step.onInput({ ...instrument, seq } as Event);
    };
    expect(await codeOf(feed)).toBe('QL_STEP_ORDER');
  });

  test('a session may be entered at any event', () => {
    const step = createStep(optionsOf(once()));
    const [instrument, quote] = quotesAt(10) as [Event, Event];
    step.onInput({ ...instrument, seq: 500 } as Event);
    step.onInput({ ...quote, seq: 501 } as Event);
    expect(step.cause).toBe(501);
  });
});
