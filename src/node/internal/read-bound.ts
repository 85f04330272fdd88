/** Reading a log that a manifest binds. */
import { join } from 'node:path';
import { QuantlaxmiError } from '../../core/index.js';
import type { Event } from '../../events/index.js';
import type { LogBinding } from '../../manifest/index.js';
import { type ReadWalOptions, readWal, type WalStore } from '../../wal/index.js';
import { nodeSha256 } from '../sha256.js';
import { removedFront } from './log-binding.js';

/** A log with the folder and the file name of the manifest that states it. */
export interface BoundLog {
  readonly dir: string;
  readonly source: string;
  readonly log: LogBinding;
}

/** The error of a log that ends before what its manifest binds. */
export function rollback(
  dir: string,
  bound: LogBinding,
  found: { readonly lastSeq: number; readonly source: string },
): QuantlaxmiError {
  const seq = found.lastSeq + 1;
  const { name } = bound.segments.find(({ last }) => last >= seq) ?? { name: bound.dir };
  return new QuantlaxmiError(
    'WAL_ROLLBACK',
    `${join(dir, bound.dir, name)}: log ends at seq ${found.lastSeq} but ${found.source} of ` +
      `${dir} proves seq ${bound.lastSeq} was durable; restore the log from a copy`,
    { context: { file: name, seq, lastSeq: found.lastSeq, boundSeq: bound.lastSeq } },
  );
}

/**
 * Throws where a log does not reach `due`, by default the last `seq` that its manifest states.
 * Reads one segment of a log that does.
 */
export async function assertReaches(
  store: WalStore,
  { dir, source, log }: BoundLog,
  due = log.lastSeq,
): Promise<void> {
  const after = removedFront(log);
  if (due <= (after?.last ?? 0)) return;
  const how = {
    hasher: nodeSha256,
    upTo: 'commit' as const,
    ...(after === undefined ? {} : { after }),
  };
  for await (const _ of readWal(store, { ...how, fromSeq: due, toSeq: due })) return;
  const lastSeq = await lastSeqBefore(store, { ...how, toSeq: due });
  throw rollback(dir, log, { lastSeq, source });
}

/** Last `seq` of the segments that may hold an event received at `toRx` or before. */
function dueBy({ segments, lastSeq }: LogBinding, toRx: number): number {
  const later = segments.findIndex(({ rx0 }) => rx0 !== null && rx0 > toRx);
  return later < 0 ? lastSeq : (segments[later - 1]?.last ?? 0);
}

/**
 * The events of a bound log, in batches. A log cut behind a commit has no wrong byte: that events
 * are missing is seen only against the last `seq` its manifest states.
 *
 * @param store - the log
 * @param bound - what the manifest states of it, with the manifest's folder and file name
 * @param range - part to read; whole by default. By time, the log must reach the end of the last
 * segment that the manifest has for that time
 */
export async function* readBound(
  store: WalStore,
  bound: BoundLog,
  range: Pick<ReadWalOptions, 'fromRx' | 'fromSeq' | 'toRx' | 'toSeq'> = {},
): AsyncGenerator<readonly Event[]> {
  const { dir, source, log } = bound;
  const after = removedFront(log);
  const from = range.fromSeq ?? (after?.last ?? 0) + 1;
  const how = { hasher: nodeSha256, ...(after === undefined ? {} : { after }) };
  const end = Math.min(range.toSeq ?? log.lastSeq, log.lastSeq);
  let lastSeq = 0;
  for await (const batch of readWal(store, { ...how, ...range })) {
    lastSeq = batch.at(-1)?.seq ?? lastSeq;
    yield batch;
  }
  if (from > end || lastSeq >= end) return;
  if (range.fromRx !== undefined || range.toRx !== undefined) {
    const due = Math.min(end, dueBy(log, range.toRx ?? Infinity));
    if (due >= from) await assertReaches(store, bound, due);
    return;
  }
  // Nothing of the range was found: where the log does end is not known from reading it.
  if (lastSeq === 0) lastSeq = await lastSeqBefore(store, { ...how, toSeq: from });
  throw rollback(dir, log, { lastSeq, source });
}

async function lastSeqBefore(store: WalStore, how: ReadWalOptions): Promise<number> {
  let lastSeq = how.after?.last ?? 0;
  for await (const batch of readWal(store, how)) {
    lastSeq = batch.at(-1)?.seq ?? lastSeq;
  }
  return lastSeq;
}
