import { describe, expect, test } from 'vitest';
import { simStore } from 'quantlaxmi/testing';
import { memoryStore, openWalWriter, readWal, verifyWal } from 'quantlaxmi/wal';
import { oracleRead } from './oracle.js';
import {
  appendSizes,
  failureOf,
  hasher,
  linesOf,
  options,
  readAll,
  timer,
  writeLog,
} from './support.js';

type Files = Map<string, Uint8Array>;

/** Files of a log that was killed: batches of the given sizes, no footer. */
async function killed(sizes: readonly number[], over = {}): Promise<Files> {
  const store = memoryStore();
  const log = await openWalWriter(store, options(over));
  await appendSizes(log, sizes);
  return store.snapshot();
}

const lastName = (files: Files): string => [...files.keys()].sort().at(-1) ?? '';

function withLast(files: Files, change: (bytes: Uint8Array) => Uint8Array): Files {
  const name = lastName(files);
  return new Map(files).set(name, change((files.get(name) as Uint8Array).slice()));
}

function sameFiles(a: Files, b: Files): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(
    ([name, bytes]) => Buffer.compare(bytes, b.get(name) ?? Buffer.alloc(0)) === 0,
  );
}

async function reopen(files: Files) {
  const store = memoryStore(files);
  const log = await openWalWriter(store, options());
  const { recovered, epoch } = log;
  await log.close();
  const events = await readAll(store);
  return { store, recovered, epoch, timers: events.filter((e) => e.t === 'Timer').length, events };
}

describe('a torn tail', () => {
  test('WAL-5: cut at every byte, committed events stay, the rest is kept aside', async () => {
    const files = await killed([2, 1, 1], { schemas: { Timer: 1 } });
    const name = lastName(files);
    const whole = files.get(name) as Uint8Array;
    const lines = linesOf(whole);
    const headerEnd = lines[0]?.end ?? 0;
    const commits = lines.filter((line) => line.text.startsWith('{"k":"C"'));
    for (let cut = 0; cut <= whole.length; cut += 1) {
      const cutFiles = withLast(files, (bytes) => bytes.slice(0, cut));
      const done = commits.filter((line) => line.end <= cut);
      const kept = done.at(-1)?.end ?? headerEnd;
      const wanted = [0, 2, 3, 4][done.length];
      const { store, recovered, timers, events } = await reopen(cutFiles);
      const live = cut >= headerEnd;
      const dropped = live ? cut - kept : cut;
      const held = [...store.snapshot()].filter(([file]) => file.startsWith('quarantine/'));
      const aside = held[0]?.[1] ?? new Uint8Array(0);
      const { problems } = await verifyWal(store, { hasher });
      const last = events.at(-1)?.body ?? {};
      const facts = {
        timers: timers === wanted,
        dropped: (recovered?.droppedBytes ?? 0) === dropped,
        held: held.length === (dropped > 0 || cut === 0 ? 1 : 0),
        same: Buffer.compare(aside, whole.subarray(cut - dropped, cut)) === 0,
        verified: problems.length === 0,
        told: !live || ('kind' in last && last.kind === 'recovered'),
      };
      if (Object.values(facts).includes(false)) expect(facts, `cut at ${cut}`).toEqual({});
    }
  }, 120_000);

  test('the recovery is a fact of the log, with its numbers', async () => {
    const files = withLast(await killed([2, 2]), (bytes) => bytes.slice(0, -10));
    const { events, recovered, epoch } = await reopen(files);
    expect(epoch).toBe(2);
    expect(recovered).toMatchObject({ lastSeq: 2 });
    expect(events.at(-1)).toMatchObject({
      seq: 3,
      t: 'Session',
      src: 'WAL',
      rx: 1_002,
      body: {
        kind: 'recovered',
        details: { epoch: 2, lastSeq: 2, droppedBytes: recovered?.droppedBytes },
      },
    });
  });

  test('a log closed in order needs no recovery', async () => {
    const store = memoryStore();
    await writeLog(store, [2]);
    const before = store.snapshot();
    const { recovered, events } = await reopen(before);
    expect(recovered).toBeNull();
    expect(events.length).toBe(2);
  });

  test('strict reading gives the committed events, then says how the log ends', async () => {
    const files = withLast(await killed([2, 2]), (bytes) => bytes.slice(0, -10));
    const store = memoryStore(files);
    const seen: number[] = [];
    const reading = (async () => {
      for await (const events of readWal(store, { hasher })) seen.push(...events.map((e) => e.seq));
    })();
    const failed = await failureOf(reading);
    expect(failed.code).toBe('WAL_TORN_TAIL');
    expect(failed.context).toMatchObject({ lastSeq: 2, seq: 3, file: lastName(files) });
    expect(seen).toEqual([1, 2]);
    expect((await readAll(store, { upTo: 'commit' })).length).toBe(2);
    expect((await readAll(store, { upTo: 'durable' })).length).toBe(0);
    const clean = memoryStore(await killed([2, 2]));
    expect((await readAll(clean)).length).toBe(4);
    expect((await readAll(clean, { upTo: 'durable' })).length).toBe(2);
  });
});

