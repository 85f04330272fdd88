/**
 * Opening a log for writing after anything may have happened to it. Nothing is dropped but bytes
 * after the last commit that no later line proves durable, and those go to `quarantine/`. The last
 * segment is always written anew: when its last sync failed, its pages read back well and are not
 * on the disk.
 * @module
 */
import type { HasherFactory } from '../core/index.js';
import { toHex } from '../core/index.js';
import { ioError, walError } from './errors.js';
import type { SegmentName, WalFooter } from './format.js';
import { checkEnds } from './internal/ends-check.js';
import { faultError, judgeEnding } from './internal/judge.js';
import { readFully, scanWhole } from './internal/line-source.js';
import { footerPrefix, lineOf } from './internal/lines.js';
import { replaceFile, writeFully } from './internal/publish.js';
import type { Expected } from './internal/segment-rules.js';
import type { ScanOptions } from './internal/scan-types.js';
import { EXPECT_NOTHING } from './internal/segment-rules.js';
import { SegmentScan } from './internal/segment-scan.js';
import { listSegments, listStore, openFile } from './internal/segments.js';
import { WAL_LIMITS } from './limits.js';
import type { WalFile, WalStore } from './store.js';

/** What opening for writing had to do. */
export interface RecoveredInfo {
  /** Last `seq` of the log as it was found. */
  readonly lastSeq: number;
  /** Uncommitted bytes moved out of the log. */
  readonly droppedBytes: number;
  /** Where they are now, relative to the store; null when there were none. */
  readonly quarantine: string | null;
}

/** How much of the sealed segments is read at open. */
export type RecoveryCheck = 'strict' | 'fast';

export interface RecoveryOptions {
  readonly hasher: HasherFactory;
  readonly check: RecoveryCheck;
  readonly walId: string | null;
  /** The log must reach this `seq`; `source` says who knows. */
  readonly expectAtLeast: { readonly seq: number; readonly source: string } | null;
}

/** Where a new segment must go on. */
export interface Recovery {
  readonly next: Expected;
  readonly segments: number;
  /** Null when the log is new or was closed. */
  readonly recovered: RecoveredInfo | null;
}

function scanOf(segment: SegmentName, expected: Expected, hasher: HasherFactory): SegmentScan {
  const options: ScanOptions = {
    seg: segment.seg,
    first: segment.first,
    expected,
    hasher,
    crc: true,
    sha256: true,
    count: false,
    decode: null,
    fromSeq: 1,
  };
  return new SegmentScan(options);
}

/** What the segment after a wholly scanned one must follow from. */
export function follows(scan: SegmentScan, before: Expected): Expected {
  const { committed, header } = scan;
  return {
    walId: header?.wal ?? before.walId,
    h: committed.h,
    seq: committed.seq,
    b: committed.b,
    epoch: header?.epoch ?? before.epoch,
    rx: committed.rx1 ?? before.rx,
  };
}

async function checkSealed(
  store: WalStore,
  segment: SegmentName,
  expected: Expected,
  options: RecoveryOptions,
): Promise<Expected> {
  const file = await openFile(store, segment.name);
  try {
    const scan = scanOf(segment, expected, options.hasher);
    if (options.check === 'fast') {
      const next = await checkEnds(scan, file, segment.name);
      if (typeof next !== 'string') return { ...next, rx: Math.max(next.rx, expected.rx) };
    }
    const full = scanOf(segment, expected, options.hasher);
    await scanWhole(full, file, segment.name);
    if (full.fault !== null) {
      throw faultError(segment.name, full.fault, { lastSeq: full.committed.seq });
    }
    if (full.footer === null) throw unsealedError(segment.name, full.committed.seq);
    return follows(full, expected);
  } finally {
    await file.close();
  }
}

/** The error for a segment that others follow and that has no footer. */
export function unsealedError(file: string, lastSeq: number) {
  return walError(
    'WAL_UNSEALED',
    `${file} is not the last segment but has no footer; last good seq ${lastSeq}. Segments after ` +
      'it can not be trusted to follow; restore the file, or run "quantlaxmi wal salvage"',
    { context: { file, byte: 0, seq: lastSeq + 1, lastSeq } },
  );
}

/** Copies `[from, to)` of a file, handing each chunk to `each`. */
async function copyRange(
  source: WalFile,
  range: { readonly from: number; readonly to: number },
  each: (bytes: Uint8Array, position: number) => Promise<void>,
): Promise<void> {
  const buffer = new Uint8Array(
    Math.min(WAL_LIMITS.chunkBytes, Math.max(1, range.to - range.from)),
  );
  let at = range.from;
  while (at < range.to) {
    const want = buffer.subarray(0, Math.min(buffer.length, range.to - at));
    const got = await readFully(source, want, at);
    if (got === 0) throw new Error(`file ends at byte ${at}, expected ${range.to}`);
    await each(want.subarray(0, got), at - range.from);
    at += got;
  }
}

