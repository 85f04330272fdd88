import {
  badVenue,
  VENUE_FAULTS,
  type VenueFaultKind,
  type VenueFaultRule,
  venueContract,
} from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { BROKEN, good } from './broken-venues.js';

const names = venueContract(() => ({ venue: good() })).map(({ name }) => name);

const failing = async (make: () => ReturnType<typeof good>): Promise<string[]> => {
  const failed: string[] = [];
  for (const { name, run } of venueContract(() => ({ venue: make() }))) {
    await run().catch(() => failed.push(name));
  }
  return failed;
};

test('TESTING-3: the contract holds for a venue that keeps it', async () => {
  expect(await failing(good)).toEqual([]);
});

describe('TESTING-3: each case of the venue contract fails on a venue that breaks it', () => {
  test('every case has one', () => {
    expect(Object.keys(BROKEN).sort()).toEqual([...names].sort());
  });

  test.each(Object.entries(BROKEN))('%s', async (name, make) => {
    const [found] = venueContract(() => ({ venue: make() })).filter((each) => each.name === name);
    await expect(found?.run()).rejects.toThrow();
  });
});

/** Fault → cases that fail, by their place in the contract. Coming late breaks no promise. */
const BREAKS: Readonly<Record<VenueFaultKind, readonly number[]>> = {
  late: [],
  duplicate: [22, 23, 24],
  reorder: [3, 4, 16, 18, 19, 24],
  dropAcks: [6, 10, 11, 12, 13, 18],
  dropFills: [4, 11, 12, 13, 15, 16],
  fillsBehindEnd: [23, 24],
  silent: [3, 4, 6, 7, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 23],
  disconnect: [3, 4, 6, 7, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 24],
  loseRequest: [0, 1, 2, 3, 4, 6, 7, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 24],
  cutAnswer: [22, 23, 24],
  lieRemaining: [4, 6, 11, 12, 13, 14, 15, 16, 23, 24],
  contradict: [3, 4, 5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 21, 23, 24],
  inventFill: [3, 4, 5, 6, 7, 9, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 23, 24],
};

describe('TESTING-10: what each fault breaks of the contract', () => {
  test.each(Object.keys(VENUE_FAULTS) as VenueFaultKind[])('%s', async (kind) => {
    const script = [{ kind }];
    const failed = await failing(() => badVenue({ inner: good(), script, seed: 3n }));
    expect(failed.map((name) => names.indexOf(name))).toEqual(BREAKS[kind]);
  });
});

test('TESTING-10: a script says when, how often and how long; a seed decides chances', async () => {
  const submit = async (script: readonly VenueFaultRule[]) => {
    const venue = badVenue({ inner: good(), script, seed: 3n });
    const [, , , run] = venueContract(() => ({ venue }));
    await run?.run().catch(() => undefined);
    return venue.happened;
  };
  expect(await submit([])).toEqual({});
  expect(await submit([{ kind: 'loseRequest', from: 2 }])).toEqual({});
  expect(await submit([{ kind: 'loseRequest', from: 1, count: 1 }])).toEqual({ loseRequest: 1 });
  expect(await submit([{ kind: 'late', ppm: 0 }])).toEqual({});
  const chance = [{ kind: 'late', ppm: 500_000, delayUs: 5 }] as const;
  expect(await submit(chance)).toEqual(await submit(chance));
});
