import { describe, expect, test } from 'vitest';
import type { Event } from 'quantlaxmi/events';
import { simStore, walStoreContract } from 'quantlaxmi/testing';
import type { Gap } from 'quantlaxmi/wal';
import {
  dumpWal,
  memoryStore,
  openWalWriter,
  readWal,
  salvageWal,
  tailWal,
  verifyWal,
  walStat,
} from 'quantlaxmi/wal';
import {
  appendSizes,
  failureOf,
  hasher,
  linesOf,
  options,
  readAll,
  sealLine,
  textBytes,
  timer,
  trade,
  WAL_ID,
  writeLog,
} from './support.js';

describe('memory store', () => {
  for (const { name, run } of walStoreContract(async () => memoryStore())) test(name, run);
});
describe('simulated store without faults', () => {
  for (const { name, run } of walStoreContract(async () => simStore())) test(name, run);
});
test('control: the contract finds a store that forgets', async () => {
  const forgetful = async () => {
    const store = memoryStore();
    const create = async (name: string) => ({
      ...(await store.create(name)),
      write: async (bytes: Uint8Array) => bytes.length,
    });
    return { ...store, create };
  };
  const results = await Promise.all(walStoreContract(forgetful).map(({ run }) => failureOf(run())));
  expect(results.filter((error) => error.message !== '').length).toBeGreaterThan(4);
});

describe('strict reading', () => {
  test('WAL-2: events of an uncommitted batch are not given out', async () => {
    const store = memoryStore();
    const log = await openWalWriter(store, options());
    await appendSizes(log, [2, 2]);
    const files = store.snapshot();
    const [name, bytes] = [...files][0] as [string, Uint8Array];
    const lastCommit = linesOf(bytes).at(-1)?.byte ?? 0;
    const open = memoryStore(files.set(name, bytes.slice(0, lastCommit)));
    expect((await readAll(open, { upTo: 'commit' })).length).toBe(2);
    expect((await failureOf(readAll(open))).code).toBe('WAL_TORN_TAIL');
    expect((await readAll(memoryStore(store.snapshot()))).length).toBe(4);
  });

  test('segments before the first one asked for are not opened', async () => {
    const files = memoryStore();
    await writeLog(files, [3, 3, 3], { rotate: { bytes: 1e6, events: 3 } });
    const store = simStore({ files: files.snapshot() });
    expect((await readAll(store, { fromSeq: 7 })).map((e) => e.seq)).toEqual([7, 8, 9]);
    const opened = store.calls.filter((call) => call.op === 'open').map((call) => call.name);
    expect(opened).toEqual(['00000003-0000000000000007.wal.jsonl']);
  });

  test('a read that the platform refuses is WAL_IO, not corruption', async () => {
    const files = memoryStore();
    await writeLog(files, [3]);
    for (const op of ['list', 'open', 'read', 'size']) {
      const store = simStore({
        files: files.snapshot(),
        fault: (call) => (call.op === op ? 'EIO' : null),
      });
      const failed = await failureOf(readAll(store));
      expect([op, failed.code]).toEqual([op, 'WAL_IO']);
      expect((await failureOf(verifyWal(store, { hasher }))).code).toBe('WAL_IO');
      expect((await failureOf(openWalWriter(store, options()))).code).toBe('WAL_IO');
    }
  });

  test('WAL-10: a long log is read in pieces, and a reader may stop early', async () => {
    const store = memoryStore();
    await writeLog(store, Array(40).fill(1_000), { rotate: { bytes: 2_000_000, events: 1e6 } });
    const sizes: number[] = [];
    for await (const events of readWal(store, { hasher })) sizes.push(events.length);
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(40_000);
    expect(Math.max(...sizes)).toBeLessThan(10_000);
    for await (const events of readWal(store, { hasher })) {
      expect(events[0]?.seq).toBe(1);
      break;
    }
  });
});

