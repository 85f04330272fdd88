/** Paths that manifests hold: where each stands, and the rule they keep. @module */
import { assertSafePath, QuantlaxmiError } from '../core/index.js';
import type { LogBinding } from './parts.js';
import type { RunManifestBody } from './run-manifest.js';
import { RUN_MANIFEST_FORMAT } from './run-manifest.js';
import type { RawBinding, SessionManifestBody } from './session-manifest.js';

/** A path of a manifest and the field it stands in. */
export interface ManifestPath {
  readonly field: string;
  readonly path: string;
  /** Folder it is relative to: the session's or the run's own. */
  readonly root: 'session' | 'run';
}

function logPaths(field: string, root: 'session' | 'run', log: LogBinding): ManifestPath[] {
  return [
    { field: `${field}.dir`, path: log.dir, root },
    ...log.segments.map((segment, i) => ({
      field: `${field}.segments[${i}].name`,
      path: `${log.dir}/${segment.name}`,
      root,
    })),
  ];
}

function rawPaths(raw: RawBinding | undefined): ManifestPath[] {
  if (raw === undefined) return [];
  const root = 'session';
  const parts = raw.parts.map(({ name }, i) => ({
    ...({ field: `raw.parts[${i}].name`, path: `${raw.dir}/${name}`, root } as const),
  }));
  return [{ field: 'raw.dir', path: raw.dir, root }, ...parts];
}

/**
 * Every path that a manifest holds, segments and parts of the raw record as `dir/name`.
 *
 * @param manifest - a session or run manifest
 */
export function manifestPaths(manifest: SessionManifestBody | RunManifestBody): ManifestPath[] {
  const universe =
    manifest.universe === null
      ? []
      : [{ field: 'universe.path', path: manifest.universe.path, root: 'session' as const }];
  if (manifest.fmt !== RUN_MANIFEST_FORMAT) {
    return [...logPaths('wal', 'session', manifest.wal), ...universe, ...rawPaths(manifest.raw)];
  }
  return [
    { field: 'inputs.walPath', path: manifest.inputs.walPath, root: 'session' },
    ...universe,
    ...logPaths('decisions.log', 'run', manifest.decisions.log),
    ...manifest.gates.map((gate, i) => ({
      field: `gates[${i}].reportPath`,
      path: gate.reportPath,
      root: 'run' as const,
    })),
  ];
}

/**
 * Refuses a manifest that names anything outside its own folder.
 *
 * @param manifest - a session or run manifest
 * @throws QuantlaxmiError QL_MANIFEST_PATH naming the field
 */
export function assertManifestPaths(manifest: SessionManifestBody | RunManifestBody): void {
  for (const { field, path } of manifestPaths(manifest)) {
    try {
      assertSafePath(path);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new QuantlaxmiError('QL_MANIFEST_PATH', `manifest field ${field}: ${why}`, {
        cause,
        context: { field, path },
      });
    }
  }
}
