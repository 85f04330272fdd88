/**
 * Thresholds of G0 as data.
 * @module
 */
import * as z from 'zod';
import { limitSchema } from '../config.js';

/** Schema of the thresholds of `g0DataTruth`; every field must be given. */
export const g0ConfigSchema = () =>
  z.strictObject({
    /** Validate every n-th event of each type against its schema; 1 validates all. */
    schemaSampleEvery: z.int().min(1),
    schemaErrors: limitSchema(),
    seqBreaks: limitSchema(),
    malformed: limitSchema(),
    /** Messages of streams or symbols the capture does not know. */
    unknownMessages: limitSchema(),
    venueGaps: limitSchema(),
    /** Gaps seen in the deltas without their Session fact, or facts without a gap. */
    unrecordedGaps: limitSchema(),
    crossed: limitSchema(),
    locked: limitSchema(),
    /** Deltas that reached no synced book, parts per million of all deltas. */
    unsyncedDeltasPpm: limitSchema(),
    nonPositive: limitSchema(),
    offTick: limitSchema(),
    offLot: limitSchema(),
    rxBackwards: limitSchema(),
    tsBackwards: limitSchema(),
    clockSteps: limitSchema(),
    /** How far, µs, the median of receive minus venue time may be below zero. */
    negativeLatencyUs: limitSchema(),
    /** Largest median of receive minus venue time, µs. */
    latencyUs: limitSchema(),
    /** Longest silence of a stream, µs, by event type; a type that is not named is not checked. */
    silenceUs: z.partialRecord(
      z.enum(['Quote', 'Trade', 'BookDelta', 'Funding', 'Stats']),
      limitSchema(),
    ),
    /** Share of the session a stream of quotes or deltas was stale, parts per million. */
    stalePpm: limitSchema(),
    /** A stream is stale beyond the larger of this, µs, and the multiple of its median interval. */
    staleFloorUs: z.int().min(0),
    staleMedianMultiple: z.int().min(1),
    duplicates: limitSchema(),
    /** Trades or quotes whose venue id is below one seen before. */
    outOfOrder: limitSchema(),
    /** A trade counts as outside when it is farther from the last quote than both tolerances. */
    outsideToleranceTicks: z.int().min(0),
    /** Parts per million of the quoted price. */
    outsideTolerancePpm: z.int().min(0),
    outside: limitSchema(),
    undeclared: limitSchema(),
    /** Instruments of the universe without declaration or without data. */
    uncovered: limitSchema(),
    /** Instruments with data that the universe does not name. */
    extra: limitSchema(),
    inferred: limitSchema(),
  });

/** Thresholds of `g0DataTruth`. */
export type G0Config = z.infer<ReturnType<typeof g0ConfigSchema>>;
