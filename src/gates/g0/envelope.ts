/**
 * What holds for every record: its schema, its place in the log, its receive time.
 * @module
 */
import { type Event, validateEvent } from '../../events/index.js';
import type { G0Context } from './context.js';
import { hit } from './tally.js';

/** Types that a session log holds; the engine's own records belong to a run's log. */
const SESSION_TYPES: ReadonlySet<string> = new Set([
  'Session',
  'Instrument',
  'Quote',
  'Trade',
  'BookSnapshot',
  'BookDelta',
  'Funding',
  'Stats',
  'Bar',
  'Liquidation',
]);

/** What the schema says against an event; null when it holds. */
function schemaProblem(event: Event): string | null {
  try {
    validateEvent(event);
    return null;
  } catch (error) {
    return `${event.t}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Checks the envelope of one event; the decoder has proved its canonical form already. */
export function scanEnvelope(context: G0Context, event: Event): void {
  const { tallies, perType, config } = context;
  const seen = perType.get(event.t) ?? 0;
  perType.set(event.t, seen + 1);
  context.events += 1;
  if (!SESSION_TYPES.has(event.t)) {
    hit(tallies.unexpectedTypes, event.seq, () => `type ${event.t} in a session log`);
  }
  if (seen % config.schemaSampleEvery === 0) {
    context.validated += 1;
    const problem = schemaProblem(event);
    if (problem !== null) hit(tallies.schemaErrors, event.seq, () => problem);
  }
  if (event.seq !== context.lastSeq + 1) {
    hit(tallies.seqBreaks, event.seq, () => `expected seq ${context.lastSeq + 1}`);
  }
  context.lastSeq = event.seq;
  if (event.rx < context.lastRx) {
    hit(tallies.rxBackwards, event.seq, () => `rx ${event.rx} after ${context.lastRx}`);
  } else context.lastRx = event.rx;
  if (context.firstRx < 0) context.firstRx = event.rx;
}
