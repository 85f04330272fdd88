import type { Rng } from 'quantlaxmi/core';
import { createRng, toHex } from 'quantlaxmi/core';
import { WAL_ID } from '../../wal/support.js';
import { oracleVerdict } from '../../wal/verdict-oracle.js';
import type { Control, FaultCase, FaultContext } from '../lib/case.js';
import { chainStart, rechain } from './lib/forge.js';
import type { Files } from './lib/logs.js';
import { bytesOf, fileOf, logOf, namesOf, startOf, textLines, withBytes } from './lib/logs.js';
import type { Verdict } from './lib/verdicts.js';
import { NONE, opening, reading, spell, Tally, verifying } from './lib/verdicts.js';

type Change = (lines: readonly string[], bytes: Uint8Array, rng: Rng) => Uint8Array;

const pick = (lines: readonly string[], rng: Rng): number => rng.below(lines.length);

const joined = (...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts));

function inserted(bytes: Uint8Array, at: number, more: Uint8Array): Uint8Array {
  return joined(bytes.subarray(0, at), more, bytes.subarray(at));
}

function removed(bytes: Uint8Array, at: number, count: number): Uint8Array {
  return joined(bytes.subarray(0, at), bytes.subarray(at + count));
}

/** A block's place: aligned as disks are. */
function block(bytes: Uint8Array, rng: Rng): { at: number; length: number } {
  const length = [512, 1_024, 4_096][rng.below(3)] as number;
  return { at: length * rng.below(Math.ceil(bytes.length / length)), length };
}

const CHANGES: Readonly<Record<string, Change>> = {
  'a line deleted': (lines, _, rng) => fileOf(lines.toSpliced(pick(lines, rng), 1)),
  'a line repeated': (lines, _, rng) => {
    const at = pick(lines, rng);
    return fileOf(lines.toSpliced(at, 0, lines[at] as string));
  },
  'two lines swapped': (lines, _, rng) => {
    const at = rng.below(lines.length - 1);
    return fileOf(lines.with(at, lines[at + 1] as string).with(at + 1, lines[at] as string));
  },
  'a line moved': (lines, _, rng) => {
    const at = pick(lines, rng);
    return fileOf(lines.toSpliced(at, 1).toSpliced(pick(lines, rng), 0, lines[at] as string));
  },
  'a blank line': (lines, _, rng) => fileOf(lines.toSpliced(pick(lines, rng), 0, '')),
  'two lines joined': (lines, bytes, rng) =>
    removed(bytes, startOf(lines, 1 + pick(lines, rng)) - 1, 1),
  'a block of zeros': (_, bytes, rng) => {
    const { at, length } = block(bytes, rng);
    return bytes.slice().fill(0, at, at + length);
  },
  'a block of another place': (_, bytes, rng) => {
    const [to, from] = [block(bytes, rng), block(bytes, rng)];
    const out = bytes.slice();
    const part = bytes.slice(from.at, from.at + Math.min(from.length, bytes.length - to.at));
    out.set(part, to.at);
    return out;
  },
  'a byte inserted': (_, bytes, rng) =>
    inserted(bytes, rng.below(bytes.length + 1), Uint8Array.of(rng.below(256))),
  'bytes removed': (_, bytes, rng) => removed(bytes, rng.below(bytes.length), 1 + rng.below(3)),
  'the end cut off': (_, bytes, rng) => bytes.slice(0, rng.below(bytes.length)),
  'CRLF everywhere': (lines) => fileOf(lines.map((line) => `${line}\r`)),
  'CRLF at one line': (lines, _, rng) => {
    const at = pick(lines, rng);
    return fileOf(lines.with(at, `${lines[at]}\r`));
  },
  'a byte order mark': (_, bytes) => inserted(bytes, 0, Uint8Array.of(0xef, 0xbb, 0xbf)),
  'checksums in capitals': (lines, _, rng) => {
    const at = pick(lines, rng);
    const line = lines[at] as string;
    return fileOf(lines.with(at, `${line.slice(0, -10)}${line.slice(-10).toUpperCase()}`));
  },
  'junk behind the end': (_, bytes, rng) =>
    joined(bytes, new Uint8Array(1 + rng.below(2_000)).fill(rng.below(2) * 10)),
};

/** What is wrong with the middle segment, by the oracle. */
function dueFor(files: Files, name: string, changed: Uint8Array, before: string): Verdict {
  const lines = textLines(bytesOf(files, before));
  const last = lines.filter((line) => line[6] === 'E').at(-1) as string;
  const head = toHex(rechain(lines, { commits: () => false, footer: false }).head);
  const number = (text: string, key: string): number =>
    Number(new RegExp(`"${key}":(\\d+)`).exec(text)?.[1]);
  const found = oracleVerdict(changed, {
    seg: Number(name.slice(0, 8)),
    first: Number(name.slice(9, 25)),
    wal: WAL_ID,
    prev: head,
    b: number(lines.at(-1) as string, 'b'),
    epoch: 1,
    rx: number(last, 'rx'),
  });
  return found === null ? NONE : { file: name, ...found };
}

async function run({ scale, seed }: FaultContext) {
  const rounds = scale === 'full' ? 60 : 4;
  const rng = createRng(BigInt(seed), 20n);
  const files = await logOf([4, 3, 5, 6, 2, 4, 5, 4, 3], { rotate: { bytes: 1e6, events: 12 } });
  const [before, name] = namesOf(files) as [string, string];
  const bytes = bytesOf(files, name);
  const lines = textLines(bytes);
  const tally = new Tally();
  if (
    toHex(chainStart(WAL_ID)) !==
    /"prev":"([^"]+)"/.exec(textLines(bytesOf(files, before))[0] ?? '')?.[1]
  ) {
    tally.fail('the oracle starts the chain elsewhere');
  }
  const clean = dueFor(files, name, bytes, before);
  if (clean.code !== 'none') tally.fail(`unchanged: the oracle finds ${spell(clean)}`);
  let unlooked = 0;
  for (const [kind, change] of Object.entries(CHANGES)) {
    for (let i = 0; i < rounds; i += 1) {
      const changed = change(lines, bytes, rng);
      if (Buffer.compare(changed, bytes) === 0) continue;
      const broken = withBytes(files, name, changed);
      const due = dueFor(files, name, changed, before);
      const place = `${kind}, round ${i}`;
      tally.injected += 1;
      tally.hold(`${place}: verify`, await verifying(broken), due);
      tally.hold(`${place}: read`, await reading(broken), due);
      tally.hold(`${place}: open`, await opening(broken), due);
      // The same number of lines of every kind: what a reader that counts would see.
      const kinds = (all: readonly string[]): string =>
        all
          .map((line) => line[6])
          .sort()
          .join('');
      if (kinds(textLines(changed)) === kinds(lines)) unlooked += 1;
    }
  }
  const controls: Control[] = [
    {
      name: 'a reader that counts the lines of each kind',
      caught: unlooked > 0,
      detail: `took ${unlooked} of ${tally.injected} edited segments`,
    },
  ];
  const figures =
    `${Object.keys(CHANGES).length} kinds of edit, each judged by verify, read and open, against ` +
    'an oracle made from the format text';
  return tally.outcome(controls, figures);
}

export const F19: FaultCase = {
  id: 'F19',
  title: 'A sealed segment is edited',
  method: `${Object.keys(CHANGES).join(', ')}; at random places`,
  expected:
    'The class and place that the format text gives, from verifying, reading and opening alike.',
  needs: [],
  injectedMin: 500,
  slice: true,
  run,
};
