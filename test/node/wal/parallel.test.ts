import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { compressSegments, fileStore, nodeSha256 } from 'quantlaxmi/node';
import type * as NodeRoom from 'quantlaxmi/node';
import { memoryStore, verifySegment, verifyWal } from 'quantlaxmi/wal';
import { expect, test } from 'vitest';
import { verifyWithEntry } from '../../../src/node/verify-parallel.js';
import { failureOf, linesOf, prefixOf, sealLine, textBytes, writeLog } from '../../wal/support.js';
import { inFolder } from './compress-support.js';

const hasher = nodeSha256;
const SIZES = [7, 30, 12, 1, 44, 9, 25, 60, 3, 18];
const ROTATE = { rotate: { bytes: 5_000, events: 1_000_000 } };

async function logFiles(): Promise<Map<string, Uint8Array>> {
  const store = memoryStore();
  await writeLog(store, SIZES, ROTATE);
  return new Map([...store.snapshot()].filter(([name]) => name.endsWith('.jsonl')));
}

const files = await logFiles();
const names = [...files.keys()].sort();
const name = fc.constantFrom(...names);

/** A way to damage a log; what it does depends on the numbers only. */
const damage = fc.oneof(
  fc.record({ kind: fc.constant('flip'), name, at: fc.nat(), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('cut'), name, at: fc.nat() }),
  fc.record({ kind: fc.constant('forge'), name, at: fc.nat() }),
  fc.record({ kind: fc.constant('dropLine'), name, at: fc.nat() }),
  fc.record({ kind: fc.constant('delete'), name }),
  fc.record({ kind: fc.constant('swap'), name, other: name }),
  fc.record({ kind: fc.constant('rename'), name, at: fc.nat(30) }),
  fc.record({ kind: fc.constant('lateRx'), name }),
);
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function atLine(bytes: Uint8Array, at: number, change: (line: string) => string[]): Uint8Array {
  const lines = linesOf(bytes).map((line) => line.text);
  const i = at % Math.max(1, lines.length);
  return textBytes(lines.flatMap((line, k) => (k === i ? change(line) : [line])));
}

function apply(log: Map<string, Uint8Array>, one: Damage): void {
  const bytes = log.get(one.name);
  if (bytes === undefined || bytes.length === 0) return;
  const put = (next: Uint8Array): void => void log.set(one.name, next);
  if ('bit' in one) {
    const next = bytes.slice();
    const at = one.at % next.length;
    next[at] = (next[at] as number) ^ (1 << one.bit);
    put(next);
  } else if ('other' in one) {
    put((log.get(one.other) ?? bytes).slice());
    log.set(one.other, bytes);
  } else if (one.kind === 'cut' && 'at' in one) put(bytes.slice(0, one.at % bytes.length));
  else if (one.kind === 'dropLine' && 'at' in one) put(atLine(bytes, one.at, () => []));
  else if (one.kind === 'forge' && 'at' in one) {
    put(atLine(bytes, one.at, (line) => [sealLine(prefixOf(line).replace(/"rx":1/, '"rx":2'))]));
  } else if (one.kind === 'rename' && 'at' in one) {
    log.delete(one.name);
    log.set(`${String(one.at).padStart(8, '0')}${one.name.slice(8)}`, bytes);
  } else if (one.kind === 'delete') log.delete(one.name);
  // Only what stands before can tell that this rx is too early: the line and its checksum hold.
  else put(atLine(bytes, 1, (line) => [sealLine(prefixOf(line).replace(/"rx":\d+/, '"rx":1'))]));
}

const asked = fc.record(
  {
    canonical: fc.boolean(),
    expectSealed: fc.boolean(),
    expectAtLeastSeq: fc.constantFrom(0, 150, 1_000),
    upTo: fc.constant('commit' as const),
    headAt: fc.nat(210),
  },
  { requiredKeys: [] },
);

test('WAL-24: segments checked apart and joined say what one pass says, of any log', async () => {
  let damaged = 0;
  const codes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { maxLength: 4 }), asked, async (all, options) => {
      const log = new Map([...files].map(([file, bytes]) => [file, bytes.slice()]));
      for (const one of all) apply(log, one);
      const store = memoryStore(log);
      const sequential = await verifyWal(store, { ...options, hasher });
      let checked = 0;
      const joined = await verifyWal(store, {
        ...options,
        hasher,
        checkAhead: async (segment, last) => {
          checked += 1;
          return structuredClone(await verifySegment(store, segment, { ...options, hasher, last }));
        },
      });
      expect(joined).toEqual(sequential);
      expect(checked).toBe(sequential.segments.length);
      if (!sequential.ok) damaged += 1;
      for (const problem of sequential.problems) codes.add(problem.code);
    }),
    { seed: 20_261_123, numRuns: 160 },
  );
  expect(damaged).toBeGreaterThan(80);
  expect([...codes].sort()).toEqual(
    expect.arrayContaining(['WAL_CHAIN', 'WAL_CORRUPT', 'WAL_ROLLBACK', 'WAL_SEGMENT_MISSING']),
  );
  expect(codes.size).toBeGreaterThan(6);
});

