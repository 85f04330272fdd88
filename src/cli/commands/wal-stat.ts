/**
 * `quantlaxmi wal stat`: what is in a log.
 * @module
 */
import {
  assertBoundLog,
  logSummary,
  nodeSha256,
  removedFrontOf,
  sealedManifestOf,
} from '../../node/index.js';
import { walStat } from '../../wal/index.js';
import { facts, grouped, table } from '../format.js';
import type { CommonOptions, Outcome } from '../outcome.js';
import { countsText, storeOf } from './wal-log.js';

/** Counts, sizes and hashes of a log; a sealed one must be what its manifest binds. */
export const walStatCommand = async (dir: string, _options: CommonOptions): Promise<Outcome> => {
  const store = storeOf(dir);
  const manifest = await sealedManifestOf(dir);
  const after = manifest === null ? null : await removedFrontOf(manifest);
  const held = after === null ? {} : { after };
  const stat = await walStat(store, { hasher: nodeSha256, ...held });
  if (manifest !== null) await assertBoundLog(stat, manifest);
  const summary = await logSummary(dir, stat);
  const rows = stat.segments.map((s) => [
    s.name,
    String(s.first),
    String(s.last),
    grouped(s.bytes),
    s.why ?? 'open',
  ]);
  const text = [
    facts([
      ['log', stat.walId ?? 'empty'],
      ['events', `${grouped(stat.totalEvents)} (${countsText(stat.perType)})`],
      ['gaps', String(summary.gaps)],
      ['malformed', String(summary.malformed)],
      ['received', `${summary.rx.first ?? '-'} to ${summary.rx.last ?? '-'} µs`],
      ['chain head', stat.chainHead],
    ]),
    table(['segment', 'first', 'last', 'bytes', 'sealed'], rows),
  ].join('\n');
  return { exitCode: stat.ok ? 0 : 1, document: summary, text };
};
