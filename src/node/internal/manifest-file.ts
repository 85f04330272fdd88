/** Reading and replacing manifest files. */
import { join } from 'node:path';
import { LIMITS } from '../../core/index.js';
import {
  assertRevision,
  encodeManifest,
  type Manifest,
  parseRunManifest,
  parseSessionManifest,
  type RunManifest,
  type SessionManifest,
} from '../../manifest/index.js';
import { replaceAtomically } from '../atomic-write.js';
import { readFileCapped } from './read-file.js';

export const SESSION_MANIFEST_FILE = 'session_manifest.json';
export const RUN_MANIFEST_FILE = 'run_manifest.json';

async function read(path: string): Promise<Uint8Array> {
  return await readFileCapped(path, { bytesMax: LIMITS.manifestBytes, absent: 'throw' });
}

/** Reads and checks the manifest of a session folder. */
export async function readSessionManifest(dir: string): Promise<SessionManifest> {
  const path = join(dir, SESSION_MANIFEST_FILE);
  return parseSessionManifest(await read(path), { label: path });
}

/** Reads and checks the manifest of a run folder. */
export async function readRunManifest(dir: string): Promise<RunManifest> {
  const path = join(dir, RUN_MANIFEST_FILE);
  return parseRunManifest(await read(path), { label: path });
}

/**
 * Puts the next revision in the place of the one that stands, after proving that it may follow what
 * is in the file now, not only what the caller has in memory.
 */
export async function replaceManifest(dir: string, next: Manifest): Promise<void> {
  const session = next.fmt === 'quantlaxmi-session/1';
  const standing = session ? await readSessionManifest(dir) : await readRunManifest(dir);
  assertRevision(standing, next);
  const name = session ? SESSION_MANIFEST_FILE : RUN_MANIFEST_FILE;
  await replaceAtomically(join(dir, name), encodeManifest(next));
}
