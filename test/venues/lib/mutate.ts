import { createRng, type Rng } from 'quantlaxmi/core';

/** Kinds of damage, in the order in which a number picks them. */
export const DAMAGES = [
  'bitFlip',
  'byteChange',
  'digitChange',
  'truncation',
  'cut',
  'doubling',
  'insertion',
  'splice',
  'fieldConfusion',
  'hugeNumber',
  'deepNesting',
  'wrongUtf8',
  'duplicateKey',
  'lengthLie',
] as const;

export type Damage = (typeof DAMAGES)[number];

export interface Mutant {
  readonly bytes: Uint8Array;
  /** What was done, first to last; some frames are damaged twice or three times. */
  readonly damages: readonly Damage[];
}

/** Makes damaged frames of good ones; the same seed gives the same frames on every machine. */
export interface Mutator {
  next(): Mutant;
}

const HUGE = [
  '9007199254740993',
  '-9007199254740993',
  '1e400',
  '1e-400',
  '0.000000000000000000001',
  '123456789012345678901234567890.123456789',
  '00000000000000000001',
  '-0',
  '18446744073709551616',
  '999999999999999',
  '9999999999999',
  'NaN',
];
const TYPES = ['null', 'true', '[]', '{}', '""', '"x"', '7', '[[]]', '{"a":{}}', '"\\u0000"'];
const WRONG_UTF8 = [
  [0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x82],
  [0x80],
];

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

function replace(bytes: Uint8Array, from: number, to: number, by: Uint8Array): Uint8Array {
  const out = new Uint8Array(from + by.length + bytes.length - to);
  out.set(bytes.subarray(0, from));
  out.set(by, from);
  out.set(bytes.subarray(to), from + by.length);
  return out;
}

/** Start and end of some value after a colon: text, number, word; null when there is none. */
function someValue(bytes: Uint8Array, rng: Rng): readonly [number, number] | null {
  if (bytes.length === 0) return null;
  const from = rng.below(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const at = (from + i) % bytes.length;
    if (bytes[at] !== 0x3a && bytes[at] !== 0x5b) continue;
    let end = at + 1;
    if (bytes[end] === 0x22) {
      end = bytes.indexOf(0x22, end + 1) + 1;
      if (end === 0) return null;
    } else {
      while (end < bytes.length && !/[,}\]]/.test(String.fromCharCode(bytes[end] as number))) end++;
    }
    return [at + 1, end];
  }
  return null;
}

const pick = <T>(rng: Rng, list: readonly T[]): T => list[rng.below(list.length)] as T;

/** Puts a text in the place of a value; in a frame without values anywhere. */
function confuse(bytes: Uint8Array, rng: Rng, by: string): Uint8Array {
  const value = someValue(bytes, rng);
  const [from, to] = value ?? [rng.below(bytes.length + 1), 0];
  const quoted = value !== null && bytes[from] === 0x22 && rng.below(2) === 0;
  return replace(bytes, from, Math.max(from, to), ascii(quoted ? `"${by}"` : by));
}

function duplicateKey(bytes: Uint8Array, rng: Rng): Uint8Array {
  const fields: (readonly [number, number])[] = [];
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 0x2c && bytes[at] !== 0x7b) continue;
    const name = bytes.indexOf(0x22, at + 1);
    if (name !== at + 1) continue;
    const next = bytes.indexOf(0x2c, name);
    if (next > 0) fields.push([name, next]);
  }
  if (fields.length === 0) return replace(bytes, 0, 0, bytes.subarray(0, 4));
  const [from, to] = pick(rng, fields);
  return replace(bytes, from, from, bytes.slice(from, to + 1));
}

function nest(bytes: Uint8Array, rng: Rng): Uint8Array {
  const depth = 1 + rng.below(300);
  const [open, close] = rng.below(2) === 0 ? (['[', ']'] as const) : (['{"a":', '}'] as const);
  const end = rng.below(4) === 0 ? '' : close.repeat(depth);
  const text = `${open.repeat(depth)}1${end}`;
  return confuse(bytes, rng, text);
}

/** Writes a 16-bit length at an even place: what binary frames are taken apart by. */
function lieAboutLength(bytes: Uint8Array, rng: Rng): Uint8Array {
  const out = bytes.slice();
  if (out.length < 2) return Uint8Array.of(0xff, 0xff);
  const at = 2 * rng.below(out.length >> 1);
  const length = pick(rng, [0, 1, 7, 8, 44, 184, 185, 0x7fff, 0x8000, 0xffff]);
  out[at] = length >> 8;
  out[at + 1] = length & 255;
  return out;
}

