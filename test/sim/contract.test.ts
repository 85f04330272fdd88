import { NO_EFFECTS, type Venue } from 'quantlaxmi/execution';
import { constantLatency, makerTakerFees, simVenue } from 'quantlaxmi/sim';
import { venueContract } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';

const sim = (entryUs: number, responseUs: number): Venue =>
  simVenue({
    latency: constantLatency({ entryUs, responseUs }),
    fees: makerTakerFees({ makerPpm: 200, takerPpm: 500, feeExponent: -8 }),
  });

describe.each([
  [0, 0],
  [2_000, 1_000],
])('SIM-8: the venue contract holds, entry %i µs and response %i µs', (entryUs, responseUs) => {
  for (const { name, run } of venueContract(() => ({ venue: sim(entryUs, responseUs) }))) {
    test(name, run);
  }
});

describe('SIM-8: the contract can fail', () => {
  const broken = (part: (venue: Venue) => Partial<Venue>): Venue => {
    const venue = sim(0, 0);
    const through: Venue = {
      id: venue.id,
      submit: (order, nowUs) => venue.submit(order, nowUs),
      cancel: (order, nowUs) => venue.cancel(order, nowUs),
      amend: (order, nowUs) => venue.amend(order, nowUs),
      query: (order, nowUs) => venue.query(order, nowUs),
      reconcile: (nowUs, question) => venue.reconcile(nowUs, question),
      onMarket: (event) => venue.onMarket(event),
      onTimer: (id, nowUs) => venue.onTimer(id, nowUs),
    };
    return { ...through, ...part(venue) };
  };
  const failing = async (make: () => Venue): Promise<string[]> => {
    const failed: string[] = [];
    for (const { name, run } of venueContract(() => ({ venue: make() }))) {
      await run().catch(() => failed.push(name));
    }
    return failed;
  };

  test('a venue that swallows fills', async () => {
    const failed = await failing(() =>
      broken((venue) => ({
        onTimer: (id, nowUs) => {
          const { events, timers } = venue.onTimer(id, nowUs);
          return { events: events.filter((fact) => fact.t !== 'Fill'), timers };
        },
      })),
    );
    expect(failed).toContain('reports fills that add up to quantity less remaining');
  });

  test('a venue that takes anything, and a silent one', async () => {
    const silent = await failing(() => broken(() => ({ submit: () => NO_EFFECTS })));
    expect(silent).toContain('refuses a copy of an approved order');
    expect(silent).toContain('keeps a resting order until its cancel, and then ends it');
  });
});