describe('damage is not a torn tail', () => {
  test('WAL-15: a flipped byte of a durable batch is corruption, of the last torn', async () => {
    const files = await killed([1, 2, 1], { schemas: { Timer: 1 } });
    const name = lastName(files);
    const whole = files.get(name) as Uint8Array;
    const lines = linesOf(whole);
    const commits = lines.filter((line) => line.text.startsWith('{"k":"C"'));
    const lastBatch = commits[1]?.end ?? 0;
    for (let at = 0; at < whole.length; at += 1) {
      const broken = withLast(files, (bytes) => {
        bytes[at] = (bytes[at] as number) ^ 1;
        return bytes;
      });
      const store = memoryStore(broken);
      const opening = await failureOf(openWalWriter(store, options()));
      const place = `byte ${at}`;
      // Batch 2 is proven durable by the commit of batch 3; nothing proves batch 3 itself.
      const { byte = Number.NaN, endByte = Number.NaN } = opening.context as Record<string, number>;
      const told = byte <= at && at < endByte && sameFiles(store.snapshot(), broken);
      const right =
        at < lastBatch ? opening.code === 'WAL_CORRUPT' && told : opening.code === 'none';
      if (!right) expect.fail(`${place}: ${opening.code} ${opening.message}`);
    }
  }, 120_000);

  test('a zeroed sector in acknowledged bytes is corruption, in the last batch torn', async () => {
    const files = await killed([8, 8, 8]);
    const whole = files.get(lastName(files)) as Uint8Array;
    const commits = linesOf(whole).filter((line) => line.text.startsWith('{"k":"C"'));
    const lastBatch = commits[1]?.end ?? 0;
    const classes = new Set<string>();
    for (let sector = 0; sector * 512 < whole.length; sector += 1) {
      const broken = withLast(files, (b) => b.fill(0, sector * 512, (sector + 1) * 512));
      const { code } = await failureOf(openWalWriter(memoryStore(broken), options()));
      const wanted = sector * 512 < lastBatch ? 'WAL_CORRUPT' : 'none';
      expect(code, `sector ${sector}`).toBe(wanted);
      classes.add(code);
    }
    expect(classes.size).toBe(2);
  });

  test('damage in a sealed segment stops the opening, whatever the check', async () => {
    const store = memoryStore();
    await writeLog(store, [3, 3, 3, 3], { rotate: { bytes: 1e6, events: 6 } });
    const [first] = [...store.snapshot().keys()].sort();
    const broken = store.snapshot();
    const bytes = broken.get(first ?? '') as Uint8Array;
    bytes[bytes.length - 60] = 0x20;
    for (const check of ['strict', 'fast'] as const) {
      const opening = openWalWriter(memoryStore(broken), options({ check }));
      expect((await failureOf(opening)).code).toBe('WAL_CORRUPT');
      const whole = await openWalWriter(memoryStore(store.snapshot()), options({ check }));
      expect(whole.appendedSeq).toBe(12);
    }
  });

  test('fast looks at the ends only, and says no more', async () => {
    const store = memoryStore();
    await writeLog(store, [3, 3, 3, 3], { rotate: { bytes: 1e6, events: 6 } });
    const broken = store.snapshot();
    const [first] = [...broken.keys()].sort();
    const bytes = broken.get(first ?? '') as Uint8Array;
    bytes[1_000] = (bytes[1_000] ?? 0) ^ 1;
    const fast = await openWalWriter(memoryStore(broken), options({ check: 'fast' }));
    expect(fast.appendedSeq).toBe(12);
    const strict = openWalWriter(memoryStore(broken), options({ check: 'strict' }));
    expect((await failureOf(strict)).code).toBe('WAL_CORRUPT');
  });
});

