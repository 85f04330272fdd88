/**
 * Prices and quantities: positive, on the tick, on the lot, and not crossed.
 * @module
 */
import type { EventOf, InstrumentBody, Level } from '../../events/index.js';
import type { G0Context } from './context.js';
import type { InstrumentState } from './instrument-state.js';
import { hit } from './tally.js';

interface Place {
  readonly context: G0Context;
  readonly declared: InstrumentBody | null;
  readonly inst: string;
  readonly seq: number;
}

function scanPrice(place: Place, price: number): void {
  const { context, declared, inst, seq } = place;
  if (price <= 0) hit(context.tallies.price, seq, () => `${inst} price mantissa ${price}`);
  else if (declared !== null && declared.tick > 0 && price % declared.tick !== 0) {
    hit(context.tallies.offTick, seq, () => `${inst} price ${price}, tick ${declared.tick}`);
  }
}

function scanQty(place: Place, qty: number, zeroAllowed: boolean): void {
  const { context, declared, inst, seq } = place;
  if (qty < 0 || (qty === 0 && !zeroAllowed)) {
    hit(context.tallies.qty, seq, () => `${inst} quantity mantissa ${qty}`);
  } else if (declared !== null && declared.lot > 0 && qty % declared.lot !== 0) {
    hit(context.tallies.offLot, seq, () => `${inst} quantity ${qty}, lot ${declared.lot}`);
  }
}

function scanLevels(place: Place, levels: readonly Level[], zeroAllowed: boolean): void {
  for (const [price, qty] of levels) {
    scanPrice(place, price);
    scanQty(place, qty, zeroAllowed);
  }
}

/** Checks a quote; an absent side is a null price with quantity 0. */
export function scanQuote(
  context: G0Context,
  state: InstrumentState,
  event: EventOf<'Quote'>,
): void {
  const { bid, bidQty, ask, askQty, inst } = event.body;
  const place = { context, declared: state.declared, inst, seq: event.seq };
  if (bid !== null) scanPrice(place, bid);
  if (ask !== null) scanPrice(place, ask);
  scanQty(place, bidQty, bid === null);
  scanQty(place, askQty, ask === null);
  if (bid === null || ask === null) return;
  const { quoteCrossed, quoteLocked } = context.tallies;
  if (bid > ask) hit(quoteCrossed, event.seq, () => `${inst} bid ${bid} above ask ${ask}`);
  else if (bid === ask) hit(quoteLocked, event.seq, () => `${inst} bid and ask at ${bid}`);
}

/** Checks a trade's own price and quantity. */
export function scanTradePrice(
  context: G0Context,
  state: InstrumentState,
  event: EventOf<'Trade'>,
): void {
  const { inst, price, qty } = event.body;
  const place = { context, declared: state.declared, inst, seq: event.seq };
  scanPrice(place, price);
  scanQty(place, qty, false);
}

/** Checks a bar: its prices, and that low and high hold open and close between them. */
export function scanBar(context: G0Context, state: InstrumentState, event: EventOf<'Bar'>): void {
  const { inst, open, high, low, close } = event.body;
  const place = { context, declared: state.declared, inst, seq: event.seq };
  for (const price of [open, high, low, close]) scanPrice(place, price);
  if (low > Math.min(open, close) || high < Math.max(open, close)) {
    const text = `${inst} bar open ${open}, high ${high}, low ${low}, close ${close}`;
    hit(context.tallies.barRange, event.seq, () => text);
  }
}

/** Checks the price and quantity of a liquidation order. */
export function scanLiquidation(
  context: G0Context,
  state: InstrumentState,
  event: EventOf<'Liquidation'>,
): void {
  const { inst, price, qty } = event.body;
  const place = { context, declared: state.declared, inst, seq: event.seq };
  scanPrice(place, price);
  scanQty(place, qty, false);
}

/** Checks the levels of a snapshot or a delta; only a delta may say quantity 0. */
export function scanBookLevels(
  context: G0Context,
  state: InstrumentState,
  event: EventOf<'BookSnapshot'> | EventOf<'BookDelta'>,
): void {
  const { inst, bids, asks } = event.body;
  const place = { context, declared: state.declared, inst, seq: event.seq };
  const zeroAllowed = event.t === 'BookDelta';
  scanLevels(place, bids, zeroAllowed);
  scanLevels(place, asks, zeroAllowed);
}

/** Checks the rebuilt book after a change; an unsynced book is not looked at. */
export function scanRebuiltBook(context: G0Context, state: InstrumentState, seq: number): void {
  if (!state.book.synced) return;
  const bid = state.book.bestBid()?.[0];
  const ask = state.book.bestAsk()?.[0];
  if (bid === undefined || ask === undefined || bid < ask) return;
  const { bookCrossed, bookLocked } = context.tallies;
  const text = () => `${state.inst} rebuilt bid ${bid}, ask ${ask}`;
  if (bid > ask) hit(bookCrossed, seq, text);
  else hit(bookLocked, seq, text);
}
