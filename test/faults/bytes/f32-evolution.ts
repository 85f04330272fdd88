import type { Event } from 'quantlaxmi/events';
import { EVENT_TYPES, SCHEMA_VERSIONS } from 'quantlaxmi/events';
import { memoryStore, salvageWal, verifyWal } from 'quantlaxmi/wal';
import { hasher, prefixOf, readAll, sealLine } from '../../wal/support.js';
import type { Control, FaultCase, FaultContext } from '../lib/case.js';
import { EVERYTHING, field, rechain } from './lib/forge.js';
import type { Files } from './lib/logs.js';
import { bytesOf, fileOf, logOf, namesOf, startOf, textLines, withBytes } from './lib/logs.js';
import type { Verdict } from './lib/verdicts.js';
import { following, NONE, opening, reading, Tally, verifying } from './lib/verdicts.js';

interface Base {
  readonly files: Files;
  readonly name: string;
  readonly lines: readonly string[];
}

/** The base with one line rewritten and every hash put right: a log another release wrote. */
function written(base: Base, at: number, change: (prefix: string) => string): Files {
  const lines = base.lines.with(at, sealLine(change(prefixOf(base.lines[at] as string))));
  return withBytes(base.files, base.name, fileOf(rechain(lines, EVERYTHING).lines));
}

const placeOf = ({ name, lines }: Base, at: number, code: string): Verdict => {
  const before = lines.slice(0, at).filter((line) => line[6] === 'E').length;
  const seq = Number(field(lines[0] as string, 'first')) + before;
  return { code, file: name, byte: startOf(lines, at), seq };
};

/** Every way in refuses with the same class at the same place. */
async function refused(tally: Tally, place: string, files: Files, due: Verdict): Promise<void> {
  tally.injected += 1;
  tally.hold(`${place}: verify`, await verifying(files), due);
  tally.hold(`${place}: read`, await reading(files), due);
  tally.hold(`${place}: open`, await opening(files), due);
  tally.hold(`${place}: tail`, await following(files), due);
}

/** Types: what decodes refuses; what only checks does not look inside. */
async function unknownType(tally: Tally, base: Base, at: number, type: string, sv: number) {
  const files = written(base, at, (prefix) =>
    prefix.replace(/"t":"[^"]*","sv":\d+/, `"t":"${type}","sv":${sv}`),
  );
  const place = `${type} sv ${sv}`;
  const due = placeOf(base, at, 'WAL_UNKNOWN_TYPE');
  tally.injected += 1;
  tally.hold(`${place}: read`, await reading(files), due);
  tally.hold(`${place}: tail`, await following(files), due);
  tally.hold(`${place}: canonical verify`, await verifying(files, { canonical: true }), due);
  tally.hold(`${place}: verify`, await verifying(files), NONE);
}

async function skippable(tally: Tally, base: Base, at: number): Promise<void> {
  const files = written(base, at, (prefix) =>
    prefix.replace(/"t":"[^"]*","sv":\d+/, '"t":"x-note","sv":9'),
  );
  tally.injected += 1;
  const seq = Number(field(base.lines[at] as string, 'seq'));
  const whole = (await readAll(memoryStore(base.files))).map((e) => e.seq);
  const found = (await readAll(memoryStore(files))).map((e) => e.seq);
  const due = whole.filter((n) => n !== seq);
  if (JSON.stringify(found) !== JSON.stringify(due)) {
    tally.misclassified += 1;
    tally.fail(`x-note at seq ${seq}: read ${found.join(' ')}`);
  }
  const { perType, totalEvents, ok } = await verifyWal(memoryStore(files), { hasher });
  if (!ok || perType['x-note'] !== 1 || totalEvents !== whole.length) {
    tally.misclassified += 1;
    tally.fail(`x-note at seq ${seq}: verify counts ${JSON.stringify(perType)}`);
  }
  const saved: Event[] = [];
  for await (const part of salvageWal(memoryStore(files))) saved.push(...part.events);
  if (saved.some((event) => event.seq === seq)) tally.fail(`x-note at seq ${seq} was salvaged`);
  tally.count('x- skipped');
}

async function run({ scale }: FaultContext) {
  const full = scale === 'full';
  const tally = new Tally();
  const files = await logOf(full ? [3, 4, 3] : [2, 2], { rotate: { bytes: 1e6, events: 100 } });
  const [name] = namesOf(files) as [string];
  const base: Base = { files, name, lines: textLines(bytesOf(files, name)) };
  const same = await reading(written(base, 1, (prefix) => prefix));
  tally.hold('unchanged', same, NONE);
  for (const v of [0, 2, 3, 99]) {
    const newer = written(base, 0, (prefix) => prefix.replace('"v":1,', `"v":${v},`));
    await refused(tally, `format v${v}`, newer, placeOf(base, 0, 'WAL_VERSION'));
  }
  const other = written(base, 0, (p) => p.replace('"fmt":"quantlaxmi-wal"', '"fmt":"another"'));
  await refused(tally, 'another format', other, placeOf(base, 0, 'WAL_CORRUPT'));
  const kinds = full ? ['Z', 'M', 'e', '0', 'A'] : ['Z'];
  for (const [at, line] of base.lines.entries()) {
    if (line[6] === 'H') continue;
    for (const kind of kinds) {
      const odd = written(base, at, (p) => p.replace(/^\{"k":"./, `{"k":"${kind}`));
      await refused(tally, `line ${at + 1} of kind ${kind}`, odd, placeOf(base, at, 'WAL_VERSION'));
    }
    if (line[6] !== 'E') continue;
    await unknownType(tally, base, at, 'Nothing', 1);
    await unknownType(tally, base, at, 'quote', 1);
    for (const type of full ? EVENT_TYPES : (['Quote'] as const)) {
      await unknownType(tally, base, at, type, SCHEMA_VERSIONS[type] + 1);
    }
    await skippable(tally, base, at);
  }
  // A reader that skips what it does not know, as many JSON Lines tools do.
  const line = base.lines.findIndex((text) => text[6] === 'E');
  const unknown = written(base, line, (p) => p.replace(/"t":"[^"]*"/, '"t":"Nothing"'));
  const known = new Set<string>(EVENT_TYPES);
  const skipped = textLines(bytesOf(unknown, name)).filter(
    (text) => text[6] === 'E' && !known.has(field(text, 't')),
  ).length;
  const controls: Control[] = [
    {
      name: 'a reader that skips the types it does not know',
      caught: skipped > 0,
      detail: `dropped ${skipped} event of a newer release in silence`,
    },
  ];
  const figures =
    'format versions, line kinds at every line, unknown types and newer schema versions of every ' +
    'type at every event, with all hashes right; `x-` types passed over and counted';
  return tally.outcome(controls, figures);
}

export const F32: FaultCase = {
  id: 'F32',
  title: 'A log of another release: newer format, kind, type or schema',
  method: 'segments written by hand with all checksums and hashes right',
  expected:
    '`WAL_VERSION` for a format or line kind, `WAL_UNKNOWN_TYPE` for a type or newer `sv`, at ' +
    'the line; `x-` types are passed over.',
  needs: [],
  injectedMin: 100,
  slice: true,
  run,
};