describe('facts', () => {
  test('verify and stat state what the log holds', async () => {
    const store = memoryStore();
    const log = await openWalWriter(store, options());
    log.appendBatch([timer(1), trade(2), timer(3)]);
    await log.flush();
    const open = await walStat(store, { hasher });
    expect(open).toMatchObject({ sealed: false, lastSeq: 3, uncommittedBytes: 0, ok: true });
    expect(open.segments).toMatchObject([{ sha256: null, why: null, n: 3 }]);
    const footer = await log.close();
    const { name, seg, first, last, n, bytes, sha256, h, rx0, rx1, why } = footer;
    expect(await verifyWal(store, { hasher, expectSealed: true })).toEqual({
      ok: true,
      walId: WAL_ID,
      lastSeq: 3,
      chainHead: h,
      totalEvents: 3,
      perType: { Timer: 2, Trade: 1 },
      segments: [{ name, seg, first, last, n, bytes, sha256, h, rx0, rx1, why }],
      sealed: true,
      uncommittedBytes: 0,
      headsAt: [],
      strays: [],
      problems: [],
    });
    const broken = store.snapshot();
    const content = broken.get(name) as Uint8Array;
    content[700] = (content[700] as number) ^ 1;
    const failed = await failureOf(walStat(memoryStore(broken), { hasher }));
    expect(failed.code).toBe('WAL_CORRUPT');
  });

  test('an empty store is an empty log', async () => {
    const found = await verifyWal(memoryStore(), { hasher });
    expect(found).toMatchObject({ ok: true, walId: null, lastSeq: 0, chainHead: '', segments: [] });
    expect(await readAll(memoryStore())).toEqual([]);
  });

  test('a dump is JSON per line, with nothing that could steer a terminal', async () => {
    const store = memoryStore();
    const log = await openWalWriter(store, options());
    log.append({ ...timer(1), t: 'Timer', body: { cause: 1, due: 1, id: 'a\u001b[2J\u202eb' } });
    log.append(timer(2));
    await log.close();
    let text = '';
    for await (const piece of dumpWal(store, { hasher })) text += piece;
    const lines = text.split('\n');
    expect(lines.length).toBe(3);
    expect(JSON.parse(lines[1] as string)).toMatchObject({ k: 'E', seq: 2, t: 'Timer' });
    expect(text).not.toMatch(/[\u001b\u202e]/);
    expect(JSON.parse(lines[0] as string).body.id).toBe('a\u001b[2J\u202eb');
    let part = '';
    for await (const piece of dumpWal(store, { hasher, fromSeq: 2, toSeq: 2 })) part += piece;
    expect(part).toBe(`${lines[1]}\n`);
  });
});

describe('salvage', () => {
  const damagedLog = async () => {
    const store = memoryStore();
    await writeLog(store, [3, 3, 3], { rotate: { bytes: 1e6, events: 6 } });
    const files = store.snapshot();
    const [name, bytes] = [...files][0] as [string, Uint8Array];
    const lines = linesOf(bytes);
    const second = lines[2] as { byte: number; end: number };
    bytes[second.byte + 50] = (bytes[second.byte + 50] as number) ^ 1;
    return { files, name, second };
  };

  test('gives every event whose checksum holds, and says where the rest is missing', async () => {
    const { files, name, second } = await damagedLog();
    const gaps: Gap[] = [];
    const store = memoryStore(files);
    const onGap = (gap: Gap) => gaps.push(gap);
    const events = await readAll(store, { mode: 'salvage', onGap });
    expect(events.map((e) => e.seq)).toEqual([1, 3, 4, 5, 6, 7, 8, 9]);
    expect(gaps).toEqual([
      {
        file: name,
        fromByte: second.byte,
        toByte: second.end,
        seqFrom: 2,
        seqTo: 2,
        reason: 'the checksum does not match',
      },
    ]);
    expect((await failureOf(readAll(store))).code).toBe('WAL_CORRUPT');
    expect((await failureOf(readAll(store, { mode: 'salvage' }))).code).toBe('WAL_OPTIONS');
  });

  test('a missing segment and a torn end are gaps too', async () => {
    const store = memoryStore();
    await writeLog(store, [3, 3, 3], { rotate: { bytes: 1e6, events: 3 } });
    const files = store.snapshot();
    const names = [...files.keys()].sort();
    files.delete(names[1] as string);
    const last = files.get(names[2] as string) as Uint8Array;
    files.set(names[2] as string, last.slice(0, -5));
    const gaps: Gap[] = [];
    const seqs: number[] = [];
    for await (const part of salvageWal(memoryStore(files))) {
      expect(part.salvaged).toBe(true);
      gaps.push(...part.gaps);
      seqs.push(...part.events.map((event) => event.seq));
    }
    expect(seqs).toEqual([1, 2, 3, 7, 8, 9]);
    expect(gaps).toMatchObject([
      { seqFrom: 4, seqTo: 6, reason: 'events missing' },
      { seqFrom: 10, seqTo: 9, reason: 'the last line has no LF' },
    ]);
  });
});