describe('the last segment is always written anew', () => {
  /** The footer's sync fails once; a later sync "succeeds", as on Linux. */
  const failedClose = async () => {
    let syncs = 0;
    const store = simStore({
      fault: ({ op }) => (op === 'datasync' && (syncs += 1) === 3 ? 'EIO' : null),
    });
    const log = await openWalWriter(store, options());
    await appendSizes(log, [2, 2]);
    expect((await failureOf(log.close())).code).toBe('WAL_POISONED');
    return store;
  };

  test('WAL-3: a failed sync of the footer loses nothing after a recovery', async () => {
    const store = await failedClose();
    const log = await openWalWriter(store, options());
    log.append(timer(5, 2_000));
    await log.close();
    const after = memoryStore(store.crash('lost'));
    expect((await verifyWal(after, { hasher })).problems).toEqual([]);
    expect((await readAll(after)).map((e) => e.rx)).toEqual([1_001, 1_002, 1_003, 1_004, 2_000]);
  });

  test('control: keeping the old file would have lost the footer', async () => {
    const store = await failedClose();
    const file = await store.open('00000001-0000000000000001.wal.jsonl');
    await file.sync();
    const seen = (await verifyWal(memoryStore(store.snapshot()), { hasher })).sealed;
    const left = (await verifyWal(memoryStore(store.crash('lost')), { hasher })).sealed;
    expect([seen, left]).toEqual([true, false]);
  });
});

describe('interrupted anywhere', () => {
  const base = async (): Promise<Files> =>
    withLast(await killed([2, 2], { rotate: { bytes: 1e6, events: 2 } }), (b) => b.slice(0, -20));

  test.each(['halt', 'EIO'])(
    'WAL-7: recovery stopped at every call by %s, and run again, ends in the same log',
    async (fault) => {
      const files = await base();
      let stopped = 0;
      for (let n = 1; n < 500; n += 1) {
        for (const unsynced of ['lost', 'kept', 'torn'] as const) {
          const store = simStore({
            files,
            seed: BigInt(n),
            fault: (call) => (call.n === n ? fault : null),
          });
          const code = (await failureOf(openWalWriter(store, options()))).code;
          if (code !== 'none') stopped += 1;
          const left = store.crash(unsynced);
          const place = `call ${n}, ${unsynced}`;
          const again = memoryStore(left);
          const log = await openWalWriter(again, options());
          await log.close();
          const { problems } = await verifyWal(again, { hasher });
          expect(problems, place).toEqual([]);
          const timers = (await readAll(again)).filter((e) => e.t === 'Timer');
          expect(timers.length, place).toBe(2);
          if (code === 'none' && unsynced === 'torn') {
            expect(stopped).toBeGreaterThan(60);
            return;
          }
        }
      }
      throw new Error('the sweep did not reach the end of a recovery');
    },
    120_000,
  );

  test.each(['halt', 'EIO', 'ENOSPC'])(
    'WAL-3: a writer stopped at every call by %s loses nothing it acknowledged',
    async (fault) => {
      for (let n = 1; n < 500; n += 1) {
        for (const unsynced of ['lost', 'kept', 'torn'] as const) {
          const store = simStore({
            seed: BigInt(n),
            fault: (call) => (call.n === n ? fault : null),
          });
          let acknowledged = 0;
          const code = (
            await failureOf(
              (async () => {
                const log = await openWalWriter(
                  store,
                  options({ rotate: { bytes: 1e6, events: 4 } }),
                );
                for (let i = 1; i <= 5; i += 1) {
                  log.appendBatch([timer(2 * i - 1), timer(2 * i)]);
                  acknowledged = await log.flush();
                }
                await log.close();
              })(),
            )
          ).code;
          const place = `call ${n}, ${unsynced}, acknowledged ${acknowledged}`;
          const again = memoryStore(store.crash(unsynced));
          const log = await openWalWriter(again, options());
          await log.close();
          const timers = (await readAll(again)).filter((e) => e.t === 'Timer');
          expect(timers.length, place).toBeGreaterThanOrEqual(acknowledged);
          expect(timers.length % 2, place).toBe(0);
          expect(
            timers.map((e) => e.seq),
            place,
          ).toEqual(timers.map((_, i) => i + 1));
          if (code === 'none' && unsynced === 'torn') return;
        }
      }
      throw new Error('the sweep did not reach the end of the writer');
    },
    120_000,
  );

  test('control: a writer that lies about its syncs is caught', async () => {
    const honest = simStore();
    const liar = { ...lying(honest) };
    const log = await openWalWriter(liar, options());
    await appendSizes(log, [2, 2]);
    expect(log.durableSeq).toBe(4);
    expect(oracleRead(honest.crash('lost')).events.length).toBe(0);
  });

  test('WAL-2: cut at any byte it ever writes, batches are whole or absent', async () => {
    const total = [...(await killed([3, 3, 3], { rotate: { bytes: 1e6, events: 6 } })).values()];
    const bytes = total.reduce((sum, file) => sum + file.length, 0);
    for (let cutAtByte = 1; cutAtByte < bytes; cutAtByte += 17) {
      const store = simStore({ cutAtByte, seed: BigInt(cutAtByte) });
      await failureOf(writeLog(store, [3, 3, 3], { rotate: { bytes: 1e6, events: 6 } }));
      for (const unsynced of ['lost', 'kept', 'torn'] as const) {
        const { timers } = await reopen(store.crash(unsynced));
        expect(timers % 3, `cut ${cutAtByte} ${unsynced}`).toBe(0);
      }
    }
  }, 120_000);
});

