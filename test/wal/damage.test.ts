import { describe, expect, test } from 'vitest';
import { SCHEMA_VERSIONS } from 'quantlaxmi/events';
import { memoryStore, openWalWriter, verifyWal } from 'quantlaxmi/wal';
import {
  failureOf,
  hasher,
  linesOf,
  options,
  prefixOf,
  readAll,
  sealLine,
  textBytes,
  timer,
  writeLog,
} from './support.js';

type Files = Map<string, Uint8Array>;

const NAMES = [
  '00000001-0000000000000001.wal.jsonl',
  '00000002-0000000000000004.wal.jsonl',
  '00000003-0000000000000007.wal.jsonl',
];
const [FIRST, SECOND, THIRD] = NAMES as [string, string, string];

/** Three sealed segments of three events each. */
async function sealed(over = {}): Promise<Files> {
  const store = memoryStore();
  await writeLog(store, [2, 1, 3, 3], { rotate: { bytes: 1e6, events: 3 }, ...over });
  return store.snapshot();
}

function edit(files: Files, name: string, change: (lines: string[]) => string[]): Files {
  const lines = linesOf(files.get(name) as Uint8Array).map((line) => line.text);
  return new Map(files).set(name, textBytes(change(lines)));
}

const verdict = async (files: Files, over = {}) => {
  const { ok, problems } = await verifyWal(memoryStore(files), { hasher, ...over });
  return { ok, codes: problems.map((problem) => problem.code), first: problems[0] };
};

const reading = (files: Files) => failureOf(readAll(memoryStore(files)));
const writing = (files: Files) => failureOf(openWalWriter(memoryStore(files), options()));

/** Verification, reading and opening for write must all refuse, with the same class. */
async function refused(files: Files, code: string): Promise<void> {
  expect((await verdict(files)).codes).toContain(code);
  expect((await reading(files)).code).toBe(code);
  expect((await writing(files)).code).toBe(code);
}

test('control: the undamaged log passes everything', async () => {
  const files = await sealed();
  expect([...files.keys()].sort()).toEqual(NAMES);
  expect(await verdict(files, { canonical: true, expectSealed: true })).toMatchObject({ ok: true });
  expect((await reading(files)).code).toBe('none');
  expect((await writing(files)).code).toBe('none');
});

describe('bits and bytes', () => {
  test('WAL-4: a flipped bit of a sealed log is found, with file, byte and seq', async () => {
    const files = await sealed({ schemas: { Timer: 1 } });
    const classes = new Set<unknown>();
    for (const name of [SECOND, THIRD]) {
      const bytes = files.get(name) as Uint8Array;
      const lines = linesOf(bytes);
      for (let at = 0; at < bytes.length; at += 1) {
        // One bit of each byte; the long tests take all eight.
        const bit = 1 << (at % 8);
        bytes[at] = (bytes[at] as number) ^ bit;
        const { first } = await verdict(files, { expectSealed: true });
        const read = at % 4 === 0 ? (await reading(files)).code : 'not tried';
        bytes[at] = (bytes[at] as number) ^ bit;
        const line = lines.find((l) => l.byte <= at && at < l.end);
        const wanted = `${name} byte ${line?.byte} seq ${seqDue(lines, at)}`;
        const found = `${first?.file} byte ${first?.byte} seq ${first?.seq}`;
        if (found !== wanted || read === 'none') {
          expect.fail(`byte ${at} bit ${bit}: found ${found}, read ${read}; wanted ${wanted}`);
        }
        classes.add(first?.code);
      }
    }
    expect([...classes]).toEqual(['WAL_CORRUPT']);
  }, 120_000);

  test.each([
    ['a byte inserted', (b: Uint8Array) => Uint8Array.of(...b.slice(0, 900), 32, ...b.slice(900))],
    ['a byte removed', (b: Uint8Array) => Uint8Array.of(...b.slice(0, 900), ...b.slice(901))],
    [
      'CRLF line ends',
      (b: Uint8Array) => Buffer.from(Buffer.from(b).toString().replace(/\n/g, '\r\n')),
    ],
    ['cut short', (b: Uint8Array) => b.slice(0, -400)],
    ['filled with NUL', (b: Uint8Array) => b.slice().fill(0)],
    ['emptied', () => new Uint8Array(0)],
  ])('%s in a sealed segment', async (_, change) => {
    const files = await sealed();
    const broken = new Map(files).set(SECOND, change(files.get(SECOND) as Uint8Array));
    const { codes, first } = await verdict(broken);
    expect(['WAL_CORRUPT', 'WAL_UNSEALED']).toContain(codes[0]);
    expect(first?.file).toBe(SECOND);
    expect((await writing(broken)).code).toBe(codes[0]);
    expect((await reading(broken)).code).toBe(codes[0]);
  });

  test('bytes after the footer', async () => {
    const files = await sealed();
    await refused(
      edit(files, SECOND, (lines) => [...lines, '{}']),
      'WAL_CORRUPT',
    );
    const ends = edit(files, THIRD, (lines) => [...lines, lines[1] as string]);
    expect((await verdict(ends)).codes).toEqual(['WAL_CORRUPT']);
  });
});

