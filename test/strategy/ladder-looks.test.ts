import type { Event, EventInput, IntentBody, SessionBody } from 'quantlaxmi/events';
import { parseRiskPolicy, type RiskPolicy } from 'quantlaxmi/risk';
import { createRunner, createStep, type StepAction } from 'quantlaxmi/strategy';
import { sessionOf, testInstrument } from 'quantlaxmi/testing';
import { expect, test } from 'vitest';
import * as lib from './lib.js';

const { inst, place, policy } = lib;
const SECOND = 1_000_000;
const account = { currency: 'USDT', rates: {}, dayStartUs: 0, lots: 'average' };

const ladder = (trigger: object, part: object = {}) => ({
  triggers: [{ id: 't', scope: 'all', clearPpm: 1_000_000, unknown: 'halt', ...trigger }],
  ...{ throttleSizePpm: 500_000, throttleRatePpm: 500_000, coolDownUs: 1_000, everyUs: 100 },
  ...{ haltCancels: true, haltFlattens: false, ...part },
});
const withLadder = (trigger: object, part: object = {}): RiskPolicy =>
  parseRiskPolicy({ ...policy.spec, account, ladder: ladder(trigger), ...part });
const LOG = { metric: 'logHealth', throttle: '1', halt: '2' };
const AGE = { metric: 'markAgeUs', halt: String(5 * SECOND) };

const fact = (kind: SessionBody['kind'], code: string, details = {}): EventInput => ({
  ...{ t: 'Session', sv: 1, rx: 0, ts: null, src: 'OPERATOR' },
  body: { code, details, inst: null, kind },
});
const halting = fact('operator', 'QL_OPERATOR_HALT', { by: 'asha', scope: 'all' });

type Placed = Extract<StepAction, { kind: 'submit' }>['order'];
const ENVELOPE = { sv: 1, ts: null, src: 'SIM' } as const;
const acked = (order: Placed, rx: number, reason = ''): EventInput => {
  const { clientOrderId, orderId, price, qty, riskDecisionId, side, tif, type } = order;
  const terms = { inst, price, qty, remaining: qty, riskDecisionId, side, tif, type };
  const ids = { cause: 0, clientOrderId, orderId, venueOrderId: 'v1' };
  return { ...ENVELOPE, t: 'Order', rx, body: { ...ids, ...terms, reason, state: 'acked' } };
};
const filled = (order: Placed, rx: number): EventInput => {
  const { orderId, qty, side } = order;
  const fee = { fee: 0, feeCurrency: 'USDT', feeExponent: -8 };
  const body = { cause: 0, ...fee, fillId: 'f1', inst, liquidity: 'taker', orderId } as const;
  return { ...ENVELOPE, t: 'Fill', rx, body: { ...body, price: 1_001, qty, side } };
};

/** A step by hand; `intents` go out at the next quote. */
const driven = (risk: RiskPolicy) => {
  let wish: readonly IntentBody[] = [];
  const strategy = lib.counting((event) => {
    if (event.t !== 'Quote') return null;
    const intents = wish;
    wish = [];
    return { intents };
  });
  const step = createStep(lib.optionsOf(strategy, { risk, cash: { USDT: '1000' } }));
  const says: EventInput[] = [];
  let seq = 0;
  const input = (told: Parameters<typeof sessionOf>[0][number]) => {
    seq += 1;
    const [event] = sessionOf([told]);
    says.push(...step.onInput({ ...event, seq } as Event));
    return step.actions();
  };
  input({ t: 'Instrument', rx: 0, body: testInstrument() });
  return {
    step,
    says,
    quote: (rx: number, bid = 1_000, ...intents: IntentBody[]) => {
      wish = intents;
      return input({ t: 'Quote', rx, body: lib.quoteBody({ ask: bid + 1, bid }) });
    },
    venue: (event: EventInput) => {
      says.push(...step.onVenue(event));
      return step.actions();
    },
    levels: () => levelsOf(says),
  };
};
const levelsOf = (records: readonly EventInput[]) =>
  lib
    .ofType(records, 'Session')
    .filter(({ body }) => body.kind === 'ladder')
    .map(({ body }) => body.details['to']);
const sent = (actions: readonly StepAction[]): Placed => {
  const action = actions.find(({ kind }) => kind === 'submit');
  if (action?.kind !== 'submit') return expect.fail('nothing was sent');
  return action.order;
};
const requests = (actions: readonly StepAction[]): readonly string[] =>
  actions.map(({ kind }) => kind).filter((kind) => kind !== 'timer');
const resting = (run: ReturnType<typeof driven>): Placed => {
  const order = sent(run.quote(10, 1_000, place({ price: 990, tif: 'gtc' })));
  run.venue(acked(order, 20));
  return order;
};

test('STRATEGY-32: loss and fall at old marks are unknown, not calm', () => {
  for (const metric of ['dailyLoss', 'drawdownPpm']) {
    for (const unknown of ['throttle', 'halt']) {
      const trigger = { metric, halt: '900000', unknown, markAgeMaxUs: 5 * SECOND };
      const run = driven(withLadder(trigger));
      run.quote(5);
      run.venue(filled(sent(run.quote(10, 1_000, place())), 20));
      run.quote(4 * SECOND);
      expect(run.levels()).toEqual([]);
      run.venue({ ...fact('config', ''), rx: 20 * SECOND });
      expect(run.levels()).toEqual([unknown]);
    }
  }
});

