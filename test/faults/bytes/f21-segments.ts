import type { Control, FaultCase, FaultContext } from '../lib/case.js';
import { field } from './lib/forge.js';
import type { Files } from './lib/logs.js';
import { bytesOf, fileOf, logOf, namesOf, textLines, withBytes, without } from './lib/logs.js';
import type { Verdict } from './lib/verdicts.js';
import { following, opening, reading, Tally, verifying } from './lib/verdicts.js';

const firstOf = (name: string): number => Number(name.slice(9, 25));

const missing = (file: string): Verdict => {
  const at = { file, byte: 0, seq: firstOf(file) };
  return { code: 'WAL_SEGMENT_MISSING', ...at };
};

async function holdAll(tally: Tally, place: string, files: Files, due: Verdict): Promise<void> {
  tally.injected += 1;
  tally.hold(`${place}: verify`, await verifying(files), due);
  tally.hold(`${place}: read`, await reading(files), due);
  tally.hold(`${place}: open`, await opening(files), due);
}

/** Takes segment `at` away, its footer, or puts a copy of it elsewhere. */
async function tryAt(tally: Tally, files: Files, at: number): Promise<void> {
  const names = namesOf(files);
  const [name, after] = [names[at], names[at + 1]] as [string, string];
  await holdAll(tally, `${name} deleted`, without(files, name), missing(after));
  tally.hold(`${name} deleted: tail`, await following(without(files, name)), missing(after));
  const lines = textLines(bytesOf(files, name));
  const last = Number(field(lines.at(-1) as string, 'last'));
  const unsealed = { code: 'WAL_UNSEALED', file: name, byte: 0, seq: last + 1 };
  const stripped = withBytes(files, name, fileOf(lines.slice(0, -1)));
  await holdAll(tally, `${name} without footer`, stripped, unsealed);
  const emptied = { code: 'WAL_UNSEALED', file: name, byte: 0, seq: firstOf(name) };
  await holdAll(tally, `${name} emptied`, withBytes(files, name, new Uint8Array(0)), emptied);
  // A copy behind the end holds another segment than its name says.
  const end = Number((names.at(-1) as string).slice(0, 8)) + 1;
  const behind = `${String(end).padStart(8, '0')}${name.slice(8)}`;
  const stray = withBytes(files, behind, bytesOf(files, name));
  await holdAll(tally, `${name} copied as ${behind}`, stray, missing(behind));
  // A second file of the same number: neither can be told to be the right one.
  const twin = `${name.slice(0, 9)}${String(firstOf(name) + 1).padStart(16, '0')}${name.slice(25)}`;
  const both = withBytes(files, twin, bytesOf(files, name));
  await holdAll(tally, `${name} twice`, both, missing(twin));
  // Two swapped: each holds the other.
  const swapped = withBytes(
    withBytes(files, name, bytesOf(files, after)),
    after,
    bytesOf(files, name),
  );
  await holdAll(tally, `${name} and ${after} swapped`, swapped, missing(name));
}

/** A reader that takes every file that verifies by itself, in the order of names. */
function eachByItself(files: Files): number {
  let events = 0;
  for (const name of namesOf(files)) {
    const lines = textLines(bytesOf(files, name));
    events += Number(field(lines.at(-1) as string, 'n'));
  }
  return events;
}

async function run({ scale }: FaultContext) {
  const full = scale === 'full';
  const sizes = Array<number>(full ? 40 : 8).fill(2);
  const files = await logOf(sizes, { rotate: { bytes: 1e6, events: 4 } });
  const names = namesOf(files);
  const tally = new Tally();
  for (let at = 0; at + 1 < names.length; at += 1) await tryAt(tally, files, at);
  const less = eachByItself(without(files, names[1] as string));
  const total = eachByItself(files);
  const controls: Control[] = [
    {
      name: 'a reader that takes each segment by itself',
      caught: less > 0 && less < total,
      detail: `read ${less} of ${total} events without a complaint after a middle one was deleted`,
    },
  ];
  const figures = `${names.length} segments; deleted, unsealed, emptied, copied, twice, swapped`;
  return tally.outcome(controls, figures);
}

export const F21: FaultCase = {
  id: 'F21',
  title: 'Segments are missing, unsealed, stray or swapped',
  method: 'each segment but the last deleted, stripped of its footer, emptied, copied, swapped',
  expected:
    '`WAL_SEGMENT_MISSING` at the file that stands in the wrong place; `WAL_UNSEALED` for one ' +
    'that others follow and that has no footer.',
  needs: [],
  injectedMin: 100,
  slice: true,
  run,
};
