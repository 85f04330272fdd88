/** Segments of a session's log that were removed, and stay listed. @module */
import { QuantlaxmiError } from '../core/index.js';
import type { LogBinding, SegmentBinding } from './parts.js';
import { reviseManifest } from './revision.js';
import type { SessionManifest } from './session-manifest.js';

/**
 * The segments at the front of a log whose files were removed; what they were stays bound.
 *
 * @param log - the log of a manifest
 * @example
 * ```ts
 * import { expiredSegments } from 'quantlaxmi/manifest';
 *
 * const log = { chainHead: '', dir: 'wal', lastSeq: 0, perType: {}, totalEvents: 0, walId: '' };
 * expiredSegments({ ...log, segments: [] }); // => []
 * ```
 */
export function expiredSegments(log: LogBinding): readonly SegmentBinding[] {
  const held = log.segments.findIndex((segment) => segment.status !== 'expired');
  return log.segments.slice(0, held < 0 ? log.segments.length : held);
}

/**
 * The revision of a sealed session's manifest in which the first segments of its log are removed.
 * Their numbers, checksums and chain values stay, so that what is left can be held against them.
 *
 * @param manifest - of a sealed session
 * @param count - how many of the first segments are removed in all, at least one less than there
 * are
 * @throws QuantlaxmiError QL_MANIFEST_REVISION for a session that runs; QL_MANIFEST_SCHEMA when
 * none would be left
 */
export function expireSegments(manifest: SessionManifest, count: number): SessionManifest {
  if (manifest.status === 'running') {
    throw new QuantlaxmiError(
      'QL_MANIFEST_REVISION',
      `session ${manifest.sessionId} is still running; seal it before removing segments`,
      { context: { sessionId: manifest.sessionId } },
    );
  }
  const segments = manifest.wal.segments.map((segment, i) =>
    i < count ? { ...segment, status: 'expired' as const } : segment,
  );
  return reviseManifest(manifest, { wal: { ...manifest.wal, segments } });
}