test('STRATEGY-32: the age of marks is named where it counts, and nowhere else', () => {
  expect(() => withLadder({ metric: 'dailyLoss', halt: '1' })).toThrow('markAgeMaxUs');
  expect(() => withLadder({ metric: 'drawdownPpm', halt: '1' })).toThrow('markAgeMaxUs');
  expect(() => withLadder({ ...LOG, markAgeMaxUs: 1 })).toThrow('markAgeMaxUs');
});

test('STRATEGY-33: a gap is seen by the input that ends it, and by any timer inside it', () => {
  const atInput = driven(withLadder(AGE));
  resting(atInput);
  atInput.quote(601 * SECOND);
  expect(atInput.levels()).toEqual(['halt']);
  const atTimer = driven(withLadder(AGE));
  resting(atTimer);
  const body = { cause: 2, due: 9 * SECOND, id: 't' };
  atTimer.venue({ ...ENVELOPE, t: 'Timer', rx: 9 * SECOND, src: 'TIMER', body });
  expect(atTimer.levels()).toEqual(['halt']);
});

test('STRATEGY-33: while exposed a timer looks; flat or finished there is none', async () => {
  const runOf = (intents: readonly IntentBody[]) => {
    const log = lib.memoryLog();
    const risk = withLadder(AGE);
    const runner = createRunner(lib.optionsOf(lib.once(...intents), { log, risk }));
    return { log, runner };
  };
  const timers = (records: readonly EventInput[]) =>
    lib.ofType(records, 'Timer').filter(({ src }) => src === 'ENGINE');
  const held = runOf([place({ price: 990, tif: 'gtc' })]);
  await held.runner.push(lib.quotesAt(10));
  await held.runner.advance(60 * SECOND);
  expect(levelsOf(held.log.records)).toEqual(['halt']);
  const count = timers(held.log.records).length;
  expect(count).toBeGreaterThan(4);
  // The halt cancelled what was at stake, so the timer ended too.
  expect(count).toBeLessThan(10);
  await held.runner.finish();
  const flat = runOf([]);
  await flat.runner.push(lib.quotesAt(10));
  await flat.runner.advance(60 * SECOND);
  await flat.runner.finish();
  expect(timers(flat.log.records)).toEqual([]);
});

test('STRATEGY-34: what a venue did not cancel at HALT is cancelled again, in time', () => {
  const run = driven(withLadder(LOG));
  const order = resting(run);
  expect(requests(run.venue(halting))).toEqual(['cancel']);
  expect(requests(run.venue(acked(order, 30, 'BUSY')))).toEqual([]);
  expect(requests(run.quote(SECOND))).toEqual(['cancel']);
  // Asked already: not again.
  expect(requests(run.quote(2 * SECOND))).toEqual([]);
  expect(requests(run.venue(acked(order, 2 * SECOND + 1, 'BUSY')))).toEqual(['cancel']);
  expect(requests(run.venue(acked(order, 2 * SECOND + 2, 'BUSY')))).toEqual([]);
  expect(run.step.openOrders()).toMatchObject([{ state: 'acked' }]);
  // A person may insist.
  expect(requests(run.venue({ ...halting, rx: 2 * SECOND + 3 }))).toEqual(['cancel']);
  const codes = lib.ofType(run.says, 'Session').map(({ body }) => body.code);
  expect(codes).not.toContain('QL_OPERATOR_REFUSED');
});

test('STRATEGY-35: after the stop nothing is asked and nothing is sent', () => {
  const reconcile = {
    ...{ before: 'firstOrderAndReconnect', foreignOrders: 'cancel', missingOrders: 'adopt' },
    ...{ positions: 'adopt', balances: 'adopt', balanceTolerance: '1', timeoutUs: 5_000_000 },
  };
  const orders = { ackTimeoutUs: 1_000, changeTimeoutUs: 1_000, queryEveryUs: 1_000 };
  for (const stops of [false, true]) {
    const asks = driven(withLadder(LOG, { reconcile }));
    if (stops) asks.venue(fact('stop', ''));
    const back = asks.venue({ ...fact('connected', ''), src: 'SIM' });
    expect(requests(back)).toEqual(stops ? [] : ['reconcile']);
    const run = driven(withLadder(LOG, { orders }));
    const actions = run.quote(10, 1_000, place({ price: 990, tif: 'gtc' }));
    const waits = actions.find((one) => one.kind === 'timer' && one.timer.dueUs === 1_010);
    if (waits?.kind !== 'timer') return expect.fail('no timer');
    if (stops) run.venue(fact('stop', ''));
    const timer = { cause: 2, due: 1_010, id: waits.timer.id };
    const late = run.venue({ ...ENVELOPE, t: 'Timer', rx: 1_010, src: 'ENGINE', body: timer });
    expect(requests(late)).toEqual(stops ? [] : ['query']);
    expect(requests(run.venue(halting))).toEqual(stops ? [] : ['cancel']);
  }
});
