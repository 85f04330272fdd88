import { createPriceView } from 'quantlaxmi/execution';
import { sessionOf, testInstrument } from 'quantlaxmi/testing';
import { expect, test } from 'vitest';
import { Marks } from '../../src/strategy/internal/marks.js';
import { inst, quoteBody } from './lib.js';

const SECOND = 1_000_000;
const WINDOW = 10 * SECOND;

type Told = Parameters<typeof sessionOf>[0][number];
const quote = (rx: number, bid: number): Told => ({
  ...{ t: 'Quote', rx, body: quoteBody({ ask: bid + 2, bid }) },
});
const funding = (rx: number, mark: number): Told => ({
  ...{ t: 'Funding', rx },
  body: { index: mark, inst, mark, next: null, rate: null } as never,
});

const after = (...told: readonly Told[]) => {
  const prices = createPriceView();
  const marks = new Marks(prices);
  marks.ranges.keep([WINDOW]);
  for (const event of sessionOf([{ t: 'Instrument', rx: 0, body: testInstrument() }, ...told])) {
    prices.onEvent(event);
    marks.onEvent(event);
  }
  return marks;
};

test('STRATEGY-31: a venue mark gives way to the middle that is newer by more than 10 s', () => {
  const at = (rx: number) => after(funding(5, 1_000), quote(rx, 700)).mark(inst);
  expect(at(6)).toEqual({ price: 1_000, rx: 5, source: 'mark' });
  expect(at(5 + WINDOW)).toMatchObject({ price: 1_000, source: 'mark' });
  expect(at(6 + WINDOW)).toEqual({ price: 701, rx: 6 + WINDOW, source: 'mid' });
  // The control: a venue that goes on telling its mark is believed.
  const told = after(funding(5, 1_000), quote(6 + WINDOW, 700), funding(7 + WINDOW, 999));
  expect(told.mark(inst)).toEqual({ price: 999, rx: 7 + WINDOW, source: 'mark' });
});

test('STRATEGY-31: an old venue mark does not hide a fall from the range', () => {
  const quotes = Array.from({ length: 30 }, (_, i) => quote((i + 1) * SECOND, 1_000 - i * 13));
  const nowUs = 30 * SECOND;
  const alone = after(...quotes).ranges.range(inst, WINDOW, nowUs);
  const range = after(funding(5, 1_001), ...quotes).ranges.range(inst, WINDOW, nowUs);
  expect(range).toEqual(alone);
  expect(range).toMatchObject({ low: 1_001 - 29 * 13 });
});

test('STRATEGY-31: what was not told inside the window is not in the range', () => {
  const marks = after(funding(5, 1_000), quote(SECOND, 900));
  expect(marks.ranges.range(inst, WINDOW, 5 * SECOND)).toEqual({
    high: 1_000,
    low: 901,
    sinceUs: 5,
  });
  expect(marks.ranges.range(inst, WINDOW, 30 * SECOND)).toBeNull();
});