/** `seq` due at the line that holds byte `at`: one above the events before it. */
function seqDue(lines: { text: string; byte: number; end: number }[], at: number): number {
  const first = Number(/"first":(\d+)/.exec(lines[0]?.text ?? '')?.[1]);
  return first + lines.filter((l) => l.end <= at && l.text.startsWith('{"k":"E"')).length;
}

describe('edits with checksums that hold', () => {
  const event = (lines: string[]) => lines.findIndex((line) => line.startsWith('{"k":"E"'));
  const commit = (lines: string[]) => lines.findIndex((line) => line.startsWith('{"k":"C"'));

  test('WAL-9: a forged record is a chain error that names the commit', async () => {
    const files = edit(await sealed(), SECOND, (lines) => {
      const at = event(lines);
      const forged = prefixOf(lines[at] as string).replace('"due":4', '"due":5');
      expect(forged).not.toBe(prefixOf(lines[at] as string));
      return lines.with(at, sealLine(forged));
    });
    await refused(files, 'WAL_CHAIN');
    const { first } = await verdict(files);
    expect(first?.message).toContain('commit 3 does not hash to');
    expect(first).toMatchObject({ file: SECOND, seq: 7 });
  });

  test('also in the last batch of an unsealed log, where nothing proves durability', async () => {
    const store = memoryStore();
    const log = await openWalWriter(store, options());
    log.append(timer(1));
    await log.flush();
    const files = edit(store.snapshot(), FIRST, (lines) =>
      lines.with(1, sealLine(prefixOf(lines[1] as string).replace('"due":1', '"due":2'))),
    );
    await refused(files, 'WAL_CHAIN');
  });

  test.each([
    ['events swapped', 'WAL_SEQ', (l: string[]) => swap(l, event(l))],
    ['an event deleted', 'WAL_SEQ', (l: string[]) => l.toSpliced(event(l), 1)],
    [
      'an event repeated',
      'WAL_SEQ',
      (l: string[]) => l.toSpliced(event(l), 0, l[event(l)] as string),
    ],
    ['a commit deleted', 'WAL_CHAIN', (l: string[]) => l.toSpliced(commit(l), 1)],
    [
      'a commit repeated',
      'WAL_CHAIN',
      (l: string[]) => l.toSpliced(commit(l), 0, l[commit(l)] as string),
    ],
    [
      'a batch deleted',
      'WAL_CHAIN',
      (l: string[]) => l.toSpliced(event(l), commit(l) - event(l) + 1),
    ],
  ])('%s', async (_, code, change) => {
    await refused(edit(await sealed(), SECOND, change), code);
  });

  const reseal = (pattern: RegExp, text: string) => (lines: string[]) =>
    lines.map((line) =>
      pattern.test(line) ? sealLine(prefixOf(line).replace(pattern, text)) : line,
    );

  test.each([
    ['a footer that states another count', 'WAL_CHAIN', /("why":"rotate","n":)3/, '$14'],
    ['an unknown reason to seal', 'WAL_NON_CANONICAL', /"why":"rotate"/, '"why":"other"'],
    ['a commit that proves too much', 'WAL_CHAIN', /("k":"C","b":3,"d":)2/, '$13'],
    ['an unknown line kind', 'WAL_VERSION', /\{"k":"C"/, '{"k":"Z"'],
    ['a header of a newer format', 'WAL_VERSION', /"v":1,/, '"v":2,'],
    ['a header of an unknown field order', 'WAL_CORRUPT', /"seg":2,"first":4/, '"first":4,"seg":2'],
    ['a header of another log', 'WAL_FOREIGN', /"wal":"0/, '"wal":"1'],
    ['a header with another past', 'WAL_CHAIN', /"prev":"./, '"prev":"0'],
    ['an older epoch', 'WAL_CHAIN', /"epoch":1/, '"epoch":0'],
  ])('%s', async (_, code, pattern, text) => {
    const before = await sealed();
    const files = edit(before, SECOND, reseal(pattern, text));
    expect(files.get(SECOND)).not.toEqual(before.get(SECOND));
    await refused(files, code);
  });

  test('a footer of another file hash: verify and open refuse, events read on', async () => {
    const before = await sealed();
    const zeros = (_: string, head: string) => `${head}0000`;
    const files = edit(before, SECOND, (lines) =>
      lines.map((line) =>
        line.startsWith('{"k":"F"')
          ? sealLine(prefixOf(line).replace(/("sha256":")..../, zeros as never))
          : line,
      ),
    );
    expect((await verdict(files)).codes).toEqual(['WAL_CHAIN']);
    expect((await writing(files)).code).toBe('WAL_CHAIN');
    expect((await reading(files)).code).toBe('none');
  });

  test('WAL-11: a newer version or an unknown type is refused, x- is passed over', async () => {
    const rewritten = async (name: string, sv: number) => {
      const store = memoryStore();
      await writeLog(store, [1]);
      const lines = linesOf(store.snapshot().get(FIRST) as Uint8Array).map((line) => line.text);
      const changed = prefixOf(lines[1] as string).replace(
        '"t":"Timer","sv":1',
        `"t":"${name}","sv":${sv}`,
      );
      return rechained([lines[0] as string], [changed]);
    };
    expect((await reading(await rewritten('Timer', 1))).code).toBe('none');
    const newer = SCHEMA_VERSIONS.Timer + 1;
    const failed = await reading(await rewritten('Timer', newer));
    expect(failed.code).toBe('WAL_UNKNOWN_TYPE');
    expect((await reading(await rewritten('Nothing', 1))).code).toBe('WAL_UNKNOWN_TYPE');
    const skipped = memoryStore(await rewritten('x-note', 1));
    expect(await readAll(skipped)).toEqual([]);
    expect((await verifyWal(skipped, { hasher })).perType).toEqual({ 'x-note': 1 });
  });

  test('a line that is not canonical is refused, by verify when asked to decode', async () => {
    const store = memoryStore();
    await writeLog(store, [1]);
    const lines = linesOf(store.snapshot().get(FIRST) as Uint8Array).map((line) => line.text);
    const loose = prefixOf(lines[1] as string).replace('"due":1', '"due": 1');
    const files = rechained([lines[0] as string], [loose]);
    expect((await reading(files)).code).toBe('WAL_NON_CANONICAL');
    expect((await verdict(files)).ok).toBe(true);
    expect((await verdict(files, { canonical: true })).codes).toEqual(['WAL_NON_CANONICAL']);
  });
});

function swap(lines: string[], at: number): string[] {
  return lines.with(at, lines[at + 1] as string).with(at + 1, lines[at] as string);
}

/** A log of one commit whose chain holds over the given event prefixes. */
function rechained(head: string[], prefixes: string[]): Files {
  const start = hasher();
  start.update(Buffer.from('quantlaxmi-wal/v1\n0123456789abcdef0123456789abcdef'));
  const header = hasher();
  header.update(start.digest());
  header.update(textBytes(head));
  const commit = hasher();
  commit.update(header.digest());
  const events = prefixes.map(sealLine);
  commit.update(textBytes(events));
  const prefix = `{"k":"C","b":1,"d":0,"seq":${prefixes.length},"n":${prefixes.length}`;
  commit.update(Buffer.from(prefix));
  const h = Buffer.from(commit.digest()).toString('hex');
  return new Map([[FIRST, textBytes([...head, ...events, sealLine(`${prefix},"h":"${h}"`)])]]);
}

describe('files', () => {
  const without = (files: Files, name: string): Files => {
    const less = new Map(files);
    less.delete(name);
    return less;
  };
  const renamed = (files: Files, from: string, to: string): Files =>
    without(new Map(files).set(to, files.get(from) as Uint8Array), from);

  test('WAL-13: a missing, renamed or repeated segment is named', async () => {
    const files = await sealed();
    await refused(without(files, FIRST), 'WAL_SEGMENT_MISSING');
    await refused(without(files, SECOND), 'WAL_SEGMENT_MISSING');
    const { first } = await verdict(without(files, SECOND));
    expect(first?.message).toContain(`expected segment 2, found ${THIRD}`);
    await refused(renamed(files, SECOND, 'aside.bak'), 'WAL_SEGMENT_MISSING');
    const twice = new Map(files).set('00000002-0000000000000005.wal.jsonl', new Uint8Array(3));
    await refused(twice, 'WAL_SEGMENT_MISSING');
    const wrong = renamed(files, THIRD, '00000003-0000000000000008.wal.jsonl');
    await refused(wrong, 'WAL_SEGMENT_MISSING');
  });

  test('a segment of a log that was written alike, under another id, is foreign', async () => {
    const files = await sealed();
    const other = await sealed({ walId: 'f'.repeat(32) });
    await refused(new Map(files).set(SECOND, other.get(SECOND) as Uint8Array), 'WAL_FOREIGN');
    const opening = openWalWriter(memoryStore(other), options());
    expect((await failureOf(opening)).code).toBe('WAL_FOREIGN');
  });

  test('a footer taken off', async () => {
    const files = await sealed();
    await refused(
      edit(files, SECOND, (lines) => lines.slice(0, -1)),
      'WAL_UNSEALED',
    );
    const last = edit(files, THIRD, (lines) => lines.slice(0, -1));
    expect((await verdict(last)).ok).toBe(true);
    expect((await verdict(last, { expectSealed: true })).codes).toEqual(['WAL_UNSEALED']);
  });

  test('other files are told of and left alone; leftovers of a creation are removed', async () => {
    const files = await sealed();
    files.set('notes.txt', new Uint8Array(1));
    files.set('00000004-0000000000000010.wal.jsonl.tmp', new Uint8Array(1));
    files.set(`${FIRST}.gz`, new Uint8Array(1));
    const store = memoryStore(files);
    expect((await verifyWal(store, { hasher })).strays).toEqual(['notes.txt']);
    await (await openWalWriter(store, options())).close();
    const left = [...store.snapshot().keys()];
    expect(left).toContain('notes.txt');
    expect(left.some((name) => name.endsWith('.tmp'))).toBe(false);
  });
});

describe('bounds', () => {
  const long = (bytes: number) => {
    const line = new Uint8Array(bytes).fill(97);
    line[bytes - 1] = 10;
    return line;
  };
  const append = (files: Files, name: string, more: Uint8Array): Files => {
    const before = files.get(name) as Uint8Array;
    const joined = new Uint8Array(before.length + more.length);
    joined.set(before);
    joined.set(more, before.length);
    return new Map(files).set(name, joined);
  };

  test('WAL-10: a line of 10 MB is refused without being held', async () => {
    const files = await sealed();
    const noFooter = edit(files, SECOND, (lines) => lines.slice(0, -1));
    await refused(append(noFooter, SECOND, long(10_000_000)), 'WAL_LINE_TOO_LONG');
    const endless = append(noFooter, SECOND, new Uint8Array(3_000_000));
    await refused(endless, 'WAL_LINE_TOO_LONG');
    const cut = append(noFooter, SECOND, new Uint8Array(1_000));
    await refused(cut, 'WAL_CORRUPT');
  });

  test('zeros behind the last commit of a log are a torn tail, however many', async () => {
    const files = await sealed();
    const open = edit(files, THIRD, (lines) => lines.slice(0, -1));
    for (const bytes of [1, 511, 1_048_577, 3_000_000]) {
      const torn = append(open, THIRD, new Uint8Array(bytes));
      const store = memoryStore(torn);
      const log = await openWalWriter(store, options());
      expect(log.recovered?.droppedBytes).toBe(bytes);
      await log.close();
    }
  });
});
