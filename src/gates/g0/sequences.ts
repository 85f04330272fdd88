/**
 * The venue's own numbering: chains of deltas, the gaps in them, ids that come twice or too late.
 * @module
 */
import type { EventOf } from '../../events/index.js';
import type { G0Context } from './context.js';
import type { InstrumentState } from './instrument-state.js';
import { scanRebuiltBook } from './prices.js';
import { hit } from './tally.js';

/** The code under which a capture records a gap in the venue's sequence. */
export const GAP_CODE = 'QL_VENUE_SEQUENCE_GAP';

/** Whether a delta follows the newest one: by its predecessor's number, else by contiguity. */
function follows(state: InstrumentState, body: EventOf<'BookDelta'>['body']): boolean {
  return body.prevSeq === null
    ? body.firstSeq <= state.lastSeq + 1
    : body.prevSeq === state.lastSeq;
}

function scanChain(context: G0Context, state: InstrumentState, event: EventOf<'BookDelta'>): void {
  const { body, seq } = event;
  const newest = state.lastSeq;
  const backwards = body.firstSeq > body.lastSeq;
  if (!backwards && newest >= 0 && body.lastSeq <= newest) {
    const twice = body.lastSeq === newest && body.firstSeq === state.firstSeq;
    const found = twice ? context.tallies.deltaDuplicates : context.tallies.outOfOrder;
    hit(found, seq, () => `${body.inst} delta u=${body.lastSeq} after u=${newest}`);
    return;
  }
  // A range that ends before it begins is a gap at any place, as the capture records it.
  if (backwards || (newest >= 0 && !follows(state, body))) {
    state.gaps += 1;
    if (state.firstGap === '') {
      state.firstGap = `First at seq ${seq}: ${body.inst} delta U=${body.firstSeq} u=${body.lastSeq} does not follow u=${newest}.`;
    }
  }
  if (body.lastSeq <= newest) return;
  state.lastSeq = body.lastSeq;
  state.firstSeq = body.firstSeq;
}

/** Checks a delta's place in its chain and applies it to the rebuilt book. */
export function scanDelta(
  context: G0Context,
  state: InstrumentState,
  event: EventOf<'BookDelta'>,
): void {
  scanChain(context, state, event);
  context.deltas += 1;
  state.deltas += 1;
  const result = state.book.applyDelta(event.body);
  if (result === 'applied') scanRebuiltBook(context, state, event.seq);
  else if (result !== 'stale') context.unsyncedDeltas += 1;
}

/** Applies a snapshot to the rebuilt book. */
export function scanSnapshot(
  context: G0Context,
  state: InstrumentState,
  event: EventOf<'BookSnapshot'>,
): void {
  if (state.book.applySnapshot(event.body) === 'applied') {
    scanRebuiltBook(context, state, event.seq);
  }
}

/** Checks a quote's venue number: it must rise. */
export function scanQuoteSeq(
  context: G0Context,
  state: InstrumentState,
  event: EventOf<'Quote'>,
): void {
  const { venueSeq, inst } = event.body;
  if (venueSeq === null) return;
  const before = state.quoteSeq;
  if (venueSeq === before) {
    hit(context.tallies.quoteDuplicates, event.seq, () => `${inst} quote ${venueSeq} again`);
  } else if (venueSeq < before) {
    hit(context.tallies.outOfOrder, event.seq, () => `${inst} quote ${venueSeq} after ${before}`);
  } else state.quoteSeq = venueSeq;
}

/** Checks a trade's id: new, and above those before. */
export function scanTradeId(
  context: G0Context,
  state: InstrumentState,
  event: EventOf<'Trade'>,
): void {
  const { tradeId, inst } = event.body;
  if (tradeId === '') return;
  const outcome = state.trades.push(tradeId);
  if (outcome === 'duplicate') {
    hit(context.tallies.tradeDuplicates, event.seq, () => `${inst} trade ${tradeId} again`);
  } else if (outcome === 'backwards') {
    hit(context.tallies.outOfOrder, event.seq, () => `${inst} trade ${tradeId} out of order`);
  }
}
