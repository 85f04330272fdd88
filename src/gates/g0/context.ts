/**
 * State of one G0 pass, shared by its parts.
 * @module
 */
import type { Event, EventType } from '../../events/index.js';
import type { G0Config } from './config.js';
import { type InstrumentState, instrumentState } from './instrument-state.js';
import { type Tally, tally } from './tally.js';

/** What the pass counts, by check. */
export const TALLIES = [
  'schemaErrors',
  'unexpectedTypes',
  'seqBreaks',
  'salvaged',
  'malformed',
  'unknownMessages',
  'otherGaps',
  'quoteCrossed',
  'quoteLocked',
  'bookCrossed',
  'bookLocked',
  'price',
  'qty',
  'barRange',
  'offTick',
  'offLot',
  'rxBackwards',
  'tsBackwards',
  'clockSteps',
  'tradeDuplicates',
  'quoteDuplicates',
  'deltaDuplicates',
  'outOfOrder',
  'outside',
  'undeclared',
  'inferred',
] as const;

/** State of one pass over a session. */
export interface G0Context {
  readonly config: G0Config;
  readonly tallies: Readonly<Record<(typeof TALLIES)[number], Tally>>;
  readonly perType: Map<EventType, number>;
  readonly instruments: Map<string, InstrumentState>;
  events: number;
  validated: number;
  lastSeq: number;
  first: Event | null;
  last: Event | null;
  firstRx: number;
  lastRx: number;
  /** Counts of the capture's own last record; facts are sampled, these are not. */
  stated: Readonly<Record<string, number | string>>;
  deltas: number;
  unsyncedDeltas: number;
  trades: number;
  beyondTouch: number;
  /** Farthest print beyond the touch: ticks, and parts per million of the price. */
  farthestTicks: number;
  farthestPpm: number;
}

/** The state before the first event. */
export const g0Context = (config: G0Config): G0Context => ({
  config,
  tallies: Object.fromEntries(TALLIES.map((name) => [name, tally()])) as unknown as Record<
    (typeof TALLIES)[number],
    Tally
  >,
  perType: new Map(),
  instruments: new Map(),
  events: 0,
  validated: 0,
  lastSeq: 0,
  first: null,
  last: null,
  firstRx: -1,
  lastRx: -1,
  stated: {},
  deltas: 0,
  unsyncedDeltas: 0,
  trades: 0,
  beyondTouch: 0,
  farthestTicks: 0,
  farthestPpm: 0,
});

/** The state of an instrument, made at its first mention. */
export function stateOf(context: G0Context, inst: string): InstrumentState {
  const known = context.instruments.get(inst);
  if (known !== undefined) return known;
  const made = instrumentState(inst);
  context.instruments.set(inst, made);
  return made;
}

/** Types that say something about the market, and so need a declared instrument. */
export type MarketEvent = Extract<
  Event,
  {
    t:
      | 'Quote'
      | 'Trade'
      | 'BookSnapshot'
      | 'BookDelta'
      | 'Funding'
      | 'Stats'
      | 'Bar'
      | 'Liquidation';
  }
>;
