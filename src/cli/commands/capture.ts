/**
 * `quantlaxmi capture binance`: a session from raw recordings.
 * @module
 */
import { escapeControl, QuantlaxmiError } from '../../core/index.js';
import { captureRecording, logSummary } from '../../node/index.js';
import type { BinanceMarket } from '../../venues/binance/index.js';
import { facts, grouped } from '../format.js';
import type { CommonOptions, Outcome } from '../outcome.js';
import { byteProgress } from '../progress.js';

/** Options of `capture binance`. */
export interface CaptureOptions extends CommonOptions {
  readonly market: string;
  readonly from?: readonly string[];
  readonly symbols?: string;
  readonly snapshot?: readonly string[];
  readonly exchangeInfo?: string;
  readonly out: string;
  /** Prints `A <seq>` on stderr whenever events became durable: for crash tests and supervisors. */
  readonly ack?: boolean;
}

const MARKETS: readonly string[] = ['spot', 'usdm', 'coinm'];

/** Checks a market's name. */
export const marketOf = (text: string): BinanceMarket => {
  if (MARKETS.includes(text)) return text as BinanceMarket;
  throw new QuantlaxmiError('QL_BAD_INPUT', `--market ${text}: expected spot, usdm or coinm`);
};

/** Records a session; exit 1 when a recording broke off. */
export const captureCommand = async (options: CaptureOptions): Promise<Outcome> => {
  const files = options.from ?? [];
  if (files.length === 0) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      'capture binance: --from FILE is required; this version records from raw recordings',
    );
  }
  const bar = byteProgress('capture', files);
  const result = await captureRecording({
    market: marketOf(options.market),
    files,
    out: options.out,
    onProgress: ({ bytes, events }) => bar.update(bytes, events),
    ...(options.ack === true ? { onDurable: (seq) => process.stderr.write(`A ${seq}\n`) } : {}),
    ...(options.symbols === undefined ? {} : { symbols: options.symbols.split(',') }),
    ...(options.exchangeInfo === undefined ? {} : { exchangeInfo: options.exchangeInfo }),
    ...(options.snapshot === undefined ? {} : { snapshots: options.snapshot }),
  }).finally(() => bar.stop());
  const { session, stats, damage } = result;
  const wal = (await session.verify()).wal;
  const summary = await logSummary(session.dir, wal);
  const { counts } = summary;
  const text = [
    `recorded ${session.dir}`,
    facts([
      ['session', session.id],
      ['instruments', session.manifest.capture.scales.map((one) => one.inst).join(', ')],
      ['lines', grouped(stats.lines)],
      ['quotes', grouped(counts['Quote'] ?? 0)],
      ['trades', grouped(counts['Trade'] ?? 0)],
      ['book deltas', grouped(counts['BookDelta'] ?? 0)],
      ['snapshots', grouped(counts['BookSnapshot'] ?? 0)],
      ['gaps', String(summary.gaps)],
      ['malformed', String(summary.malformed)],
      ['duplicate trades', String(stats.duplicateTrades)],
      ['out of order', String(stats.outOfOrder)],
      ['last seq', String(summary.lastSeq)],
      ['chain head', summary.chainHead],
    ]),
    ...damage.map((error) => escapeControl(`${error.code}: ${error.message}`)),
  ].join('\n');
  const document = {
    ...summary,
    stats,
    damage: damage.map(({ code, message }) => ({ code, message })),
  };
  return { exitCode: damage.length === 0 ? 0 : 1, document, text };
};
