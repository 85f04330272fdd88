/** Which session or run a log belongs to, and where its writer's lock is. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LIMITS } from '../../core/index.js';
import {
  type LogBinding,
  type Manifest,
  parseManifest,
  SESSION_MANIFEST_FORMAT,
} from '../../manifest/index.js';
import { RUN_MANIFEST_FILE, SESSION_MANIFEST_FILE } from './manifest-file.js';
import { readFileCapped } from './read-file.js';

/** Manifest of a session or run folder; null where there is none. */
export async function manifestIn(dir: string): Promise<Manifest | null> {
  for (const name of [SESSION_MANIFEST_FILE, RUN_MANIFEST_FILE]) {
    const label = join(dir, name);
    const capped = { bytesMax: LIMITS.manifestBytes, absent: 'null' } as const;
    const bytes = await readFileCapped(label, capped);
    if (bytes !== null) return parseManifest(bytes, { label });
  }
  return null;
}

/** The log a manifest binds. */
export function logOf(manifest: Manifest): LogBinding {
  return manifest.fmt === SESSION_MANIFEST_FORMAT ? manifest.wal : manifest.decisions.log;
}

/** A session or run folder with its manifest. */
export interface LogOwner {
  readonly dir: string;
  readonly manifest: Manifest;
}

/**
 * The session or run that a folder is, or whose log it is: its writer's lock is there, and another
 * lock would let a second writer in.
 */
export async function ownerOf(dir: string): Promise<LogOwner | null> {
  const path = resolve(dir);
  const own = await manifestIn(path);
  if (own !== null) return { dir: path, manifest: own };
  const real = existsSync(path) ? realpathSync(path) : path;
  const above = dirname(real);
  const manifest = await manifestIn(above);
  if (manifest === null || join(above, logOf(manifest).dir) !== real) return null;
  return { dir: above, manifest };
}

/** Where the writer of an owner's log takes its lock. */
export function lockPathOf({ dir, manifest }: LogOwner): string {
  const inFolder = manifest.fmt === SESSION_MANIFEST_FORMAT ? '.' : logOf(manifest).dir;
  return join(dir, inFolder, 'LOCK');
}