async function quarantine(
  store: WalStore,
  source: WalFile,
  segment: SegmentName,
  range: { readonly from: number; readonly to: number },
): Promise<string> {
  const name = `quarantine/${segment.name}.${range.from}.${range.to - range.from}.torn`;
  const held = await store.list('quarantine');
  const temporary = `${name.slice('quarantine/'.length)}.tmp`;
  if (held.includes(temporary)) await store.remove(`quarantine/${temporary}`);
  await replaceFile(store, { name, folder: 'quarantine', sealed: true }, (file) =>
    copyRange(source, range, (bytes, position) => writeFully(file, bytes, position)),
  );
  return name;
}

/** Writes the kept bytes of a segment, and a footer when it had none, to a new file. */
async function rewrite(
  store: WalStore,
  source: WalFile,
  segment: SegmentName,
  scan: SegmentScan,
  hasher: HasherFactory,
): Promise<void> {
  const { committed, footer } = scan;
  const to = footer === null ? committed.offset : await source.size();
  const target = { name: segment.name, folder: '' as const, sealed: true };
  await replaceFile(store, target, async (file) => {
    const sha = hasher();
    await copyRange(source, { from: 0, to }, async (bytes, position) => {
      sha.update(bytes);
      await writeFully(file, bytes, position);
    });
    if (footer !== null) return;
    const made: WalFooter = {
      why: 'recovered',
      n: committed.n,
      first: segment.first,
      last: committed.seq,
      b: committed.b,
      rx0: committed.rx0,
      rx1: committed.rx1,
      bytes: committed.offset,
      sha256: toHex(sha.digest()),
      h: toHex(committed.h),
    };
    await writeFully(file, lineOf(footerPrefix(made)), to);
  });
}

interface LastOutcome {
  readonly next: Expected | null;
  readonly clean: boolean;
  readonly dropped: number;
  readonly quarantine: string | null;
}

/** Judges and rewrites the last segment; `next: null` when it had never been live. */
async function recoverLast(
  store: WalStore,
  segment: SegmentName,
  before: Expected,
  options: RecoveryOptions,
): Promise<LastOutcome> {
  const file = await openFile(store, segment.name);
  try {
    await file.sync();
    const scan = scanOf(segment, before, options.hasher);
    await scanWhole(scan, file, segment.name);
    const ending = await judgeEnding(scan, file, segment.name);
    const { seq } = scan.committed;
    if (ending.kind === 'damaged') {
      const { fault, durableBatch } = ending;
      throw faultError(segment.name, fault, { lastSeq: seq, durableBatch });
    }
    expectReached(scan.header === null ? (before.seq ?? 0) : seq, options);
    if (scan.header === null) {
      const to = await file.size();
      const where = await quarantine(store, file, segment, { from: 0, to });
      await store.remove(segment.name);
      await store.syncFolder('');
      return { next: null, clean: false, dropped: to, quarantine: where };
    }
    const dropped = ending.kind === 'torn' ? ending.bytes : 0;
    const range = { from: scan.committed.offset, to: scan.committed.offset + dropped };
    const where = dropped === 0 ? null : await quarantine(store, file, segment, range);
    await rewrite(store, file, segment, scan, options.hasher);
    const clean = scan.footer?.why === 'close';
    return { next: follows(scan, before), clean, dropped, quarantine: where };
  } finally {
    await file.close();
  }
}

function expectReached(seq: number, { expectAtLeast }: RecoveryOptions): void {
  if (expectAtLeast === null || seq >= expectAtLeast.seq) return;
  throw walError(
    'WAL_ROLLBACK',
    `log ends at seq ${seq} but ${expectAtLeast.source} proves seq ${expectAtLeast.seq} was ` +
      'durable; restore the missing segments before writing',
    { context: { seq, expectedSeq: expectAtLeast.seq, source: expectAtLeast.source } },
  );
}

/**
 * Brings a log into the state that a new segment can follow. Idempotent: interrupted at any step
 * and run again, it ends in the same log.
 *
 * @param store - the log's store, locked by the caller
 * @throws QuantlaxmiError WAL_CORRUPT and the other classes of damage; WAL_ROLLBACK; WAL_FOREIGN;
 * WAL_IO
 */
export async function recover(store: WalStore, options: RecoveryOptions): Promise<Recovery> {
  try {
    await store.syncFolder('');
    const { temporary } = await listStore(store);
    for (const name of temporary) await store.remove(name);
    const segments = await listSegments(store);
    const states: Expected[] = [{ ...EXPECT_NOTHING, walId: options.walId }];
    for (const segment of segments.slice(0, -1)) {
      const before = states[states.length - 1] as Expected;
      states.push(await checkSealed(store, segment, before, options));
    }
    let dropped = 0;
    let where: string | null = null;
    for (let i = segments.length - 1; i >= 0; i -= 1) {
      const before = states[i] as Expected;
      const last = await recoverLast(store, segments[i] as SegmentName, before, options);
      dropped += last.dropped;
      where ??= last.quarantine;
      if (last.next === null) continue;
      const clean = last.clean && where === null;
      const lastSeq = last.next.seq ?? 0;
      const recovered = clean ? null : { lastSeq, droppedBytes: dropped, quarantine: where };
      return { next: last.next, segments: i + 1, recovered };
    }
    expectReached(0, options);
    const recovered =
      where === null ? null : { lastSeq: 0, droppedBytes: dropped, quarantine: where };
    return { next: states[0] as Expected, segments: 0, recovered };
  } catch (cause) {
    throw ioError(cause, store.place);
  }
}
