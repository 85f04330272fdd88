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
  SESSION_MANIFEST_FORMAT,
  type SessionManifest,
} from '../../manifest/index.js';
import { removeLeftovers, replaceAtomically } from '../atomic-write.js';
import { lockFile } from '../lock.js';
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
 * is in the file now, not only what the caller has in memory. The folder is locked meanwhile: of
 * two that revise the same manifest, one is refused.
 */
export async function replaceManifest(dir: string, next: Manifest): Promise<void> {
  const lock = lockFile(join(dir, 'LOCK'));
  try {
    const session = next.fmt === SESSION_MANIFEST_FORMAT;
    const standing = session ? await readSessionManifest(dir) : await readRunManifest(dir);
    assertRevision(standing, next);
    const path = join(dir, session ? SESSION_MANIFEST_FILE : RUN_MANIFEST_FILE);
    await removeLeftovers(path);
    await replaceAtomically(path, encodeManifest(next));
  } finally {
    await lock.release();
  }
}
