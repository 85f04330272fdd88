import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256Pure } from '../../src/core/index.js';
import {
  decodeEvent,
  encodeEventPrefix,
  EVENT_TYPES,
  eventSchema,
} from '../../src/events/index.js';
import { anyEventArbitrary, simStore, manualClock } from '../../src/testing/index.js';
import { openWalWriter, type WalStore } from '../../src/wal/index.js';
import { codeOf } from '../core/codes.js';

const writerOptions = {
  walId: '0'.repeat(32),
  hasher: sha256Pure,
  policy: { kind: 'always' },
  rotate: { bytes: 1_000_000, events: 1000 },
} as const;

describe('arbitraries', () => {
  test('TESTING-1: events are encoded, decoded equal and accepted by the schema', () => {
    const out = new Uint8Array(1 << 20);
    const seen = new Set<string>();
    const schema = eventSchema();
    fc.assert(
      fc.property(anyEventArbitrary(), (event) => {
        seen.add(event.t);
        const end = encodeEventPrefix(event, event.seq, out, 0);
        expect(decodeEvent(out, 0, end)).toEqual(event);
        expect(schema.safeParse(event).success).toBe(true);
        expect(schema.safeParse({ ...event, rx: 0.5 }).success).toBe(false);
      }),
      { seed: 11, numRuns: 400 },
    );
    expect([...seen].sort()).toEqual([...EVENT_TYPES].sort());
  });
});

describe('simulated store', () => {
  const append = async (store: WalStore) => {
    const wal = await openWalWriter(store, { ...writerOptions, clock: manualClock(1) });
    wal.append({
      t: 'Timer',
      sv: 1,
      rx: 1,
      ts: null,
      src: 'T',
      body: { cause: 0, due: 1, id: 'a' },
    });
    await wal.flush();
    return wal.durableSeq;
  };

  test('TESTING-2: without a plan nothing fails, with one the named call does', async () => {
    expect(await append(simStore())).toBe(1);
    const store = simStore({ fault: ({ op }) => (op === 'datasync' ? 'EIO' : null) });
    await expect(append(store)).rejects.toMatchObject({ code: 'WAL_POISONED' });
  });
});

describe('manual clock', () => {
  test('TESTING-4: it moves only when told to, by whole microseconds', () => {
    const clock = manualClock(10);
    expect([clock.nowUs(), clock.nowUs()]).toEqual([10, 10]);
    clock.advance(-3);
    expect(clock.nowUs()).toBe(7);
    clock.set(100);
    expect(clock.nowUs()).toBe(100);
    expect(codeOf(() => clock.advance(0.5))).toBe('QL_BAD_INPUT');
    expect(codeOf(() => manualClock(Number.NaN))).toBe('QL_BAD_INPUT');
  });
});
