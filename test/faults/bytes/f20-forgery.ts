import { prefixOf, sealLine } from '../../wal/support.js';
import type { Control, FaultCase, FaultContext } from '../lib/case.js';
import type { Reach } from './lib/forge.js';
import { afterHead, EVERYTHING, field, NOTHING, rechain } from './lib/forge.js';
import type { Files } from './lib/logs.js';
import {
  bytesOf,
  fileOf,
  kindOf,
  logOf,
  namesOf,
  startOf,
  textLines,
  withBytes,
} from './lib/logs.js';
import type { Verdict } from './lib/verdicts.js';
import { NONE, opening, reading, Tally, verifying } from './lib/verdicts.js';

/** Another value of the same record: `seq` and `rx` stay, the line stays canonical. */
function forged(line: string): string {
  const prefix = prefixOf(line);
  const at = prefix.indexOf('"body":');
  const body = prefix
    .slice(at)
    .replace(
      /:(\d*)(\d)([,}])/,
      (_, head: string, digit: string, end) =>
        `:${head}${digit === '9' ? '8' : Number(digit) + 1}${end}`,
    );
  return sealLine(prefix.slice(0, at) + body);
}

interface Place {
  readonly files: Files;
  readonly name: string;
  readonly lines: readonly string[];
}

/** The fault at line `at`, where events up to `seq - 1` came before. */
function chainFault({ name, lines }: Place, at: number): Verdict {
  const before = lines.slice(0, at).filter((line) => kindOf(line) === 'E').length;
  const first = Number(field(lines[0] as string, 'first'));
  return { code: 'WAL_CHAIN', file: name, byte: startOf(lines, at), seq: first + before };
}

const next = (lines: readonly string[], from: number, kinds: string): number =>
  lines.findIndex((line, i) => i > from && kinds.includes(kindOf(line)));

async function hold(tally: Tally, place: string, files: Files, due: Verdict): Promise<void> {
  tally.injected += 1;
  tally.hold(`${place}: verify`, await verifying(files), due);
  tally.hold(`${place}: read`, await reading(files), due);
  tally.hold(`${place}: open`, await opening(files), due);
}

/** Edits one record and puts right what `reach` says. */
function edit({ files, name, lines }: Place, at: number, reach: Reach): Files {
  const changed = lines.with(at, forged(lines[at] as string));
  return withBytes(files, name, fileOf(rechain(changed, reach).lines));
}

/** One record with its checksum; then its batch; then the rest of its segment. */
async function forgeAt(tally: Tally, place: Place, at: number, last: boolean): Promise<void> {
  const { lines, name } = place;
  const commit = next(lines, at, 'C');
  const number = lines.slice(0, commit).filter((line) => kindOf(line) === 'C').length;
  const said = `${name} line ${at + 1}`;
  await hold(tally, `${said}, record`, edit(place, at, NOTHING), chainFault(place, commit));
  const batch = { commits: (i: number) => i === number, footer: false };
  const after = next(lines, commit, 'CF');
  await hold(tally, `${said}, batch`, edit(place, at, batch), chainFault(place, after));
  const all = { commits: () => true, footer: false };
  const footer = next(lines, at, 'F');
  await hold(tally, `${said}, all commits`, edit(place, at, all), chainFault(place, footer));
  if (last) return;
  const following = namesOf(place.files)[Number(name.slice(0, 8))] as string;
  const header = textLines(bytesOf(place.files, following));
  const due = { ...chainFault({ ...place, name: following, lines: header }, 0) };
  await hold(tally, `${said}, segment`, edit(place, at, EVERYTHING), due);
}

/** Another history from one record on, with everything put right to the end of the log. */
function rewriteAll(files: Files, name: string, at: number): Files {
  const out = new Map(files);
  let head: Uint8Array | null = null;
  for (const file of namesOf(files)) {
    if (file < name) continue;
    let lines = textLines(bytesOf(files, file));
    if (file === name) lines = lines.with(at, forged(lines[at] as string));
    else if (head !== null) lines = lines.with(0, afterHead(lines[0] as string, head));
    const made = rechain(lines, EVERYTHING);
    head = made.head;
    out.set(file, fileOf(made.lines));
  }
  return out;
}

async function run({ scale }: FaultContext) {
  const full = scale === 'full';
  const files = await logOf(full ? [3, 5, 4, 6, 2, 7, 3, 6] : [2, 3, 2], {
    rotate: { bytes: 1e6, events: full ? 12 : 5 },
  });
  const names = namesOf(files);
  const tally = new Tally();
  for (const name of names) {
    const lines = textLines(bytesOf(files, name));
    for (const [at, line] of lines.entries()) {
      if (kindOf(line) !== 'E' || forged(line) === line) continue;
      await forgeAt(tally, { files, name, lines }, at, name === names.at(-1));
      const seq = Number(field(line, 'seq'));
      const moved = prefixOf(line).replace(`"seq":${seq}`, `"seq":${seq + 1}`);
      const broken = withBytes(files, name, fileOf(lines.with(at, sealLine(moved))));
      const due = { ...chainFault({ files, name, lines }, at), code: 'WAL_SEQ' };
      await hold(tally, `${name} line ${at + 1}, seq`, broken, due);
    }
  }
  const [first] = names as [string];
  const rewritten = rewriteAll(files, first, 1);
  const found = await verifying(rewritten, { canonical: true, expectSealed: true });
  if (found.code !== NONE.code) tally.fail(`a whole rewrite was done wrong: ${found.code}`);
  const controls: Control[] = [
    {
      name: 'a whole rewrite, which files alone can not show',
      caught: found.code === 'none',
      detail: 'verifies clean, as it must: only an anchor or a signed manifest shows it',
    },
  ];
  return tally.outcome(
    controls,
    'each record of a log: alone, with its batch, with all commits, with its whole segment, and ' +
      'with another seq; checksums always right',
  );
}

export const F20: FaultCase = {
  id: 'F20',
  title: 'A record is forged together with its checksums',
  method: 'each record changed and re-summed; then its commit, its segment hashed anew as well',
  expected:
    '`WAL_CHAIN` at the first line whose hash was not put right; `WAL_SEQ` for a new `seq`.',
  needs: [],
  injectedMin: 150,
  slice: true,
  run,
};
