import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Event } from 'quantlaxmi/events';
import type { EventDecoder } from 'quantlaxmi/wal';
import {
  buildIndex,
  memoryStore,
  openWalWriter,
  salvageWal,
  tailWal,
  verifyWal,
} from 'quantlaxmi/wal';
import { generateCodecs } from '../../scripts/generate-codecs.js';
import { type BodyDescriptor, DESCRIPTORS } from '../../src/events/descriptors.data.js';
import { eventLine, handLog } from './hand-log.js';
import { failureOf, hasher, options, readAll } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'quantlaxmi-upcast-'));
afterAll(() => rmSync(folder, { recursive: true }));
const src = fileURLToPath(new URL('../../src/', import.meta.url));

/** Timer as two later releases would have it: `note` added, then `due` and `cause` moved. */
const [now] = DESCRIPTORS.Timer as readonly [BodyDescriptor];
const natural = { kind: 'int', min: 0 } as const;
const text = { kind: 'text', form: 'any' } as const;
const second: BodyDescriptor = { sv: 2, fields: { ...now.fields, note: text } };
const third: BodyDescriptor = {
  sv: 3,
  fields: { causeSeq: natural, dueUs: natural, id: now.fields['id'] as never, note: text },
};

/** The steps, as source: they become part of the generated release. */
const STEPS = `
  1: (body) => ({ ...body, note: 'was ' + body.id }),
  2: ({ cause, due, id, note }) => ({ causeSeq: cause, dueUs: due, id, note }),`;

/** A release with three versions of Timer, made by the generator of this one. */
async function release(name: string, steps: string): Promise<EventDecoder> {
  const codecs = generateCodecs({ ...DESCRIPTORS, Timer: [now, second, third] });
  codecs.set(
    'unknown.ts',
    "import { otherVersion as lifted } from '../internal/unknown.js';\n" +
      "export { refuseWrite, skipOrRefuse } from '../internal/unknown.js';\n" +
      `const TABLE = { Timer: {${steps}} };\n` +
      'export const otherVersion = (line, scanners) => lifted(line, scanners, TABLE);\n',
  );
  for (const [file, code] of codecs) {
    const placed =
      file === 'unknown.ts'
        ? code
        : code.replaceAll("'../internal/unknown.js'", `'./${name}-unknown.js'`);
    const absolute = placed
      .replaceAll("'./", file === 'envelope.ts' ? `'./${name}-` : "'./")
      .replaceAll(`'./${name}-${name}-`, `'./${name}-`)
      .replaceAll("'../../core/", `'${src}core/`)
      .replaceAll("'../", `'${src}events/`);
    writeFileSync(join(folder, `${name}-${file}`), absolute);
  }
  const { decodeLine } = (await import(/* @vite-ignore */ join(folder, `${name}-envelope.ts`))) as {
    decodeLine: (b: Uint8Array, d: DataView, start: number, end: number) => Event | null;
  };
  return (b, start, end) =>
    decodeLine(b, new DataView(b.buffer, b.byteOffset, b.byteLength), start, end);
}

/** The kept log of this release's schemas. */
const kept = (): Map<string, Uint8Array> => {
  const from = fileURLToPath(new URL('../../fixtures/wal/v1/', import.meta.url));
  const names = readdirSync(from).filter((name) => name.endsWith('.jsonl'));
  return new Map(names.map((name) => [name, new Uint8Array(readFileSync(join(from, name)))]));
};

const liftedTimer = (event: Event): unknown => {
  if (event.t !== 'Timer') return event;
  const { cause, due, id } = event.body;
  return { ...event, sv: 3, body: { causeSeq: cause, dueUs: due, id, note: `was ${id}` } };
};

