/**
 * `quantlaxmi capture nse`: a session from files of the exchange.
 * @module
 */
import { QuantlaxmiError } from '../../core/index.js';
import { captureFiles, logSummary } from '../../node/index.js';
import { NSE_FILE_KINDS, type NseFileKind } from '../../venues/nse/index.js';
import { facts, grouped } from '../format.js';
import type { CommonOptions, Outcome } from '../outcome.js';
import { byteProgress } from '../progress.js';

/** Options of `capture nse`. */
export interface CaptureNseOptions extends CommonOptions {
  readonly from: readonly string[];
  readonly kind?: string;
  /** µs since the epoch. */
  readonly at?: number;
  readonly out: string;
}

const kindOf = (text: string): NseFileKind => {
  const kind = NSE_FILE_KINDS.find((one) => one === text);
  if (kind !== undefined) return kind;
  const expected = NSE_FILE_KINDS.join(', ');
  throw new QuantlaxmiError('QL_BAD_INPUT', `--kind ${text}: expected one of ${expected}`);
};

/** Records a session; exit 1 when a whole file was refused. */
export const captureNseCommand = async (options: CaptureNseOptions): Promise<Outcome> => {
  const bar = byteProgress('capture', options.from);
  const { session, stats } = await captureFiles({
    files: options.from,
    out: options.out,
    onProgress: ({ bytes, events }) => bar.update(bytes, events),
    ...(options.kind === undefined ? {} : { kind: kindOf(options.kind) }),
    ...(options.at === undefined ? {} : { atUs: options.at }),
  }).finally(() => bar.stop());
  const summary = await logSummary(session.dir, (await session.verify()).wal);
  const text = [
    `recorded ${session.dir}`,
    facts([
      ['session', session.id],
      ['files', grouped(stats.files)],
      ['rows', grouped(stats.rows)],
      ['contracts', grouped(stats.contracts)],
      ['instruments', grouped(stats.instruments)],
      ['quotes', grouped(stats.quotes)],
      [
        'refused',
        `${stats.refusedFiles} files, ${stats.refusedRows + stats.refusedContracts} rows`,
      ],
      ...Object.entries(stats.facts).map(([code, n]) => [code, grouped(n)] as const),
      ['last seq', String(summary.lastSeq)],
      ['events', summary.eventsSha256],
      ['chain head', summary.chainHead],
    ]),
  ].join('\n');
  const exitCode = stats.refusedFiles === 0 ? 0 : 1;
  return { exitCode, document: { ...summary, stats, damage: [] }, text };
};
