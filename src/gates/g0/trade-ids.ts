/**
 * Trade ids seen, in flat memory: the newest few thousand exactly, and the highest of all.
 * @module
 */

/** How many ids are remembered exactly, per instrument. */
const WINDOW = 4096;

const DIGITS = /^(0|[1-9][0-9]{0,31})$/;

/** Judges ids one by one. */
export interface TradeIds {
  /** `duplicate` for an id seen among the last ones, `backwards` for one below the highest. */
  push(id: string): 'new' | 'duplicate' | 'backwards';
}

/** Compares decimal digits without leading zeros: longer is larger. */
const above = (a: string, b: string): boolean =>
  a.length !== b.length ? a.length > b.length : a > b;

/** Makes an empty memory. Ids that are not plain digits have no order, only duplicates. */
export function tradeIds(): TradeIds {
  const recent = new Set<string>();
  // The oldest id is found through a ring: a Set's first key costs a walk over deleted ones.
  const ring: string[] = [];
  let next = 0;
  let highest = '';
  return {
    push(id) {
      if (recent.has(id)) return 'duplicate';
      const oldest = ring[next];
      if (oldest !== undefined) recent.delete(oldest);
      recent.add(id);
      ring[next] = id;
      next = (next + 1) % WINDOW;
      if (!DIGITS.test(id)) return 'new';
      if (highest !== '' && !above(id, highest)) return 'backwards';
      highest = id;
      return 'new';
    },
  };
}
