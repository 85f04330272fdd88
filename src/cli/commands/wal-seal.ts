/**
 * `quantlaxmi wal seal`: ends the log of a writer that was killed.
 * @module
 */
import { escapeControl } from '../../core/index.js';
import { type SealedLog, sealLog } from '../../node/index.js';
import { facts, grouped } from '../format.js';
import type { CommonOptions, Outcome } from '../outcome.js';

/** Options of `wal seal`. */
export interface WalSealOptions extends CommonOptions {
  readonly session?: string;
}

const recoveryText = ({ sealedNow, recovered }: SealedLog): string => {
  if (!sealedNow) return 'none, it was sealed before';
  if (recovered === null) return 'none, the log had been closed in order';
  const { droppedBytes, lastSeq, quarantine } = recovered;
  if (droppedBytes === 0) return `up to seq ${lastSeq}, nothing dropped`;
  return `up to seq ${lastSeq}, ${grouped(droppedBytes)} uncommitted bytes moved to ${quarantine}`;
};

/** Seals; exit 0 also when there was nothing to do. */
export const walSeal = async (dir: string, options: WalSealOptions): Promise<Outcome> => {
  const sealed = await sealLog(dir, options.session === undefined ? {} : options);
  const { kind, status, log, recovered, sealedNow } = sealed;
  const { walId, lastSeq, chainHead, totalEvents, segments } = log;
  const what = sealedNow ? 'sealed' : 'was sealed already';
  const text = [
    escapeControl(`${kind} ${sealed.dir}: ${what}`),
    facts([
      ...(status === null ? [] : [['status', status] as const]),
      ['recovery', recoveryText(sealed)],
      ['log', walId],
      ['events', `${grouped(totalEvents)} in ${segments.length} segments`],
      ['last seq', String(lastSeq)],
      ['chain head', chainHead],
    ]),
  ].join('\n');
  const document = {
    ...{ kind, dir: sealed.dir, sealedNow, status, recovered },
    ...{ walId, lastSeq, chainHead, totalEvents },
  };
  return { exitCode: 0, document, text };
};
