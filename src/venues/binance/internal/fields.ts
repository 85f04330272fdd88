/**
 * Finds the fields of one message: where each value starts and ends, in whatever order they come.
 * @module
 */
import { refuse, skipBlank, skipString, skipValue } from './json-scan.js';

/**
 * Slots of the names longer than one letter; one-letter names use their character code. Any other
 * name (also `__proto__`) is checked as JSON and forgotten.
 */
export const SLOT = {
  pu: 128,
  stream: 129,
  data: 139,
  lastUpdateId: 130,
  bids: 131,
  asks: 132,
  symbol: 133,
  symbols: 134,
  result: 135,
  id: 136,
  error: 137,
  code: 138,
  serverTime: 140,
  ap: 141,
} as const;

const SLOTS = 142;

const LONG_NAMES = /* @__PURE__ */ Object.entries(SLOT).map(([name, slot]) => ({
  bytes: Uint8Array.from(name, (char) => char.charCodeAt(0)),
  slot,
}));

/** Start and end of each value found; end 0 = the name did not occur. Made once, reused. */
export class Fields {
  readonly spans: Int32Array = new Int32Array(SLOTS * 2);

  clear(): void {
    this.spans.fill(0);
  }

  has(slot: number): boolean {
    return this.spans[slot * 2 + 1] !== 0;
  }

  start(slot: number): number {
    return this.spans[slot * 2] as number;
  }

  end(slot: number): number {
    return this.spans[slot * 2 + 1] as number;
  }
}

/** True when bytes[start, end) are exactly these. */
export function bytesEqual(
  bytes: Uint8Array,
  start: number,
  end: number,
  expected: Uint8Array,
): boolean {
  const length = end - start;
  if (length !== expected.length) return false;
  for (let i = 0; i < length; i++) if (bytes[start + i] !== expected[i]) return false;
  return true;
}

function longSlot(bytes: Uint8Array, start: number, end: number): number {
  for (const name of LONG_NAMES) if (bytesEqual(bytes, start, end, name.bytes)) return name.slot;
  return -1;
}

/** End of a value; the two kinds nearly all values have are done in place. */
function valueEnd(bytes: Uint8Array, pos: number, end: number): number {
  const c = bytes[pos] as number;
  if (c === 0x22) {
    // Short plain string; an escape or a control character leaves it to the full scan.
    for (let at = pos + 1; at < end; at++) {
      const b = bytes[at] as number;
      if (b === 0x22) return at + 1;
      if (b === 0x5c || b < 0x20) break;
    }
    return skipString(bytes, pos, end);
  }
  if (c === 0x5b && bytes[pos + 1] === 0x5b) {
    const levelsEnd = skipLevels(bytes, pos, end);
    if (levelsEnd > 0) return levelsEnd;
  }
  return skipValue(bytes, pos, end, 1);
}

/**
 * End of an array that holds only arrays of quoted decimals, found by its `]]`; 0 when a byte says
 * it may be something else. `readLevels` checks the layout of whatever is used of it.
 */
function skipLevels(bytes: Uint8Array, pos: number, end: number): number {
  let before = 0;
  for (let at = pos + 2; at < end; at++) {
    const c = bytes[at] as number;
    if (c === 0x5d) {
      if (before === 0x5d) return at + 1;
    } else if (c > 0x39 && c !== 0x5b) return 0;
    before = c;
  }
  return 0;
}

/**
 * Scans the object at `pos` into `fields`.
 *
 * @returns position after its closing brace
 * @throws QL_VENUE_FRAME when it is not a JSON object or holds a known name twice
 */
export function scanObject(bytes: Uint8Array, pos: number, end: number, fields: Fields): number {
  const spans = fields.spans;
  if (bytes[pos] !== 0x7b) return refuse(pos, 'an object');
  let at = skipBlank(bytes, pos + 1);
  if (bytes[at] === 0x7d && at < end) return at + 1;
  for (;;) {
    if (bytes[at] !== 0x22) return refuse(at, 'a key');
    let slot: number;
    const letter = bytes[at + 1] as number;
    if (bytes[at + 2] === 0x22 && letter !== 0x22 && letter !== 0x5c && letter >= 0x20) {
      slot = letter < 128 ? letter : -1;
      at += 3;
    } else {
      const nameEnd = skipString(bytes, at, end);
      slot = longSlot(bytes, at + 1, nameEnd - 1);
      at = nameEnd;
    }
    if (bytes[at] !== 0x3a) at = skipBlank(bytes, at);
    if (bytes[at] !== 0x3a) return refuse(at, '":"');
    at += 1;
    if ((bytes[at] as number) <= 0x20) at = skipBlank(bytes, at);
    const valueStart = at;
    at = valueEnd(bytes, at, end);
    if (slot >= 0) {
      if (spans[slot * 2 + 1] !== 0) return refuse(valueStart, 'each name once');
      spans[slot * 2] = valueStart;
      spans[slot * 2 + 1] = at;
    }
    if ((bytes[at] as number) <= 0x20) at = skipBlank(bytes, at);
    if (at >= end) return refuse(end, 'the end of the object');
    const c = bytes[at];
    if (c === 0x7d) return at + 1;
    if (c !== 0x2c) return refuse(at, '"," or "}"');
    at += 1;
    if ((bytes[at] as number) <= 0x20) at = skipBlank(bytes, at);
  }
}
