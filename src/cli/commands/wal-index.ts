/**
 * `quantlaxmi wal index` and `compress`: files beside or in place of segments, the log unchanged.
 * @module
 */
import {
  assertLogEnd,
  compressLog,
  nodeSha256,
  removedFrontOf,
  sealedManifestOf,
  watchedStore,
} from '../../node/index.js';
import { buildIndex } from '../../wal/index.js';
import { grouped, table } from '../format.js';
import type { CommonOptions, Outcome } from '../outcome.js';
import { countProgress, logProgress } from '../progress.js';
import { storeOf } from './wal-log.js';

/** Builds the sparse indexes of a log, checking it on the way. */
export const walIndex = async (dir: string, _options: CommonOptions): Promise<Outcome> => {
  const bar = logProgress('index');
  const store = watchedStore(storeOf(dir), ({ bytes, totalBytes }) =>
    bar.update(bytes, totalBytes),
  );
  const manifest = await sealedManifestOf(dir);
  const after = manifest === null ? null : await removedFrontOf(manifest);
  const how = { hasher: nodeSha256, ...(after === null ? {} : { after }) };
  if (manifest !== null) await assertLogEnd(storeOf(dir), manifest);
  const indexes = await buildIndex(store, how).finally(() => bar.stop());
  const rows = indexes.map(({ name, entries, bytes }) => [name, grouped(entries), grouped(bytes)]);
  const text =
    rows.length === 0 ? 'no segment to index' : table(['index', 'entries', 'bytes'], rows);
  return { exitCode: 0, document: { indexes }, text };
};

/** Options of `wal compress`. */
export interface WalCompressOptions extends CommonOptions {
  readonly format: string;
  readonly level?: number;
  readonly keep?: number;
}

/** Compresses sealed segments. */
export const walCompress = async (dir: string, options: WalCompressOptions): Promise<Outcome> => {
  const { format, level, keep } = options;
  const bar = countProgress('compress', 'segments');
  const segments = await compressLog(dir, {
    kind: format as 'gzip' | 'zstd',
    onSegment: (done, total) => bar.update(done, total),
    ...(level === undefined ? {} : { level }),
    ...(keep === undefined ? {} : { keep }),
  }).finally(() => bar.stop());
  const rows = segments.map(({ compressed, bytes, compressedBytes }) => [
    compressed,
    grouped(bytes),
    grouped(compressedBytes),
    `${(bytes / compressedBytes).toFixed(1)}×`,
  ]);
  const head = ['compressed', 'bytes before', 'bytes after', 'smaller'];
  const text = rows.length === 0 ? 'no sealed segment left to compress' : table(head, rows);
  return { exitCode: 0, document: { format, segments }, text };
};