function flip(bytes: Uint8Array, rng: Rng): Uint8Array {
  const out = bytes.slice();
  for (let i = rng.below(3); i >= 0 && out.length > 0; i--) {
    const at = rng.below(out.length);
    out[at] = (out[at] as number) ^ (1 << rng.below(8));
  }
  return out;
}

function change(bytes: Uint8Array, rng: Rng): Uint8Array {
  const out = bytes.slice();
  const common = '0123456789-.,:"{}[]eE \u0000';
  if (out.length === 0) return out;
  const by = rng.below(2) === 0 ? rng.below(256) : common.charCodeAt(rng.below(common.length));
  out[rng.below(out.length)] = by;
  return out;
}

/** Other digits in the place of digits: what is left is well-formed, and wrong. */
function changeDigits(bytes: Uint8Array, rng: Rng): Uint8Array {
  const out = bytes.slice();
  const places = [...out.keys()].filter((at) => out[at]! >= 48 && out[at]! <= 57);
  for (let i = rng.below(4); i >= 0 && places.length > 0; i--) {
    out[pick(rng, places)] = 48 + rng.below(10);
  }
  return places.length > 0 ? out : change(bytes, rng);
}

/** A piece of a frame: from, to. */
function piece(bytes: Uint8Array, rng: Rng): readonly [number, number] {
  const from = rng.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + 1 + rng.below(40))];
}

interface Work {
  readonly bytes: Uint8Array;
  readonly other: Uint8Array;
  readonly rng: Rng;
}

const APPLY: Readonly<Record<Damage, (work: Work) => Uint8Array>> = {
  bitFlip: ({ bytes, rng }) => flip(bytes, rng),
  byteChange: ({ bytes, rng }) => change(bytes, rng),
  digitChange: ({ bytes, rng }) => changeDigits(bytes, rng),
  truncation: ({ bytes, rng }) => bytes.slice(0, rng.below(bytes.length + 1)),
  cut: ({ bytes, rng }) => replace(bytes, ...piece(bytes, rng), new Uint8Array(0)),
  doubling: ({ bytes, rng }) => {
    const [from, to] = piece(bytes, rng);
    return replace(bytes, to, to, bytes.slice(from, to));
  },
  insertion: ({ bytes, rng }) => {
    const at = rng.below(bytes.length + 1);
    const noise = Uint8Array.from({ length: 1 + rng.below(8) }, () => rng.below(256));
    return replace(bytes, at, at, noise);
  },
  splice: ({ bytes, other, rng }) => {
    const head = bytes.subarray(0, rng.below(bytes.length + 1));
    return replace(head, head.length, head.length, other.subarray(rng.below(other.length + 1)));
  },
  fieldConfusion: ({ bytes, rng }) => confuse(bytes, rng, pick(rng, TYPES)),
  hugeNumber: ({ bytes, rng }) => confuse(bytes, rng, pick(rng, HUGE)),
  deepNesting: ({ bytes, rng }) => nest(bytes, rng),
  wrongUtf8: ({ bytes, rng }) => {
    const at = rng.below(bytes.length + 1);
    return replace(bytes, at, at, Uint8Array.from(pick(rng, WRONG_UTF8)));
  },
  duplicateKey: ({ bytes, rng }) => duplicateKey(bytes, rng),
  lengthLie: ({ bytes, rng }) => lieAboutLength(bytes, rng),
};

/**
 * Makes a mutator of frames, text or binary.
 *
 * @param corpus - good frames; they are not changed
 * @param seed - the same seed gives the same mutants
 * @param damages - kinds to choose from; default all (`duplicateKey` and the like need text)
 */
export function createMutator(
  corpus: readonly Uint8Array[],
  seed: bigint,
  damages: readonly Damage[] = DAMAGES,
): Mutator {
  const rng = createRng(seed, 0n);
  return {
    next: () => {
      let bytes = pick(rng, corpus);
      const done: Damage[] = [];
      const times = [1, 1, 1, 1, 2, 3][rng.below(6)] as number;
      for (let i = 0; i < times; i++) {
        const damage = pick(rng, damages);
        bytes = APPLY[damage]({ bytes, other: pick(rng, corpus), rng });
        done.push(damage);
      }
      return { bytes, damages: done };
    },
  };
}
