/** Reading a log that a manifest binds. */
import { join } from 'node:path';
import { QuantlaxmiError } from '../../core/index.js';
import type { Event } from '../../events/index.js';
import type { LogBinding } from '../../manifest/index.js';
import { type ReadWalOptions, readWal, type WalStore } from '../../wal/index.js';
import { nodeSha256 } from '../sha256.js';
import { removedFront } from './log-binding.js';

function rollback(
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
 * The events of a bound log, in batches. A log cut behind a commit has no wrong byte: that events
 * are missing is seen only against the last `seq` its manifest states.
 *
 * @param store - the log
 * @param bound - what the manifest states of it, with the manifest's folder and file name
 * @param range - part to read; whole by default
 */
export async function* readBound(
  store: WalStore,
  bound: { readonly dir: string; readonly source: string; readonly log: LogBinding },
  range: { readonly fromSeq?: number; readonly toSeq?: number } = {},
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