test('the control: answers taken without looking at their place differ from one pass', async () => {
  const log = new Map(files);
  const first = names[0] as string;
  apply(log, { kind: 'swap', name: first, other: names[1] as string });
  const store = memoryStore(log);
  const sequential = await verifyWal(store, { hasher });
  const apart = await Promise.all(
    sequential.segments.map(({ name: file, seg, first: seq }) =>
      verifySegment(memoryStore(files), { name: file, seg, first: seq }, { hasher }),
    ),
  );
  expect(apart.every((check) => check.problem === null)).toBe(true);
  expect(sequential.problems.length).toBeGreaterThan(1);
});

/** The package as it is shipped: its threads start from the built entry. */
const shipped = async (): Promise<Pick<typeof NodeRoom, 'verifyWalParallel'>> => {
  const built = pathToFileURL(resolve('dist/node/index.js')).href;
  return (await import(/* @vite-ignore */ built)) as typeof NodeRoom;
};

function write(dir: string, log: ReadonlyMap<string, Uint8Array>): void {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  for (const [file, bytes] of log) writeFileSync(join(dir, file), bytes);
}

test('WAL-24: threads give what one pass gives: whole, damaged, compressed', async () => {
  const { verifyWalParallel } = await shipped();
  await inFolder(async (dir) => {
    const both = async (options: object) => {
      const sequential = await verifyWal(fileStore(dir), { ...options, hasher });
      expect(await verifyWalParallel(dir, { ...options, workers: 3 })).toEqual(sequential);
      return sequential;
    };
    mkdirSync(dir);
    // No segment at all is no whole log: a wrong folder would pass.
    expect((await failureOf(verifyWalParallel(dir))).code).toBe('QL_LOG_MISSING');
    write(dir, files);
    expect((await both({ canonical: true, expectSealed: true })).totalEvents).toBe(209);
    await compressSegments(dir, { includeLast: true });
    expect((await both({ canonical: true })).ok).toBe(true);
    const packed = join(dir, `${names[2]}.gz`);
    const bytes = readFileSync(packed);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 4;
    chmodSync(packed, 0o640);
    writeFileSync(packed, bytes);
    expect((await both({})).problems[0]?.file).toBe(names[2]);
    const log = new Map(files);
    apply(log, { kind: 'flip', name: names[1] as string, at: 999, bit: 3 });
    apply(log, { kind: 'delete', name: names[3] as string });
    write(dir, log);
    expect((await both({ canonical: true })).problems.length).toBeGreaterThan(1);
    expect((await verifyWalParallel(dir, { workers: 1 })).ok).toBe(false);
  });
}, 120_000);

test('WAL-24: a thread that dies, throws or answers for another segment is an error', async () => {
  await inFolder(async (dir) => {
    write(dir, files);
    const entry = (body: string): URL => {
      const path = join(dir, '..', `entry-${readdirSync(join(dir, '..')).length}.mjs`);
      writeFileSync(
        path,
        `import { parentPort } from 'node:worker_threads';\n` +
          `parentPort.on('message', (request) => { ${body} });\n`,
      );
      return pathToFileURL(path);
    };
    const cases: [string, string][] = [
      ['process.exit(0)', 'ended with exit code 0'],
      ['process.exit(3)', 'ended with exit code 3'],
      ["throw new Error('broken')", 'failed: broken'],
      ["parentPort.postMessage({ check: { segment: { name: 'x' } } })", 'another segment'],
      ["parentPort.postMessage({ error: { code: null, message: 'm', context: {} } })", 'failed: m'],
    ];
    for (const [body, text] of cases) {
      const failed = await failureOf(verifyWithEntry(dir, { workers: 2 }, entry(body)));
      expect([body, failed.code]).toEqual([body, 'WAL_IO']);
      expect(failed.message).toContain(text);
    }
    const absent = new URL('absent.mjs', entry(''));
    expect((await failureOf(verifyWithEntry(dir, { workers: 2 }, absent))).code).toBe('WAL_IO');
    for (const workers of [0, 1.5]) {
      const refused = await failureOf(verifyWithEntry(dir, { workers }, absent));
      expect(refused.code).toBe('WAL_OPTIONS');
    }
  });
}, 120_000);
