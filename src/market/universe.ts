/**
 * Which instruments a session is meant to hold, and when.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';

/** One instrument of a universe, in the half-open interval [fromUs, toUs). */
export interface UniverseMember {
  readonly inst: string;
  /** Start, µs since the epoch; null when it was always a member. */
  readonly fromUs: number | null;
  /** Exclusive end, µs; null while it stays one. */
  readonly toUs: number | null;
}

/** How what was seen compares with what a universe holds; both lists sorted by code unit. */
export interface UniverseCoverage {
  /** Members that were not seen. */
  readonly missing: readonly string[];
  /** Seen, but no member. */
  readonly unexpected: readonly string[];
}

/** A dated set of instruments; see {@link createUniverse}. */
export interface Universe {
  readonly id: string;
  readonly members: readonly UniverseMember[];
  /** True when the instrument is a member at `atUs`. */
  has(inst: string, atUs: number): boolean;
  /** Members at `atUs`, sorted by code unit. */
  at(atUs: number): readonly string[];
  /** Compares instruments seen at `atUs` with the members then. */
  coverage(seen: Iterable<string>, atUs: number): UniverseCoverage;
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function holds(member: UniverseMember, atUs: number): boolean {
  return (
    (member.fromUs === null || member.fromUs <= atUs) &&
    (member.toUs === null || atUs < member.toUs)
  );
}

/** The members themselves, not today's survivors: a delisted instrument keeps its interval. */
class DatedUniverse implements Universe {
  readonly id: string;
  readonly members: readonly UniverseMember[];

  constructor(id: string, members: readonly UniverseMember[]) {
    this.id = id;
    this.members = members;
  }

  has(inst: string, atUs: number): boolean {
    return this.members.some((member) => member.inst === inst && holds(member, atUs));
  }

  at(atUs: number): readonly string[] {
    const now = this.members.filter((member) => holds(member, atUs));
    return [...new Set(now.map((member) => member.inst))].sort(byCodeUnit);
  }

  coverage(seen: Iterable<string>, atUs: number): UniverseCoverage {
    const found = new Set(seen);
    const expected = this.at(atUs);
    return {
      missing: expected.filter((inst) => !found.has(inst)),
      unexpected: [...found].filter((inst) => !expected.includes(inst)).sort(byCodeUnit),
    };
  }
}

/**
 * Makes a universe.
 *
 * @param id - name, recorded where the universe is used
 * @param members - instruments with the interval they belong to it
 * @throws QL_BAD_INPUT when a member's interval is empty
 * @example
 * ```ts
 * import { createUniverse } from 'quantlaxmi/market';
 *
 * const majors = createUniverse('majors', [
 *   { inst: 'BINANCE:SPOT:BTCUSDT', fromUs: null, toUs: null },
 *   { inst: 'BINANCE:SPOT:LUNAUSDT', fromUs: null, toUs: 1_652_400_000_000_000 },
 * ]);
 * majors.at(1_723_161_255_000_000); // => ['BINANCE:SPOT:BTCUSDT']
 * majors.coverage([], 0).missing; // => ['BINANCE:SPOT:BTCUSDT', 'BINANCE:SPOT:LUNAUSDT']
 * ```
 */
export function createUniverse(id: string, members: readonly UniverseMember[]): Universe {
  for (const { inst, fromUs, toUs } of members) {
    if (fromUs === null || toUs === null || fromUs < toUs) continue;
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `Universe ${id}: ${inst} is a member from ${fromUs} to ${toUs} µs; expected from before to.`,
      { context: { inst, fromUs, toUs } },
    );
  }
  return new DatedUniverse(id, [...members]);
}
