import type { EventInput, Level } from 'quantlaxmi/events';
import { createPriceView, type PriceView } from 'quantlaxmi/execution';
import { testInstrument } from 'quantlaxmi/testing';
import { expect, test } from 'vitest';
import { inst } from './lib.js';

const feed = (facts: readonly (Pick<EventInput, 't' | 'body'> & { rx?: number })[]): PriceView => {
  const view = createPriceView();
  const instrument = { t: 'Instrument', body: testInstrument() } as const;
  [instrument, ...facts].forEach((fact, i) => {
    view.onEvent({ sv: 1, rx: i, ts: null, src: 'SIM', ...fact } as EventInput);
  });
  return view;
};
const quote = (bid: number, ask: number, venueSeq: number | null) =>
  ({ t: 'Quote', body: { ask, askQty: 3, bid, bidQty: 2, inst, venueSeq } }) as const;
const asks: Level[] = [
  [1_001, 10],
  [1_002, 20],
  [1_005, 30],
];
const bids: Level[] = [
  [1_000, 11],
  [999, 21],
];
const snapshot = (venueSeq: number) =>
  ({ t: 'BookSnapshot', body: { asks, bids, inst, venueSeq } }) as const;
const walked = (view: PriceView, side: 'buy' | 'sell'): Level[] => {
  const levels: Level[] = [];
  view.walk(inst, side, (price, qty) => levels.push([price, qty]) > 0);
  return levels;
};

test('EXECUTION-8: nothing received, nothing shown', () => {
  const view = feed([]);
  expect(view.touch(inst)).toBeNull();
  expect(view.bookState(inst)).toBe('none');
  expect(walked(view, 'buy')).toEqual([]);
  expect(view.sweepPrice(inst, 'buy', 1)).toBeNull();
});

test('EXECUTION-8: quotes alone show the quote', () => {
  const view = feed([quote(1_000, 1_001, 5)]);
  expect(view.touch(inst)).toMatchObject({ bid: 1_000, ask: 1_001, source: 'quote' });
  expect(walked(view, 'sell')).toEqual([[1_000, 2]]);
  expect(view.sweepPrice(inst, 'buy', 3)).toBe(1_001);
  expect(view.sweepPrice(inst, 'buy', 4)).toBeNull();
});

test('EXECUTION-8: a newer quote hides the levels in front of it', () => {
  const view = feed([snapshot(10), quote(1_001, 1_002, 11)]);
  expect(view.touch(inst)).toMatchObject({ bid: 1_001, ask: 1_002, source: 'quote' });
  expect(walked(view, 'buy')).toEqual([
    [1_002, 3],
    [1_005, 30],
  ]);
  expect(walked(view, 'sell')).toEqual([
    [1_001, 2],
    [1_000, 11],
    [999, 21],
  ]);
});

test('EXECUTION-8: a newer book stands alone, by sequence and not by arrival', () => {
  const view = feed([snapshot(10), quote(1_001, 1_002, 9)]);
  expect(view.touch(inst)).toMatchObject({ bid: 1_000, ask: 1_001, source: 'book' });
  expect(walked(view, 'buy')).toEqual(asks);
  expect(view.sweepPrice(inst, 'buy', 31)).toBe(1_005);
});

test('EXECUTION-8: without sequence numbers the later arrival is newer', () => {
  expect(feed([quote(1_001, 1_002, null), snapshot(1)]).touch(inst)?.source).toBe('book');
  expect(feed([snapshot(1), quote(1_001, 1_002, null)]).touch(inst)?.source).toBe('quote');
});

test('EXECUTION-8: a book out of sequence shows nothing', () => {
  const gap = { asks, bids, firstSeq: 50, inst, lastSeq: 60, prevSeq: 49 };
  const view = feed([snapshot(10), { t: 'BookDelta', body: gap }]);
  expect(view.bookState(inst)).toBe('unsynced');
  expect(view.touch(inst)).toBeNull();
  expect(walked(view, 'buy')).toEqual([]);
});

test('EXECUTION-8: a deep walk reaches every level once, in order', () => {
  const many: Level[] = Array.from({ length: 300 }, (_, i) => [1_001 + i, i + 1]);
  const body = { asks: many, bids, inst, venueSeq: 10 };
  const view = feed([{ t: 'BookSnapshot', body }]);
  expect(walked(view, 'buy')).toEqual(many);
  expect(view.sweepPrice(inst, 'buy', (300 * 301) / 2)).toBe(1_300);
});
