/**
 * `quantlaxmi wal salvage`: what is left of a damaged log.
 * @module
 */
import { escapeControl } from '../../core/index.js';
import { salvageLog } from '../../node/index.js';
import { facts, grouped, table } from '../format.js';
import type { CommonOptions, Outcome } from '../outcome.js';
import { logProgress } from '../progress.js';

/** Options of `wal salvage`. */
export interface WalSalvageOptions extends CommonOptions {
  readonly out: string;
}

const HEAD = ['not read: file', 'bytes', 'seq', 'reason'];

const span = (from: number, to: number, none: string): string => {
  if (to < from) return none;
  return from === to ? String(from) : `${from} to ${to}`;
};

/** Writes the new log and prints what it lacks. */
export const walSalvage = async (dir: string, options: WalSalvageOptions): Promise<Outcome> => {
  const bar = logProgress('salvage');
  const salvaged = await salvageLog(dir, {
    out: options.out,
    onProgress: ({ bytes, totalBytes }) => bar.update(bytes, totalBytes),
  }).finally(() => bar.stop());
  const { out, walId, sourceWalId, events, missing, gaps, gapCount } = salvaged;
  const rows = gaps.map(({ file, fromByte, toByte, seqFrom, seqTo, reason }) => [
    file || '-',
    span(fromByte, toByte - 1, '-'),
    span(seqFrom, seqTo, 'none'),
    reason,
  ]);
  const text = [
    escapeControl(`${dir}: read what is left into ${out}; it is no evidence, gates refuse it`),
    facts([
      ['log', sourceWalId === null ? walId : `${walId}, salvaged from ${sourceWalId}`],
      ['events', grouped(events)],
      ['missing', `${grouped(missing)} events in ${grouped(gapCount)} gaps`],
    ]),
    ...(rows.length === 0 ? [] : [table(HEAD, rows)]),
    ...(gapCount > gaps.length ? [`… and ${grouped(gapCount - gaps.length)} gaps more`] : []),
  ].join('\n');
  return { exitCode: 0, document: salvaged, text };
};
