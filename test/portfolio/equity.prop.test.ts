import fc from 'fast-check';
import type { InstrumentBody } from 'quantlaxmi/events';
import { formatBig, mulRational, type Rational, rationalToBig } from 'quantlaxmi/fixed-point';
import { createEquityTracker, createPortfolio } from 'quantlaxmi/portfolio';
import { expect, test } from 'vitest';
import { EquityModel } from './equity-model.js';
import { flow } from './lib.js';
import { Model, same, scale } from './model.js';
import { type Command, commands, WORLD } from './world.js';

const [PERP, SPOT] = WORLD as [InstrumentBody, InstrumentBody];
const START = { USDT: '2500.5', BTC: '3' };
const T0 = 1_700_000_000_000_000;

const accountOf = (lots: 'average' | 'fifo', dayStartUs: number) => ({
  currency: 'USDT',
  rates: {
    BTC: { inst: PERP.instrumentId, inverted: false },
    BNB: { inst: SPOT.instrumentId, inverted: true },
  },
  dayStartUs,
  lots,
});

const agree = (a: Rational | null, b: Rational | null): boolean =>
  a === null || b === null ? a === b : same(a, b);

interface Run {
  readonly lots: 'average' | 'fifo';
  readonly offsetUs: number;
  readonly list: readonly Command[];
  /** Marks of what is not held are told as well. */
  readonly everyMark: boolean;
  /** Makes the model wrong on purpose. */
  readonly twist?: (model: EquityModel) => void;
}

/** Runs both; the name of the first thing that differs, and how often equity was known. */
const compare = (run: Run): { differs: string; known: number; losses: number } => {
  const { everyMark, list, lots, offsetUs } = run;
  const portfolio = createPortfolio({ cash: START, lots });
  const tracker = createEquityTracker({ account: accountOf(lots, offsetUs), portfolio });
  const model = new EquityModel({
    model: new Model(lots, START),
    rates: { BTC: { inst: PERP, inverted: false }, BNB: { inst: SPOT, inverted: true } },
    offsetUs,
  });
  model.nowUs = T0;
  tracker.onTime(T0);
  model.wait(0);
  let known = 0;
  let losses = 0;
  const end = (differs: string) => ({ differs, known, losses });
  for (const command of list) {
    step({ command, everyMark, model, portfolio, tracker });
    run.twist?.(model);
    const state = tracker.equity();
    const expected = model.equity;
    if (!agree(state?.equity ?? null, expected)) return end(`${command.do}: equity`);
    for (const inst of WORLD) {
      const id = inst.instrumentId;
      const pnl = tracker.dayPnl(id);
      if (!agree(pnl, model.dayPnl(id))) return end(`${command.do}: day of ${id}`);
    }
    if (state === null) continue;
    known += 1;
    losses = Math.max(losses, state.lossesInRow);
    if (!agree(state.dayStart, model.dayStart)) return end(`${command.do}: day`);
    if (!agree(state.peak, model.peak)) return end(`${command.do}: peak`);
    if (state.lossesInRow !== model.lossesInRow) return end(`${command.do}: trips`);
  }
  return end('');
};

const step = (at: {
  command: Command;
  everyMark: boolean;
  model: EquityModel;
  portfolio: ReturnType<typeof createPortfolio>;
  tracker: ReturnType<typeof createEquityTracker>;
}): void => {
  const { command, model, portfolio, tracker } = at;
  switch (command.do) {
    case 'fill':
      portfolio.applyFill(command.body, command.inst);
      model.fill(command.body, command.inst);
      break;
    case 'flow':
      portfolio.applyCashFlow(command.body, command.inst);
      model.flow(command.body, command.inst);
      break;
    case 'settle': {
      const { flowId, inst, price } = command;
      const id = inst.instrumentId;
      const qty = portfolio.qty(id);
      const unit = model.model.book(inst).unit(scale(price, inst.priceExponent));
      const whole = ['spot', 'option'].includes(inst.class);
      const value = mulRational(scale(qty, inst.qtyExponent), unit);
      const own = whole ? value : portfolio.unrealised(id, price);
      const amount = formatBig(rationalToBig(own, -8, 'floor'), -8);
      const money = { amount, currency: inst.settle };
      const body = flow({ kind: 'settlement', inst: id, price, qty, flowId, ...money });
      portfolio.applyCashFlow(body, inst);
      model.flow(body, inst);
      break;
    }
    case 'mark': {
      const { inst, price } = command;
      if (!at.everyMark && !tracker.needs(inst.instrumentId)) break;
      tracker.onMark(inst, { price, rx: model.nowUs });
      model.mark(inst, price);
      break;
    }
    case 'wait':
      model.wait(command.us);
      tracker.onTime(model.nowUs);
      break;
  }
};

const runs = fc.record({
  lots: fc.constantFrom('average' as const, 'fifo' as const),
  offsetUs: fc.constantFrom(0, 13_500_000_000, -19_800_000_000),
  list: commands({ marks: true }).map((list): Command[] => [
    { do: 'mark', inst: PERP, price: 50 },
    ...list,
  ]),
  everyMark: fc.boolean(),
});

test('PORTFOLIO-12: equity, day, peak and losing trips equal their definitions', () => {
  let known = 0;
  let steps = 0;
  let losses = 0;
  const property = fc.property(runs, (run) => {
    const found = compare(run);
    known += found.known;
    losses = Math.max(losses, found.losses);
    steps += run.list.length;
    if (found.differs !== '') throw new Error(found.differs);
  });
  fc.assert(property, { numRuns: 400, seed: 73 });
  // It would prove little if equity were mostly unknown, or nothing were ever lost.
  expect(known / steps).toBeGreaterThan(0.3);
  expect(losses).toBeGreaterThan(1);
});

test.each<[string, string, (model: EquityModel) => void]>([
  ['another day', 'day', (model) => void (model.offsetUs += 43_200_000_000)],
  ['a peak that falls', 'peak', (model) => void (model.peak = model.equity)],
  ['another count of losses', 'trips', (model) => void (model.lossesInRow += 1)],
  ['marks that are forgotten', 'equity', (model) => model.marks.clear()],
])('PORTFOLIO-12: the comparison sees %s', (_, part, twist) => {
  const differs = fc
    .sample(runs, { numRuns: 200, seed: 74 })
    .map((run) => compare({ ...run, twist }).differs);
  expect(differs.filter((found) => found.includes(`: ${part}`)).length).toBeGreaterThan(0);
});
