/** How a manifest may follow another: a draft is sealed, gates are bound, nothing else. @module */
import { QuantlaxmiError } from '../core/index.js';
import { type FieldDifference, diffJson } from './diff.js';
import type { GateBinding, RunManifest } from './run-manifest.js';
import { RUN_MANIFEST_FORMAT } from './run-manifest.js';
import { type Manifest, type ManifestBody, type Sealed, sealManifest } from './seal.js';

/** More fields than that never change at once in a sealed manifest. */
const CHANGES_MAX = 900;

/** Fields every revision changes. */
const BOOKKEEPING = ['manifestHash', 'prevManifestHash', 'revision'];

/** Fields that name the session or run and hold from the first draft on. */
const FIXED_IN_DRAFT: Readonly<Record<string, readonly string[]>> = {
  session: [
    ...['createdAt', 'fmt', 'parentSessionId', 'sessionId', 'wal.walId', 'wal.dir'],
    ...['raw.dir', 'raw.fmt'],
  ],
  run: [
    ...[
      'cash',
      'config',
      'fmt',
      'mode',
      'parent',
      'replayOf',
      'risk',
      'runConfigHash',
      'runId',
      'seeds',
    ],
    ...['startedAt', 'strategy', 'venue', 'decisions.log.walId', 'decisions.log.dir'],
    ...['code', 'inputs.walId', 'inputs.walPath', 'schemas', 'upcasters', 'calendar'],
  ],
};

function under(path: string, field: string): boolean {
  return path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);
}

function refuse(why: string, previous: Manifest, next: Manifest, field = ''): never {
  throw new QuantlaxmiError(
    'QL_MANIFEST_REVISION',
    `manifest revision ${next.revision} may not follow revision ${previous.revision}: ${why}`,
    { context: { field, previous: previous.manifestHash, next: next.manifestHash } },
  );
}

/** A segment of a session's log was removed; nothing of it comes back. */
function expires({ path, left, right }: FieldDifference): boolean {
  return /^wal\.segments\[\d+\]\.status$/.test(path) && left === undefined && right === '"expired"';
}

function forbidden(previous: Manifest, next: Manifest): FieldDifference | undefined {
  const changes = diffJson(previous, next).filter(
    ({ path }) => !BOOKKEEPING.some((field) => under(path, field)),
  );
  if (previous.status === 'running') {
    const kind = previous.fmt === RUN_MANIFEST_FORMAT ? 'run' : 'session';
    const fixed = FIXED_IN_DRAFT[kind] ?? [];
    return changes.find(({ path }) => fixed.some((field) => under(path, field)));
  }
  // The list of differences ends somewhere: behind its end anything could hide.
  if (changes.length >= CHANGES_MAX) return changes.at(-1);
  const run = previous.fmt === RUN_MANIFEST_FORMAT;
  const free = run ? ['gates'] : [];
  if (next.status === 'quarantined') free.push('status');
  return changes.find(
    (change) => !free.some((field) => under(change.path, field)) && (run || !expires(change)),
  );
}

/**
 * Proves that `next` is a lawful successor of `previous`: it names it by hash, counts one up, and
 * changes only what its state allows. A running draft may be filled in and sealed, but not change
 * its identity; a sealed run may only have gate reports bound to it, and segments of a sealed
 * session may only expire; anything may be quarantined.
 *
 * @param previous - the manifest that stands
 * @param next - the one to replace it
 * @throws QuantlaxmiError QL_MANIFEST_REVISION naming the field
 */
export function assertRevision(previous: Manifest, next: Manifest): void {
  if (next.revision !== previous.revision + 1) {
    refuse(`revision must be ${previous.revision + 1}`, previous, next, 'revision');
  }
  if (next.prevManifestHash !== previous.manifestHash) {
    refuse('prevManifestHash is not the hash of the one before', previous, next);
  }
  const change = forbidden(previous, next);
  if (change === undefined) return;
  const values = `${change.left ?? 'absent'} would become ${change.right ?? 'absent'}`;
  const rule =
    previous.status === 'running'
      ? 'is fixed when it starts'
      : 'is sealed; only gate reports may be bound, and segments expire';
  refuse(`${change.path} ${rule} (${values})`.slice(0, 400), previous, next, change.path);
}

/**
 * Makes the next revision of a manifest and proves that it may follow.
 *
 * @param previous - the manifest that stands
 * @param changes - the fields that change
 * @throws QuantlaxmiError QL_MANIFEST_REVISION, and as {@link sealManifest}
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 *
 * import { isQuantlaxmiError } from 'quantlaxmi/core';
 * import { reviseManifest } from 'quantlaxmi/manifest';
 * import { createSession } from 'quantlaxmi/node';
 *
 * const writer = await createSession(join(mkdtempSync(join(tmpdir(), 'ql-')), 'session'), {
 *   capture: { feed: { name: 'example', version: '1' } },
 *   policy: { kind: 'always' },
 * });
 * const { manifest } = await writer.seal();
 * reviseManifest(manifest, { status: 'quarantined' }).revision; // => 3
 * let refused = false;
 * try {
 *   reviseManifest(manifest, { sealedAt: 0 });
 * } catch (error) {
 *   refused = isQuantlaxmiError(error, 'QL_MANIFEST_REVISION');
 * }
 * refused; // => true
 * ```
 */
export function reviseManifest<M extends Manifest>(
  previous: M,
  changes: Partial<Omit<M, 'manifestHash' | 'revision' | 'prevManifestHash' | 'fmt'>>,
): M {
  const next = sealManifest({
    ...previous,
    ...changes,
    prevManifestHash: previous.manifestHash,
    revision: previous.revision + 1,
  } as unknown as ManifestBody) as Sealed<ManifestBody> as unknown as M;
  assertRevision(previous, next);
  return next;
}

/**
 * The revision of a sealed run manifest that binds gate reports: a report of the same gate takes
 * the place of an earlier one, the list is ordered by gate id.
 *
 * @param manifest - a sealed run manifest
 * @param reports - reports to bind, each with the checksum of its bytes
 * @throws QuantlaxmiError QL_MANIFEST_REVISION when the run is still running
 */
export function bindGates(manifest: RunManifest, reports: readonly GateBinding[]): RunManifest {
  if (manifest.status === 'running') {
    throw new QuantlaxmiError(
      'QL_MANIFEST_REVISION',
      `run ${manifest.runId} is still running; seal it before binding gate reports`,
      { context: { runId: manifest.runId } },
    );
  }
  const byGate = new Map(manifest.gates.map((gate) => [gate.gateId, gate]));
  for (const report of reports) byGate.set(report.gateId, report);
  const gates = [...byGate.values()].sort((a, b) => (a.gateId < b.gateId ? -1 : 1));
  return reviseManifest(manifest, { gates });
}
