/**
 * `quantlaxmi wal stat`: what is in a log.
 * @module
 */
import { logSummary, nodeSha256 } from '../../node/index.js';
import { walStat } from '../../wal/index.js';
import { facts, grouped, table } from '../format.js';
import type { CommonOptions, Outcome } from '../outcome.js';
import { countsText, storeOf } from './wal-log.js';

/** Counts, sizes and hashes of a log. */
export const walStatCommand = async (dir: string, _options: CommonOptions): Promise<Outcome> => {
  const stat = await walStat(storeOf(dir), { hasher: nodeSha256 });
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
