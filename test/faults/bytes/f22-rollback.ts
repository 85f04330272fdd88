import { SCHEMA_VERSIONS } from 'quantlaxmi/events';
import type { Control, FaultCase, FaultContext } from '../lib/case.js';
import { field } from './lib/forge.js';
import type { Files } from './lib/logs.js';
import { bytesOf, fileOf, logOf, namesOf, textLines, withBytes, without } from './lib/logs.js';
import type { Verdict } from './lib/verdicts.js';
import { NONE, opening, reading, Tally, verifying } from './lib/verdicts.js';

const SIZES = Array<number>(28).fill(2);
const ROTATE = { bytes: 1e6, events: 4 };

/** How a log that lost its end looks to somebody who knows, and to somebody who does not. */
async function shorten(tally: Tally, place: string, files: Files, total: number): Promise<boolean> {
  tally.injected += 1;
  const names = namesOf(files);
  const name = names.at(-1);
  const alone = await verifying(files);
  if (name === undefined) return alone.code === 'none';
  const lines = textLines(bytesOf(files, name));
  const last = lines.filter((line) => line[6] === 'E').at(-1) ?? '';
  const seq = last === '' ? Number(name.slice(9, 25)) : Number(field(last, 'seq')) + 1;
  const known = await verifying(files, { expectAtLeastSeq: total });
  // The place is the end of what is there.
  const end = { code: 'WAL_ROLLBACK', file: name, byte: known.byte, seq };
  tally.hold(`${place}: verify, expecting ${total}`, known, end);
  const opened = await opening(files, { expectAtLeastSeq: total });
  tally.hold(`${place}: open, expecting ${total}`, { ...end, code: opened.code }, end);
  const exact = await verifying(files, { expectAtLeastSeq: seq - 1 });
  tally.hold(`${place}: verify, expecting ${seq - 1}`, exact, NONE);
  return alone.code === 'none' && (await reading(files)).code === 'none';
}

/** Segments, then commits of the last one, taken off the end. */
async function rollBacks(tally: Tally, files: Files, total: number): Promise<number> {
  let accepted = 0;
  let left = files;
  for (const name of namesOf(files).toReversed().slice(0, -1)) {
    left = without(left, name);
    if (await shorten(tally, `from ${name} on deleted`, left, total)) accepted += 1;
  }
  for (const name of namesOf(files).toReversed()) {
    const lines = textLines(bytesOf(files, name));
    const before = new Map([...files].filter(([file]) => file < name));
    for (const [at, line] of lines.entries()) {
      if (line[6] !== 'C' || (name === namesOf(files).at(-1) && lines[at + 1]?.[6] === 'F'))
        continue;
      const cut = withBytes(before, name, fileOf(lines.slice(0, at + 1)));
      const seq = Number(field(line, 'seq'));
      if (seq === total) continue;
      if (await shorten(tally, `${name} cut behind seq ${seq}`, cut, total)) accepted += 1;
    }
  }
  return accepted;
}

const renamed = (files: Files, from: string, to: string): Files =>
  withBytes(without(files, from), to, bytesOf(files, from));

async function holdAll(tally: Tally, place: string, files: Files, due: Verdict): Promise<void> {
  tally.injected += 1;
  tally.hold(`${place}: verify`, await verifying(files), due);
  tally.hold(`${place}: read`, await reading(files), due);
  tally.hold(`${place}: open`, await opening(files), due);
}

async function strangers(tally: Tally, files: Files): Promise<void> {
  const other = await logOf(SIZES, { rotate: ROTATE, walId: 'f'.repeat(32) });
  // A log with the same id and another past, as after a rewrite or a copied folder.
  const twin = await logOf([3, 1, ...SIZES.slice(2)], { rotate: ROTATE });
  for (const name of namesOf(files)) {
    const first = Number(name.slice(9, 25));
    const at = { file: name, byte: 0, seq: first };
    const elsewhere = `${name.slice(0, 9)}${String(first + 2).padStart(16, '0')}${name.slice(25)}`;
    const wrongName = { file: elsewhere, byte: 0, seq: first + 2 };
    const moved = renamed(files, name, elsewhere);
    const misnamed = { code: 'WAL_SEGMENT_MISSING', ...wrongName };
    await holdAll(tally, `${name} as ${elsewhere}`, moved, misnamed);
    if (first === 1) continue;
    const foreign = withBytes(files, name, bytesOf(other, name));
    await holdAll(tally, `${name} of another log`, foreign, { code: 'WAL_FOREIGN', ...at });
    const cousin = withBytes(files, name, bytesOf(twin, name));
    await holdAll(tally, `${name} of a twin`, cousin, { code: 'WAL_CHAIN', ...at });
  }
  const opened = await opening(other, {});
  tally.hold(
    'another log opened as this one',
    { ...opened, byte: 0 },
    {
      code: 'WAL_FOREIGN',
      file: namesOf(other)[0] as string,
      byte: 0,
      seq: 1,
    },
  );
}

async function run({ scale }: FaultContext) {
  const sizes = scale === 'full' ? SIZES : SIZES.slice(0, 8);
  const schemas = { Quote: SCHEMA_VERSIONS.Quote };
  const files = await logOf(sizes, { rotate: ROTATE, schemas });
  const total = sizes.reduce((sum, n) => sum + n, 0);
  const tally = new Tally();
  tally.acknowledged = total;
  const accepted = await rollBacks(tally, files, total);
  const rolled = tally.injected;
  await strangers(tally, await logOf(SIZES, { rotate: ROTATE }));
  const controls: Control[] = [
    {
      name: 'the files alone, without a watermark',
      caught: accepted > 0,
      detail: `accept ${accepted} of ${rolled} roll-backs, as they must: nothing in them shows one`,
    },
  ];
  const figures =
    `${rolled} roll-backs, each refused with the watermark of a manifest or journal and taken ` +
    'without one; segments renamed, of another log, and of a twin with the same id';
  return tally.outcome(controls, figures);
}

export const F22: FaultCase = {
  id: 'F22',
  title: 'The end of a log is taken away, or a segment is of another log',
  method: 'last segments deleted, commits cut off; segments renamed, and replaced from other logs',
  expected:
    '`WAL_ROLLBACK` for whoever states the `seq` to reach; `WAL_SEGMENT_MISSING` for a wrong name' +
    ', `WAL_FOREIGN` for another log, `WAL_CHAIN` for another past of the same one.',
  needs: [],
  injectedMin: 60,
  slice: true,
  run,
};
