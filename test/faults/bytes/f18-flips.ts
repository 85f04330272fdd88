import { createRng } from 'quantlaxmi/core';
import type { Control, FaultCase, FaultContext } from '../lib/case.js';
import { spansOf, stillHolds, valuesFor } from './lib/flips.js';
import type { LineSpan } from './lib/flips.js';
import type { Files } from './lib/logs.js';
import { bytesOf, logOf, namesOf } from './lib/logs.js';
import { NONE, reading, spell, Tally, verifying } from './lib/verdicts.js';

interface Sweep {
  readonly files: Files;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly spans: readonly LineSpan[];
  readonly tally: Tally;
}

/** Changes every byte to every value, and looks at the line it stands in. */
function everyByte({ bytes, spans, tally, name }: Sweep, say: (line: string) => void): void {
  let told = 0;
  for (const span of spans) {
    for (let at = span.from; at <= span.lf; at += 1) {
      const whole = bytes[at] as number;
      for (const value of valuesFor(whole)) {
        bytes[at] = value;
        tally.injected += 1;
        if (stillHolds(bytes, span, at)) {
          tally.undetected += 1;
          tally.fail(`${name} byte ${at}: ${whole} as ${value} was taken`);
        }
      }
      bytes[at] = whole;
    }
    if (span.lf > told + 400_000) {
      told = span.lf;
      say(`byte ${told} of ${bytes.length}`);
    }
  }
}

const spanAt = (spans: readonly LineSpan[], at: number): LineSpan => {
  let [low, high] = [0, spans.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((spans[middle] as LineSpan).from <= at) low = middle;
    else high = middle - 1;
  }
  return spans[low] as LineSpan;
};

/** The same of a random sample, by verifying the whole log; each fifth is read as well. */
async function wholeLog(sweep: Sweep, seed: number, rounds: number): Promise<number> {
  const { bytes, spans, tally, files, name } = sweep;
  const rng = createRng(BigInt(seed), 18n);
  let disagreed = 0;
  for (let i = 0; i < rounds; i += 1) {
    // Every other one in the last tenth, where footer and commits are near.
    const at = i % 2 === 0 ? rng.below(bytes.length) : bytes.length - 1 - rng.below(2_000);
    const whole = bytes[at] as number;
    const values = valuesFor(whole);
    bytes[at] = values[rng.below(values.length)] as number;
    const span = spanAt(spans, at);
    const due = { code: 'WAL_CORRUPT', file: name, byte: span.from, seq: span.seq };
    const found = await verifying(files);
    tally.hold(`byte ${at} as ${bytes[at]}: verify`, found, due);
    if ((found.code === 'none') !== stillHolds(bytes, span, at)) disagreed += 1;
    if (i % 5 === 0) {
      const read = await reading(files);
      if (spell(read) !== spell(due)) tally.fail(`byte ${at}: reading found ${spell(read)}`);
    }
    bytes[at] = whole;
  }
  return disagreed;
}

/** Each change of a small segment, by its line and by verifying the whole log: always the same. */
async function agreeEverywhere(tally: Tally, step: number): Promise<number> {
  const files = await logOf([3, 1, 4, 2], { rotate: { bytes: 1e6, events: 8 } });
  const [name] = namesOf(files) as [string];
  const bytes = bytesOf(files, name);
  let tried = 0;
  for (const span of spansOf(bytes)) {
    for (let at = span.from; at <= span.lf; at += step) {
      const whole = bytes[at] as number;
      for (const value of valuesFor(whole)) {
        bytes[at] = value;
        const due = { code: 'WAL_CORRUPT', file: name, byte: span.from, seq: span.seq };
        const found = await verifying(files);
        tally.hold(`small log, byte ${at} as ${value}`, found, due);
        if (stillHolds(bytes, span, at)) tally.fail(`small log, byte ${at} as ${value}: line`);
        tried += 1;
      }
      bytes[at] = whole;
    }
  }
  tally.injected += tried;
  return tried;
}

/** How many changes a reader without checksums lets pass: one that parses JSON and counts. */
function parsedOnly({ bytes, spans }: Sweep, seed: number): { tried: number; missed: number } {
  const rng = createRng(BigInt(seed), 19n);
  const tried = 2_000;
  let missed = 0;
  for (let i = 0; i < tried; i += 1) {
    const at = rng.below(bytes.length);
    const { from, lf, seq } = spanAt(spans, at);
    const copy = Buffer.from(bytes.subarray(from, lf));
    if (at < lf) copy[at - from] = (bytes[at] as number) ^ (1 << rng.below(8));
    try {
      const line = JSON.parse(copy.toString()) as { k?: string; seq?: number };
      if (at < lf && line.k === 'E' && line.seq === seq) missed += 1;
    } catch {
      // Seen by the parser.
    }
  }
  return { tried, missed };
}

async function run({ scale, seed, say }: FaultContext) {
  const full = scale === 'full';
  const events = full ? 10_000 : 120;
  const batch = full ? 1_000 : 20;
  // The second segment stands behind it, as behind every sealed one but the last.
  const files = await logOf([...Array<number>(events / batch).fill(batch), 5], {
    rotate: { bytes: 67_108_864, events },
  });
  const [name] = namesOf(files) as [string];
  const bytes = bytesOf(files, name);
  const sweep: Sweep = { files, name, bytes, spans: spansOf(bytes), tally: new Tally() };
  const { tally } = sweep;
  const clean = await verifying(files);
  if (spell(clean) !== spell(NONE)) tally.fail(`unchanged: ${spell(clean)}`);
  const held = sweep.spans.filter((span) => stillHolds(bytes, span, span.from)).length;
  if (held !== sweep.spans.length) tally.fail(`${held} of ${sweep.spans.length} lines hold`);
  everyByte(sweep, say);
  const rounds = full ? 2_500 : 60;
  say(`${tally.injected} changes looked at; ${rounds} of them through the whole log`);
  const disagreed = await wholeLog(sweep, seed, rounds);
  if (disagreed > 0) tally.fail(`line and log disagreed on ${disagreed} of ${rounds}`);
  const small = await agreeEverywhere(tally, full ? 1 : 23);
  const { tried, missed } = parsedOnly(sweep, seed);
  const controls: Control[] = [
    {
      name: 'a reader that parses JSON and counts, without checksums',
      caught: missed > 0,
      detail: `took ${missed} of ${tried} changed lines`,
    },
  ];
  const figures =
    `${bytes.length} bytes of ${events} records; each change by its line; ${rounds} of them, ` +
    `and all ${small} of a small log, through the whole log too, which always agreed`;
  return tally.outcome(controls, figures);
}

export const F18: FaultCase = {
  id: 'F18',
  title: 'A byte of a sealed segment is another',
  method: 'every byte of 10,000 records: 8 bit flips, and 00, FF, LF and blank',
  expected: '`WAL_CORRUPT`, naming the file, the first byte of the line and the `seq` due there.',
  needs: [],
  injectedMin: 15_000_000,
  slice: true,
  run,
};
