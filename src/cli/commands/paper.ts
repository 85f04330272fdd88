/**
 * `quantlaxmi paper`: a strategy over a recorded session with a simulated venue.
 * @module
 */
import { paperRun, type PaperRunResult, readRunConfig } from '../../node/index.js';
import { facts, grouped } from '../format.js';
import type { CommonOptions, Outcome } from '../outcome.js';
import { eventProgress } from '../progress.js';
import { openTelemetry } from '../telemetry.js';

/** Options of `paper`. */
export interface PaperOptions extends CommonOptions {
  readonly session: string;
  readonly strategy: string;
  readonly config: string;
  readonly out?: string;
  readonly seed: bigint;
  readonly log?: string;
  readonly metrics?: number;
}

/** The numbers of a run that people and `--json` see. */
export const paperDocument = ({ run, manifest, summary }: PaperRunResult) => ({
  runId: run.id,
  dir: run.dir,
  sessionId: manifest.parent.sessionId,
  strategy: manifest.strategy,
  decisions: summary.decisions,
  orders: summary.orders,
  fills: summary.fills,
  records: manifest.decisions.log.perType,
  pnl: manifest.result.pnl,
  traceHash: summary.traceHash,
  finalStateHash: summary.stateHash,
  manifestHash: manifest.manifestHash,
});

/** The same as text. */
export const paperText = (result: PaperRunResult): string => {
  const document = paperDocument(result);
  const money = document.pnl.map(
    ({ currency, realized, fees, exponent }) =>
      `${currency}: realised ${realized}e${exponent}, fees ${fees}e${exponent}`,
  );
  return facts([
    ['run', `${document.runId} in ${document.dir}`],
    ['strategy', `${document.strategy.id} ${document.strategy.version}`],
    ['decisions', grouped(document.decisions)],
    ['orders', grouped(document.orders)],
    ['fills', grouped(document.fills)],
    ['result', money.join('; ') || 'no fills'],
    ['trace hash', document.traceHash],
  ]);
};

/** Makes a paper run and seals it. */
export const paperCommand = async (options: PaperOptions): Promise<Outcome> => {
  const config = await readRunConfig(options.config);
  const { telemetry, close } = await openTelemetry(options);
  const bar = eventProgress('paper');
  try {
    const result = await paperRun({
      session: options.session,
      strategyModule: options.strategy,
      config,
      seed: options.seed,
      telemetry,
      onProgress: ({ seq, lastSeq }) => bar.update(seq, lastSeq),
      ...(options.out === undefined ? {} : { out: options.out }),
    });
    return { exitCode: 0, document: paperDocument(result), text: paperText(result) };
  } finally {
    bar.stop();
    await close();
  }
};
