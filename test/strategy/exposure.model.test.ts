import fc from 'fast-check';
import type { Event, EventInput, FillBody, IntentBody, OrderBody } from 'quantlaxmi/events';
import { maxPosition, type PlaceOrder, riskPolicy } from 'quantlaxmi/risk';
import { createStep, defineStrategy, type Step } from 'quantlaxmi/strategy';
import { brokenIntentArbitrary, placeIntentArbitrary, sessionArbitrary } from 'quantlaxmi/testing';
import { expect, test } from 'vitest';
import { erratic, inst, ofType, optionsOf, quoteBody, quotesAt, runAll } from './lib.js';

const LIMIT = 100;

/** A strategy that returns whatever the test puts in its tray. */
const tray: { intents: readonly unknown[] } = { intents: [] };
const obedient = defineStrategy({
  id: 'obedient',
  version: '1',
  parseConfig: () => null,
  init: () => 0,
  onEvent: (n, event) =>
    event.t === 'Quote' ? { state: n + 1, intents: tray.intents as readonly IntentBody[] } : null,
});

/** Orders as an adversarial but truthful venue holds them: slow, partial, out of order. */
interface AtVenue {
  readonly order: PlaceOrder;
  executed: number;
  ended: boolean;
}
interface Model {
  readonly venue: AtVenue[];
  readonly waiting: EventInput[];
  seq: number;
  fills: number;
  allowed: number;
  denied: number;
}
type Command = fc.Command<Model, Step>;

const report = (at: AtVenue, state: OrderBody['state']): EventInput => {
  const { action: _, decisionId: __, intentId: ___, reduceOnly: ____, ...rest } = at.order;
  const remaining = at.order.qty - at.executed;
  const body = { ...rest, cause: 0, reason: '', remaining, state, venueOrderId: '' };
  return { t: 'Order', sv: 1, rx: 0, ts: null, src: 'SIM', body };
};

const check = (model: Model, step: Step): void => {
  // What the venue really executed, known or not, with everything that still may execute.
  let position = 0;
  let buying = 0;
  let selling = 0;
  for (const { ended, executed, order } of model.venue) {
    position += order.side === 'buy' ? executed : -executed;
    const open = ended ? 0 : order.qty - executed;
    if (order.side === 'buy') buying += open;
    else selling += open;
  }
  expect(position + buying).toBeLessThanOrEqual(LIMIT);
  expect(position - selling).toBeGreaterThanOrEqual(-LIMIT);
  expect(Math.abs(step.portfolio().qty(inst))).toBeLessThanOrEqual(LIMIT);
};

class Want implements Command {
  readonly intents: readonly unknown[];
  constructor(intents: readonly unknown[]) {
    this.intents = intents;
  }
  check = () => true;
  run(model: Model, step: Step): void {
    tray.intents = this.intents.map((raw, i) =>
      typeof raw === 'object' && raw !== null ? { ...raw, intentId: `${model.seq}/${i}` } : raw,
    );
    model.seq += 1;
    const quote = {
      t: 'Quote',
      sv: 1,
      rx: model.seq,
      ts: null,
      src: 'SIM',
      seq: model.seq,
    } as const;
    const body = quoteBody({ bidQty: 1_000, askQty: 1_000 });
    const records = step.onInput({ ...quote, body } as Event);
    for (const { body: risk } of ofType(records, 'Risk')) {
      if (risk.verdict === 'allow') model.allowed += 1;
      else model.denied += 1;
    }
    for (const action of step.actions()) {
      if (action.kind === 'submit') {
        model.venue.push({ order: action.order, executed: 0, ended: false });
      }
    }
    check(model, step);
  }
  toString = () =>
    `want ${JSON.stringify(this.intents, (_, v) => (typeof v === 'bigint' ? `${v}n` : v))}`;
}

class Execute implements Command {
  readonly pick: number;
  readonly qty: number;
  constructor(pick: number, qty: number) {
    this.pick = pick;
    this.qty = qty;
  }
  check = (model: Readonly<Model>) => model.venue.some((at) => !at.ended);
  run(model: Model, step: Step): void {
    const open = model.venue.filter((at) => !at.ended);
    const at = open[this.pick % open.length] as AtVenue;
    const { inst: id, orderId, price, qty: most, side } = at.order;
    const qty = Math.min(this.qty, most - at.executed);
    at.executed += qty;
    at.ended = at.executed === most;
    model.fills += 1;
    const body: FillBody = {
      cause: 0,
      fee: 0,
      feeCurrency: 'USDT',
      feeExponent: -8,
      fillId: `f${model.fills}`,
      inst: id,
      liquidity: 'taker',
      orderId,
      price: price ?? 1_000,
      qty,
      side,
    };
    model.waiting.push({ t: 'Fill', sv: 1, rx: 0, ts: null, src: 'SIM', body });
    model.waiting.push(report(at, at.ended ? 'filled' : 'partiallyFilled'));
    check(model, step);
  }
  toString = () => `execute ${this.qty} of #${this.pick}`;
}

