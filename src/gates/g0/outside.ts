/**
 * Trades that print outside the book.
 *
 * The last quote is compared in receive order. A sweep prints beyond the touch before its quote
 * arrives: in five recordings of 2024-08-08 and -09, 23 to 49 % of the trades did, up to 10 bps
 * away. A useful bound is therefore a band around the touch, not the touch.
 * @module
 */
import type { EventOf } from '../../events/index.js';
import type { G0Context } from './context.js';
import type { InstrumentState } from './instrument-state.js';
import { hit } from './tally.js';

/** Measures a trade against the last quote of its instrument. */
export function scanOutside(
  context: G0Context,
  state: InstrumentState,
  event: EventOf<'Trade'>,
): void {
  context.trades += 1;
  const { price, inst } = event.body;
  const bid = state.quote?.bid ?? null;
  const ask = state.quote?.ask ?? null;
  const below = bid === null ? 0 : bid - price;
  const over = ask === null ? 0 : price - ask;
  const distance = Math.max(below, over);
  if (distance <= 0) return;
  context.beyondTouch += 1;
  const touch = (below > over ? bid : ask) ?? price;
  const tick = state.declared?.tick ?? 1;
  const ticks = Math.floor(distance / tick);
  // Prices beyond the touch by more than 100 % are reported as 100 % of it.
  const ppm = touch <= 0 ? 1_000_000 : Math.min(1_000_000, Math.floor((distance / touch) * 1e6));
  context.farthestTicks = Math.max(context.farthestTicks, ticks);
  context.farthestPpm = Math.max(context.farthestPpm, ppm);
  const { outsideToleranceTicks, outsideTolerancePpm } = context.config;
  if (ticks > outsideToleranceTicks && ppm > outsideTolerancePpm) {
    hit(
      context.tallies.outside,
      event.seq,
      () => `${inst} trade at ${price}, last quote ${bid ?? 'none'}/${ask ?? 'none'}`,
    );
  }
}