describe('a later release reads what this one wrote', () => {
  let decode: EventDecoder;
  beforeAll(async () => {
    decode = await release('later', STEPS);
  });

  test('WAL-11: older bodies are lifted on the way out, the bytes stay', async () => {
    const files = kept();
    const store = memoryStore(files);
    const today = await readAll(store);
    const wanted = today.map(liftedTimer);
    expect(wanted).not.toEqual(today);
    expect(await readAll(store, { decode })).toEqual(wanted);
    await buildIndex(store, { hasher, everyBytes: 300 });
    for (const fromSeq of [2, 4, 6, 8]) {
      const events = await readAll(store, { decode, fromSeq });
      expect(events).toEqual(wanted.slice(fromSeq - 1));
    }
    const signal = { aborted: false };
    const wait = async () => {
      signal.aborted = true;
    };
    const followed: Event[] = [];
    for await (const events of tailWal(store, { hasher, decode, wait, signal })) {
      followed.push(...events);
    }
    expect(followed).toEqual(wanted);
    const log = await openWalWriter(store, options());
    await log.close();
    for (const [name, bytes] of files) expect(store.snapshot().get(name)).toEqual(bytes);
  });

  test('versions stand side by side in one log', async () => {
    const files = handLog(
      [
        [[eventLine(1, { t: 'Timer', sv: 1 }, '{"cause":1,"due":2,"id":"a"}')]],
        [
          [eventLine(2, { t: 'Timer', sv: 2 }, '{"cause":1,"due":2,"id":"b","note":"n"}')],
          [eventLine(3, { t: 'Timer', sv: 3 }, '{"causeSeq":1,"dueUs":2,"id":"c","note":""}')],
        ],
      ],
      { Timer: 3 },
    );
    const store = memoryStore(files);
    expect((await verifyWal(store, { hasher, expectSealed: true })).ok).toBe(true);
    const events = await readAll(store, { decode });
    expect(events.map(({ sv, body }) => [sv, body])).toEqual([
      [3, { causeSeq: 1, dueUs: 2, id: 'a', note: 'was a' }],
      [3, { causeSeq: 1, dueUs: 2, id: 'b', note: 'n' }],
      [3, { causeSeq: 1, dueUs: 2, id: 'c', note: '' }],
    ]);
    // This release gives out what it knows, then refuses the first version that it does not.
    const failed = await failureOf(readAll(store));
    expect([failed.code, failed.context['seq']]).toEqual(['WAL_UNKNOWN_TYPE', 2]);
    expect(failed.message).toMatch(/Timer version 2: this build knows versions up to 1/);
    expect((await readAll(store, { toSeq: 1 })).length).toBe(1);
  });

  test('a version that no step reaches, or whose step throws, is refused', async () => {
    const store = memoryStore(kept());
    for (const [name, steps] of [
      ['holed', '1: (body) => body'],
      ['thrower', "1: () => { throw new Error('no') }, 2: (body) => body"],
    ] as const) {
      const failed = await failureOf(readAll(store, { decode: await release(name, steps) }));
      expect([failed.code, failed.context['seq']]).toEqual(['WAL_UNKNOWN_TYPE', 4]);
      expect(failed.message).toMatch(
        name === 'holed' ? /no step from version 2 to 3/ : /1 to 2 threw/,
      );
    }
  });
});

describe('types whose names start with x-', () => {
  const timer = (seq: number) =>
    eventLine(seq, { t: 'Timer', sv: 1 }, `{"cause":1,"due":2,"id":"t${seq}"}`);
  const note = (seq: number) =>
    eventLine(seq, { t: 'x-note', sv: 7 }, '{"deep":[{"a":1}],"text":"é"}');
  const files = (lines: readonly string[]) =>
    memoryStore(handLog([[lines.slice(0, 2), lines.slice(2)]], { Timer: 1, 'x-note': 7 }));

  test('WAL-11: are skipped by readers, counted by verification and keep their seq', async () => {
    const store = files([timer(1), note(2), note(3), timer(4)]);
    expect((await readAll(store)).map((event) => event.seq)).toEqual([1, 4]);
    for (const canonical of [false, true]) {
      const found = await verifyWal(store, { hasher, canonical, expectSealed: true });
      expect(found).toMatchObject({ ok: true, totalEvents: 4, perType: { Timer: 2, 'x-note': 2 } });
    }
    let [salvaged, gaps] = [0, 0];
    for await (const part of salvageWal(store)) {
      salvaged += part.events.length;
      gaps += part.gaps.length;
    }
    expect([salvaged, gaps]).toEqual([2, 0]);
    const log = await openWalWriter(memoryStore(store.snapshot()), options());
    expect(log.appendedSeq).toBe(4);
    await log.close();
  });

  test('control: the same lines under another name are refused', async () => {
    const other = (line: string) => line.replace('x-note', 'Note');
    const store = files([timer(1), other(note(2)), other(note(3)), timer(4)]);
    const failed = await failureOf(readAll(store));
    expect([failed.code, failed.context['seq']]).toEqual(['WAL_UNKNOWN_TYPE', 2]);
    expect((await verifyWal(store, { hasher })).ok).toBe(true);
    const found = await verifyWal(store, { hasher, canonical: true });
    expect(found.problems.map(({ code, seq }) => [code, seq])).toEqual([['WAL_UNKNOWN_TYPE', 2]]);
  });

  test('a newer format is refused with both versions', async () => {
    const [name, bytes] = [...handLog([[[timer(1)]]], {})][0] as [string, Uint8Array];
    const text = Buffer.from(bytes).toString();
    const [header, ...rest] = text.split('\n') as [string, ...string[]];
    const prefix = header.slice(0, -18).replace('"v":1', '"v":2');
    const { sealLine } = await import('./support.js');
    const store = memoryStore(
      new Map([[name, new Uint8Array(Buffer.from([sealLine(prefix), ...rest].join('\n')))]]),
    );
    const failed = await failureOf(readAll(store));
    expect(failed.code).toBe('WAL_VERSION');
    expect(failed.message).toMatch(/format v2 is not v1/);
  });
});
