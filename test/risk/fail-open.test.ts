/**
 * Holes through which orders get out of other engines, each quoted with its place. Per hole: what
 * it let through is refused here, and the same goes out where the fact is known and good.
 */
import { describe, expect, test } from 'vitest';
import { FACT_HOLES } from './fail-open/facts.js';
import type { Hole, Shown } from './fail-open/hole.js';
import { LIMIT_HOLES } from './fail-open/limits.js';
import { STOP_HOLES } from './fail-open/stops.js';

const HOLES: readonly Hole[] = [...FACT_HOLES, ...LIMIT_HOLES, ...STOP_HOLES];

/** Hole → what its test has shown. */
const ran = new Map<string, { refused: number; allowed: number }>();

describe('holes of other engines', () => {
  test.each(HOLES)('$tag: $hole', async ({ show, tag }) => {
    const counts = { refused: 0, allowed: 0 };
    const shown: Shown = {
      refused: () => (counts.refused += 1),
      allowed: () => (counts.allowed += 1),
    };
    await show(shown);
    ran.set(tag, counts);
  });

  test('every hole has a test that showed it closed, and a control that sends something', () => {
    expect([...ran.keys()]).toEqual(HOLES.map(({ tag }) => tag));
    for (const [tag, { allowed, refused }] of ran) {
      expect(refused, tag).toBeGreaterThan(0);
      expect(allowed, tag).toBeGreaterThan(0);
    }
    expect(new Set(HOLES.map(({ tag }) => tag)).size).toBe(HOLES.length);
  });
});