function lying(store: ReturnType<typeof simStore>) {
  return {
    place: store.place,
    lock: () => store.lock(),
    list: (folder: '' | 'quarantine') => store.list(folder),
    open: (name: string) => store.open(name),
    link: (from: string, to: string) => store.link(from, to),
    rename: (from: string, to: string) => store.rename(from, to),
    remove: (name: string) => store.remove(name),
    seal: (name: string) => store.seal(name),
    syncFolder: (folder: '' | 'quarantine') => store.syncFolder(folder),
    freeBytes: () => store.freeBytes(),
    create: async (name: string) => ({
      ...(await store.create(name)),
      datasync: async () => undefined,
    }),
  };
}

describe('what files alone can not show', () => {
  test('WAL-14: a log that lost its end is refused when somebody knows better', async () => {
    const store = memoryStore();
    await writeLog(store, [3, 3, 3], { rotate: { bytes: 1e6, events: 3 } });
    const files = store.snapshot();
    files.delete(lastName(files));
    const alone = await verifyWal(memoryStore(files), { hasher });
    expect(alone.ok).toBe(true);
    const known = await verifyWal(memoryStore(files), { hasher, expectAtLeastSeq: 9 });
    expect(known.problems).toMatchObject([{ code: 'WAL_ROLLBACK', seq: 7 }]);
    const expectAtLeastSeq = { seq: 9, source: 'the manifest' };
    const failed = await failureOf(
      openWalWriter(memoryStore(files), options({ expectAtLeastSeq })),
    );
    expect(failed.code).toBe('WAL_ROLLBACK');
    expect(failed.message).toContain('log ends at seq 6 but the manifest proves seq 9');
    const fine = await openWalWriter(memoryStore(files), options({ expectAtLeastSeq: 6 }));
    expect(fine.recovered?.lastSeq).toBe(6);
  });

  test('the order of steps that makes a new segment durable before it is used', async () => {
    const store = simStore();
    await writeLog(store, [1]);
    const steps = store.calls.map((call) => `${call.op} ${call.name}`);
    const name = '00000001-0000000000000001.wal.jsonl';
    expect(steps.slice(steps.indexOf(`create ${name}.tmp`))).toEqual([
      `create ${name}.tmp`,
      `write ${name}.tmp`,
      `sync ${name}.tmp`,
      `link ${name}`,
      `remove ${name}.tmp`,
      'syncFolder ',
      `write ${name}.tmp`,
      `datasync ${name}.tmp`,
      `write ${name}.tmp`,
      `datasync ${name}.tmp`,
      `close ${name}.tmp`,
      `seal ${name}`,
    ]);
  });
});