describe('salvage of misplaced lines', () => {
  test('lines of a later segment, or out of order in time, are not taken here', async () => {
    const store = memoryStore();
    await writeLog(store, [3, 3, 3], { rotate: { bytes: 1e6, events: 3 } });
    const files = store.snapshot();
    const names = [...files.keys()].sort();
    const [one, , three] = names.map((name) => files.get(name) as Uint8Array) as Uint8Array[];
    const strange = linesOf(three as Uint8Array)[1] as { text: string };
    const second = linesOf(one as Uint8Array)[2] as { byte: number; end: number };
    expect(strange.text.length).toBe(second.end - second.byte - 1);
    (one as Uint8Array).set(Buffer.from(strange.text), second.byte);
    const early = sealLine(
      '{"k":"E","seq":6,"t":"x-late","sv":1,"rx":1,"ts":null,"src":"A","body":{}',
    );
    const two = linesOf(files.get(names[1] as string) as Uint8Array).map(({ text }) => text);
    two[3] = early;
    files.set(names[1] as string, textBytes(two));
    const gaps: Gap[] = [];
    const seqs: number[] = [];
    for await (const part of salvageWal(memoryStore(files))) {
      gaps.push(...part.gaps);
      seqs.push(...part.events.map((event) => event.seq));
    }
    expect(seqs).toEqual([1, 3, 4, 5, 7, 8, 9]);
    expect(gaps.map(({ seqFrom, seqTo, reason }) => [seqFrom, seqTo, reason])).toEqual([
      [2, 2, 'seq 7 does not belong to this segment'],
      [6, 6, 'rx 1 is before 1005'],
    ]);
  });
});

describe('a log that grows while it is read', () => {
  /** Shows `first` bytes of the file until they have all been read, then the whole of it. */
  const growing = (files: Map<string, Uint8Array>, first: number) => {
    const store = memoryStore(files);
    let seen = 0;
    return {
      ...store,
      open: async (name: string) => {
        const file = await store.open(name);
        const end = async (): Promise<number> => (seen < 2 ? first : file.size());
        return {
          ...file,
          size: async () => {
            const size = await end();
            seen += 1;
            return size;
          },
        };
      },
    };
  };

  test('half a commit, whole when it is looked at again, is no damage', async () => {
    const store = memoryStore();
    const log = await openWalWriter(store, options());
    await appendSizes(log, [2, 2, 2, 2]);
    const files = store.snapshot();
    const lines = linesOf([...files.values()][0] as Uint8Array);
    const second = lines.filter((line) => line.text.startsWith('{"k":"C"'))[1];
    const half = (second?.byte ?? 0) + 20;
    const { uncommittedBytes, problems, lastSeq } = await verifyWal(growing(files, half), {
      hasher,
      upTo: 'commit',
    });
    expect([problems, lastSeq]).toEqual([[], 2]);
    expect(uncommittedBytes).toBe(half - (lines[3]?.end ?? 0));
    // Control: the same bytes, damaged where all of them could be read, are refused.
    const broken = new Map([...files].map(([name, bytes]) => [name, bytes.slice()]));
    ([...broken.values()][0] as Uint8Array)[half] = 0;
    const found = await verifyWal(memoryStore(broken), { hasher, upTo: 'commit' });
    expect(found.problems[0]?.code).toBe('WAL_CORRUPT');
  });
});

describe('tail', () => {
  test('follows a log over flushes, rotations and a recovery, without loss or repeat', async () => {
    const rotate = { bytes: 1e6, events: 5 };
    let store = memoryStore();
    const view = new Proxy({} as typeof store, { get: (_, key) => Reflect.get(store, key) });
    const signal = { aborted: false };
    let log = await openWalWriter(store, options({ rotate }));
    const steps: (() => Promise<unknown>)[] = [
      () => appendSizes(log, [2, 3]),
      () => appendSizes(log, [4, 4]),
      async () => {
        // Killed in the middle of a commit: the tail has already seen the open batch.
        log.append(timer(14));
        await log.flush();
        const files = store.snapshot();
        const name = [...files.keys()].sort().at(-1) as string;
        const bytes = files.get(name) as Uint8Array;
        store = memoryStore(
          files.set(name, bytes.slice(0, (linesOf(bytes).at(-1)?.byte ?? 0) + 9)),
        );
      },
      async () => {
        log = await openWalWriter(store, options({ rotate }));
        await appendSizes(log, [2]);
      },
      () => log.close(),
      async () => {
        signal.aborted = true;
      },
    ];
    const seen: Event[] = [];
    const wait = async () => {
      await steps.shift()?.();
    };
    for await (const events of tailWal(view, { hasher, wait, signal })) seen.push(...events);
    expect(seen).toEqual(await readAll(store));
    expect(seen.map((e) => e.t)).toContain('Session');
    expect(seen.length).toBe(16);
  });

  test('damage that is proven stops it', async () => {
    const store = memoryStore();
    const log = await openWalWriter(store, options());
    await appendSizes(log, [2, 2, 2]);
    const files = store.snapshot();
    const bytes = [...files.values()][0] as Uint8Array;
    bytes[bytes.length - 1_100] = 0;
    const tail = tailWal(memoryStore(files), {
      hasher,
      wait: async () => undefined,
      signal: { aborted: false },
    });
    const failed = await failureOf(
      (async () => {
        for await (const _ of tail);
      })(),
    );
    expect(failed.code).toBe('WAL_CORRUPT');
  });
});
