/**
 * The logs and the other bound files: sealed, verified, and what the manifests say they are.
 * @module
 */
import { type HasherFactory, toHex } from '../../core/index.js';
import {
  expiredSegments,
  type LogBinding,
  type RunManifest,
  type SessionManifest,
} from '../../manifest/index.js';
import type { GateCheck } from '../report.js';
import { problemsCheck, reasonOf } from './check.js';
import type { WalVerification } from '../../wal/index.js';
import type { ArtefactFolder, BoundFolder } from './evidence.js';

function verificationProblems(found: WalVerification): string[] {
  const problems = found.problems.map(
    ({ code, file, byte, seq }) => `${code} in ${file} byte ${byte} seq ${seq}`,
  );
  if (!found.ok && problems.length === 0) problems.push('the log does not verify');
  if (!found.sealed) problems.push('the log is not sealed');
  return problems;
}

/** Where a verified log is not the one that was bound; without what retention removed of it. */
function bindingProblems(bound: LogBinding, found: WalVerification): string[] {
  const removed = expiredSegments(bound);
  const held = bound.segments.slice(removed.length);
  const problems: string[] = [];
  const compare = (what: string, is: unknown, expected: unknown): void => {
    if (is !== expected) problems.push(`${what} is ${is}, the manifest has ${expected}`);
  };
  for (const key of ['walId', 'lastSeq', 'chainHead'] as const) {
    compare(key, found[key], bound[key]);
  }
  const events = removed.reduce((sum, { n }) => sum - n, bound.totalEvents);
  compare('totalEvents', found.totalEvents, events);
  compare('number of segments', found.segments.length, held.length);
  held.forEach((segment, i) => {
    const file = found.segments[i];
    if (file === undefined) return;
    for (const key of ['name', 'seg', 'first', 'last', 'n', 'bytes', 'sha256', 'h'] as const) {
      compare(`${segment.name} ${key}`, file[key], segment[key]);
    }
    if (segment.why === null) problems.push(`${segment.name} is not sealed in the manifest`);
  });
  return problems;
}

async function logCheck(id: string, folder: BoundFolder, bound: LogBinding): Promise<GateCheck> {
  const threshold = 'sealed, verified, equal to the manifest';
  try {
    const found = await folder.verifyLog();
    return problemsCheck(id, threshold, [
      ...verificationProblems(found),
      ...bindingProblems(bound, found),
    ]);
  } catch (error) {
    return problemsCheck(id, threshold, [reasonOf(error)]);
  }
}

async function fileSha256(
  files: ArtefactFolder,
  path: string,
  hasher: HasherFactory,
): Promise<string> {
  const hash = hasher();
  for await (const chunk of files.read(path)) hash.update(chunk);
  return toHex(hash.digest());
}

/** Files bound by their whole hash. */
async function boundFileProblems(
  files: ArtefactFolder,
  bound: readonly { readonly path: string; readonly sha256: string }[],
  hasher: HasherFactory,
): Promise<string[]> {
  const problems: string[] = [];
  for (const { path, sha256 } of bound) {
    try {
      const found = await fileSha256(files, path, hasher);
      if (found !== sha256) problems.push(`${path} hashes to ${found}, the manifest has ${sha256}`);
    } catch (error) {
      problems.push(`${path}: ${reasonOf(error)}`);
    }
  }
  return problems;
}

/** Segments in the log's folder that the manifest does not list. */
async function unlistedProblems(folder: BoundFolder, bound: LogBinding): Promise<string[]> {
  const listed = new Set(bound.segments.map((segment) => `${bound.dir}/${segment.name}`));
  const paths = await folder.files.list();
  return paths
    .filter((path) => path.startsWith(`${bound.dir}/`) && path.endsWith('.wal.jsonl'))
    .filter((path) => !listed.has(path))
    .map((path) => `${path} is in no manifest`);
}

/** Checks on everything the manifests bind by hash. */
export async function boundFileChecks(evidence: {
  readonly session: BoundFolder;
  readonly run: BoundFolder;
  readonly hasher: HasherFactory;
  readonly manifests: { readonly session: SessionManifest; readonly run: RunManifest };
}): Promise<GateCheck[]> {
  const { session, run, hasher, manifests } = evidence;
  const { universe } = manifests.session;
  const reports = manifests.run.gates.map(({ reportPath, reportSha256 }) => ({
    path: reportPath,
    sha256: reportSha256,
  }));
  return [
    await logCheck('wal.session', session, manifests.session.wal),
    await logCheck('wal.decisions', run, manifests.run.decisions.log),
    problemsCheck('files.hashes', 'every bound file is there with its hash', [
      ...(await boundFileProblems(session.files, universe === null ? [] : [universe], hasher)),
      ...(await boundFileProblems(run.files, reports, hasher)),
    ]),
    problemsCheck('files.unlisted', 'no segment besides the bound ones', [
      ...(await unlistedProblems(session, manifests.session.wal)),
      ...(await unlistedProblems(run, manifests.run.decisions.log)),
    ]),
  ];
}