class End implements Command {
  readonly pick: number;
  readonly state: 'cancelled' | 'expired';
  constructor(pick: number, state: 'cancelled' | 'expired') {
    this.pick = pick;
    this.state = state;
  }
  check = (model: Readonly<Model>) => model.venue.some((at) => !at.ended);
  run(model: Model, step: Step): void {
    const open = model.venue.filter((at) => !at.ended);
    const at = open[this.pick % open.length] as AtVenue;
    at.ended = true;
    model.waiting.push(report(at, this.state));
    check(model, step);
  }
  toString = () => `${this.state} #${this.pick}`;
}

class Deliver implements Command {
  readonly pick: number;
  readonly twice: boolean;
  constructor(pick: number, twice: boolean) {
    this.pick = pick;
    this.twice = twice;
  }
  check = (model: Readonly<Model>) => model.waiting.length > 0;
  run(model: Model, step: Step): void {
    const [fact] = model.waiting.splice(this.pick % model.waiting.length, 1) as [EventInput];
    const made = [...step.onVenue(fact), ...(this.twice ? step.onVenue(fact) : [])];
    // Truthful facts never stop trading, however late they are.
    expect(ofType(made, 'Session')).toEqual([]);
    check(model, step);
  }
  toString = () => `deliver ${this.pick}`;
}

const wanted = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: placeIntentArbitrary({ qtyMax: 150 }) },
    { weight: 1, arbitrary: brokenIntentArbitrary() },
  ),
  { minLength: 1, maxLength: 4 },
);
const pick = fc.nat(30);
const commands = [
  wanted.map((intents) => new Want(intents)),
  fc.tuple(pick, fc.integer({ min: 1, max: 80 })).map((args) => new Execute(...args)),
  fc
    .tuple(pick, fc.constantFrom('cancelled' as const, 'expired' as const))
    .map((args) => new End(...args)),
  fc.tuple(pick, fc.boolean()).map((args) => new Deliver(...args)),
  fc.tuple(pick, fc.boolean()).map((args) => new Deliver(...args)),
];

const exposed = (limit: string, counts: { allowed: number; denied: number }) =>
  fc.property(fc.commands(commands, { maxCommands: 120 }), (cmds) => {
    const risk = riskPolicy({ checks: [maxPosition({ qtyMax: { [inst]: limit } })] });
    const real = createStep(optionsOf(obedient, { risk }));
    for (const event of quotesAt()) real.onInput(event);
    const model: Model = { venue: [], waiting: [], seq: 1, fills: 0, allowed: 0, denied: 0 };
    fc.modelRun(() => ({ model, real }), cmds);
    counts.allowed += model.allowed;
    counts.denied += model.denied;
    // Everything arrives: what the run knows is what happened.
    for (const fact of model.waiting) real.onVenue(fact);
    let position = 0;
    for (const { executed, order } of model.venue) {
      position += order.side === 'buy' ? executed : -executed;
    }
    expect(real.portfolio().qty(inst)).toBe(position);
  });

test('RISK-4: no sequence of intents, executions, late reports passes the position limit', () => {
  const counts = { allowed: 0, denied: 0 };
  fc.assert(exposed('0.100', counts), { numRuns: 250, seed: 7 });
  // The limit was neither out of reach nor in the way of everything.
  expect(counts.allowed).toBeGreaterThan(100);
  expect(counts.denied).toBeGreaterThan(100);
});

test('RISK-4: a policy one lot too wide is caught', () => {
  const counts = { allowed: 0, denied: 0 };
  expect(fc.check(exposed('0.150', counts), { numRuns: 300 }).failed).toBe(true);
});

test('RISK-4: nor does a whole simulated run', () => {
  return fc.assert(
    fc.asyncProperty(
      sessionArbitrary({ lengthMax: 120 }),
      fc.bigInt(0n, 99n),
      async (events, seed) => {
        const { records } = await runAll(erratic, events, { seed });
        let position = 0;
        for (const { body } of ofType(records, 'Fill')) {
          position += body.side === 'buy' ? body.qty : -body.qty;
          expect(Math.abs(position)).toBeLessThanOrEqual(LIMIT);
        }
        expect(ofType(records, 'Session').every((record) => record.body.kind === 'stop')).toBe(
          true,
        );
      },
    ),
    { numRuns: 40 },
  );
});
