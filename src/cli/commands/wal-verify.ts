/**
 * `quantlaxmi wal verify`: checks a log; writes nothing.
 * @module
 */
import { dirname, resolve } from 'node:path';
import { escapeControl } from '../../core/index.js';
import { anchorProblems } from '../../manifest/index.js';
import {
  compareWithManifest,
  findLog,
  readAnchor,
  removedFrontOf,
  sealedManifestOf,
  verifyWalParallel,
} from '../../node/index.js';
import type { WalVerification } from '../../wal/index.js';
import { facts, grouped } from '../format.js';
import type { CommonOptions, Outcome } from '../outcome.js';
import { logProgress } from '../progress.js';
import { countsText } from './wal-log.js';

/** The log by itself, and whether it and the raw record are those of the manifest. */
const verdictText = (dir: string, sound: boolean, differences: readonly string[]): string => {
  if (!sound) return `${dir}: the log does not hold`;
  if (differences.length === 0) {
    return `${dir}: every line, checksum, sequence number and chain hash holds`;
  }
  const ofRaw = differences.filter((line) => line.startsWith('raw.')).length;
  if (ofRaw === differences.length) {
    return `${dir}: the log holds, the raw record is not the one of the manifest`;
  }
  const both = ofRaw === 0 ? 'is' : 'and raw record are';
  return `${dir}: every line of the log holds, but the log ${both} not what the manifest binds`;
};

const verificationText = (verdict: string, v: WalVerification): string => {
  const head = facts([
    ['log', v.walId ?? 'empty'],
    ['events', `${grouped(v.totalEvents)} (${countsText(v.perType)})`],
    ['segments', `${v.segments.length}, ${v.sealed ? 'sealed' : 'not sealed'}`],
    ['last seq', String(v.lastSeq)],
    ['chain head', v.chainHead],
  ]);
  const problems = v.problems.map((p) =>
    escapeControl(`  ${p.code} ${p.file} byte ${p.byte} seq ${p.seq}: ${p.message}`),
  );
  return [verdict, head, ...problems].join('\n');
};

/** Where the log itself is damaged, that it is not the bound one is no news. */
const differencesText = (
  manifest: string,
  differences: readonly string[],
  sound: boolean,
): string[] => {
  if (differences.length === 0) return [];
  if (sound) return differences.map((line) => escapeControl(`  ${manifest}: ${line}`));
  const count = `${differences.length} fields of ${manifest} (--json lists them)`;
  return [escapeControl(`  what can be read differs from ${count}`)];
};

/** Options of `wal verify`. */
export interface WalVerifyOptions extends CommonOptions {
  readonly canonical?: boolean;
  readonly against?: string;
  readonly anchor?: string;
  readonly workers?: number;
}

/**
 * Verifies a log, and that it is the one a sealed manifest beside it binds; exit 1 when anything is
 * wrong with it.
 */
export const walVerify = async (dir: string, options: WalVerifyOptions): Promise<Outcome> => {
  const anchor = options.anchor === undefined ? null : await readAnchor(options.anchor);
  const manifest = options.against ?? (await sealedManifestOf(dir));
  const after = manifest === null ? null : await removedFrontOf(manifest);
  const bar = logProgress('verify');
  const checked = await verifyWalParallel(findLog(dir), {
    ...(options.workers === undefined ? {} : { workers: options.workers }),
    canonical: options.canonical === true,
    onProgress: ({ bytes, totalBytes }) => bar.update(bytes, totalBytes),
    ...(anchor === null ? {} : { headAt: anchor.lastSeq }),
    ...(after === null ? {} : { after }),
  }).finally(() => bar.stop());
  const source = `anchor ${options.anchor}`;
  const found = { ...checked, after: after ?? undefined };
  const moved = anchor === null ? [] : anchorProblems(anchor, found, source);
  const problems = [...checked.problems, ...moved];
  const verification = { ...checked, ok: problems.length === 0, problems };
  const sessionDir = dirname(resolve(findLog(dir)));
  const differences =
    manifest === null ? [] : await compareWithManifest(verification, manifest, sessionDir);
  const ok = verification.ok && differences.length === 0;
  const against = differencesText(String(manifest), differences, verification.ok);
  const verdict = verdictText(escapeControl(dir), verification.ok, differences);
  return {
    exitCode: ok ? 0 : 1,
    document: { ...verification, ok, manifest, differences, anchor },
    text: [verificationText(verdict, verification), ...against].join('\n'),
  };
};
