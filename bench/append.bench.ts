/**
 * Durable appends against two embedded stores and against the raw disk, 1,000 events per durable
 * commit, same events, same encoder, same disk, in one process. The raw row writes the very bytes
 * of the log, commit by commit, with `write` and `fdatasync` and nothing else: what no log of these
 * bytes can beat.
 *
 *     npm --prefix bench install && npx tsx bench/append.bench.ts
 *
 * Wall and CPU time, rounds interleaved, the least per store. On a busy machine the CPU figures
 * hold and the wall figures do not. A store that is not installed is named and left out.
 * @module
 */
import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { EventInput } from '../src/events/index.js';
import { createEncoder } from '../src/events/index.js';
import { nodeSha256 } from '../src/node/sha256.js';
import { fileStore } from '../src/node/wal-store/file-store.js';
import { openWalWriter } from '../src/wal/index.js';

const EVENTS = 100_000;
const BATCH = 1_000;
const ROUNDS = 7;
const RX = 1_723_075_200_000_000;
const peers = createRequire(new URL('./package.json', import.meta.url));

function quote(i: number): EventInput {
  return {
    t: 'Quote',
    sv: 1,
    rx: RX + i * 137,
    ts: RX + i * 130,
    src: 'BINANCE',
    body: {
      ask: 5_982_320 + (i % 997),
      askQty: 15_300 + (i % 777),
      bid: 5_982_310 + (i % 997),
      bidQty: 22_100 + (i % 555),
      inst: 'BINANCE:USDM:BTCUSDT',
      venueSeq: 4_983_302_931 + i,
    },
  };
}

const events = Array.from({ length: EVENTS }, (_, i) => quote(i));
const encoder = createEncoder(1_024);

async function openLog(dir: string) {
  return openWalWriter(fileStore(join(dir, 'wal')), {
    walId: '0123456789abcdef0123456789abcdef',
    clock: { nowUs: () => RX },
    hasher: nodeSha256,
    policy: { kind: 'always' },
    rotate: { bytes: 67_108_864, events: 10_000_000 },
  });
}

/** Each commit is awaited before the next event is appended. */
async function walAwaited(dir: string): Promise<void> {
  const log = await openLog(dir);
  for (let i = 0; i < EVENTS; i += 1) {
    log.append(events[i] as EventInput);
    if (i % BATCH === BATCH - 1) await log.flush();
  }
  await log.close();
}

/** One commit is on its way to the disk while the next is encoded, as a capture does it. */
async function walPipelined(dir: string): Promise<void> {
  const log = await openLog(dir);
  let before: Promise<unknown> = Promise.resolve();
  for (let i = 0; i < EVENTS; i += 1) {
    log.append(events[i] as EventInput);
    if (i % BATCH !== BATCH - 1) continue;
    const flushing = log.flush();
    await before;
    before = flushing;
  }
  await before;
  await log.close();
}

/** The bytes of the log, one piece per commit. */
async function commitsOf(dir: string): Promise<readonly Uint8Array[]> {
  await walAwaited(dir);
  const [name = ''] = readdirSync(join(dir, 'wal')).filter((file) => file.endsWith('.jsonl'));
  const bytes = readFileSync(join(dir, 'wal', name));
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; ) {
    const commit = bytes.indexOf('\n{"k":"C"', from);
    const end = commit < 0 ? bytes.length : bytes.indexOf('\n', commit + 1) + 1;
    pieces.push(bytes.subarray(from, end));
    from = end;
  }
  return pieces;
}

let commits: readonly Uint8Array[] = [];

async function raw(dir: string): Promise<void> {
  const fd = openSync(join(dir, 'raw'), 'w');
  for (const bytes of commits) {
    writeSync(fd, bytes);
    fdatasyncSync(fd);
  }
  closeSync(fd);
}

interface Lmdb {
  open(options: object): {
    transactionSync(run: () => void): void;
    putSync(key: number, value: Uint8Array): void;
    close(): Promise<void>;
  };
}

async function lmdb(dir: string): Promise<void> {
  const db = (peers('lmdb') as Lmdb).open({
    path: join(dir, 'lmdb'),
    encoding: 'binary',
    keyEncoding: 'uint32',
    mapSize: 1 << 30,
  });
  for (let i = 0; i < EVENTS; i += BATCH) {
    db.transactionSync(() => {
      for (let k = i; k < i + BATCH; k += 1) {
        db.putSync(k, encoder.encode(events[k] as EventInput, k + 1));
      }
    });
  }
  await db.close();
}

interface Sqlite {
  new (
    path: string,
  ): {
    pragma(text: string): void;
    exec(sql: string): void;
    prepare(sql: string): { run(seq: number, line: Uint8Array): void };
    close(): void;
  };
}

async function sqlite(dir: string): Promise<void> {
  const Database = peers('better-sqlite3') as Sqlite;
  const db = new Database(join(dir, 'log.sqlite'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE log (seq INTEGER PRIMARY KEY, line BLOB NOT NULL)');
  const insert = db.prepare('INSERT INTO log VALUES (?, ?)');
  for (let i = 0; i < EVENTS; i += BATCH) {
    db.exec('BEGIN');
    for (let k = i; k < i + BATCH; k += 1) {
      insert.run(k + 1, encoder.encode(events[k] as EventInput, k + 1));
    }
    db.exec('COMMIT');
  }
  db.close();
}

const installed = (name: string): boolean => {
  try {
    peers(name);
    return true;
  } catch (error) {
    console.log(`SKIPPED: ${name} is not usable here (${(error as Error).message.split('\n')[0]})`);
    console.log('         npm --prefix bench install');
    return false;
  }
};

const rows: [string, (dir: string) => Promise<void>][] = [
  ['quantlaxmi wal, each commit awaited', walAwaited],
  ['quantlaxmi wal, pipelined', walPipelined],
  ['raw write + fdatasync of the same bytes', raw],
];
if (installed('lmdb')) rows.push(['lmdb, synchronous transactions', lmdb]);
if (installed('better-sqlite3')) rows.push(['better-sqlite3, WAL, synchronous=FULL', sqlite]);

const wall = rows.map(() => Number.POSITIVE_INFINITY);
const cpu = [...wall];
mkdirSync('.tmp', { recursive: true });
const sample = mkdtempSync('.tmp/append-');
commits = await commitsOf(sample);
rmSync(sample, { recursive: true });
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [r, [, run]] of rows.entries()) {
    const dir = mkdtempSync('.tmp/append-');
    const from = process.hrtime.bigint();
    const cpuFrom = process.cpuUsage();
    await run(dir);
    wall[r] = Math.min(wall[r] as number, Number(process.hrtime.bigint() - from) / EVENTS);
    const { user, system } = process.cpuUsage(cpuFrom);
    cpu[r] = Math.min(cpu[r] as number, ((user + system) * 1_000) / EVENTS);
    rmSync(dir, { recursive: true });
  }
}
console.log(`${EVENTS} quotes, ${BATCH} per durable commit; times over those of the first row`);
for (const [r, [name]] of rows.entries()) {
  const rate = (1e6 / (wall[r] as number)).toFixed(0).padStart(5);
  const ratio = (of: readonly number[]) => ((of[r] as number) / (of[0] as number)).toFixed(2);
  console.log(`${rate} k events/s  wall ${ratio(wall)}×  CPU ${ratio(cpu)}×  ${name}`);
}
