/**
 * A preset of G0's thresholds, to be given by name. Sources: `docs/gates.md`.
 * @module
 */
import type { G0Config } from './config.js';

/**
 * Nothing wrong is allowed in what the venue sent; measured qualities of the capture (clock skew,
 * latency, silence, inferred instruments) warn, so that a recording made with a wrong clock can
 * still be used on paper with the warning in sight.
 */
export const g0Defaults: G0Config = Object.freeze<G0Config>({
  schemaSampleEvery: 64,
  schemaErrors: { max: 0, over: 'fail' },
  seqBreaks: { max: 0, over: 'fail' },
  malformed: { max: 0, over: 'fail' },
  unknownMessages: { max: 0, over: 'warn' },
  venueGaps: { max: 0, over: 'fail' },
  unrecordedGaps: { max: 0, over: 'fail' },
  crossed: { max: 0, over: 'fail' },
  locked: { max: 0, over: 'fail' },
  unsyncedDeltasPpm: { max: 50_000, over: 'warn' },
  nonPositive: { max: 0, over: 'fail' },
  offTick: { max: 0, over: 'fail' },
  offLot: { max: 0, over: 'fail' },
  rxBackwards: { max: 0, over: 'fail' },
  tsBackwards: { max: 0, over: 'fail' },
  clockSteps: { max: 0, over: 'warn' },
  negativeLatencyUs: { max: 1000, over: 'warn' },
  latencyUs: { max: 1_000_000, over: 'warn' },
  silenceUs: {
    Quote: { max: 60_000_000, over: 'fail' },
    Trade: { max: 300_000_000, over: 'warn' },
    BookDelta: { max: 60_000_000, over: 'fail' },
  },
  stalePpm: { max: 5000, over: 'warn' },
  staleFloorUs: 500_000,
  staleMedianMultiple: 5,
  duplicates: { max: 0, over: 'fail' },
  outOfOrder: { max: 0, over: 'fail' },
  outsideToleranceTicks: 10,
  outsideTolerancePpm: 2500,
  outside: { max: 0, over: 'fail' },
  undeclared: { max: 0, over: 'fail' },
  uncovered: { max: 0, over: 'fail' },
  extra: { max: 0, over: 'warn' },
  inferred: { max: 0, over: 'warn' },
});
