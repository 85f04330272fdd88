/** The session that a raw record stands in: what it binds, and what its log kept. @module */
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { QuantlaxmiError } from '../../core/index.js';
import type { Event } from '../../events/index.js';
import type { SessionManifest } from '../../manifest/index.js';
import { readSessionManifest, SESSION_MANIFEST_FILE } from '../internal/manifest-file.js';
import { hashRawFile } from '../raw/raw-file.js';
import { sessionOf } from '../session.js';
import { isOfLog } from './restart.js';

async function sealedAt(dir: string): Promise<SessionManifest | null> {
  if (!existsSync(join(dir, SESSION_MANIFEST_FILE))) return null;
  const manifest = await readSessionManifest(dir);
  return manifest.status === 'running' || manifest.raw === undefined ? null : manifest;
}

async function assertBound(file: string, dir: string, manifest: SessionManifest): Promise<void> {
  const { raw } = manifest;
  const part = raw?.parts.find(({ name }) => name === basename(file));
  const beside = raw !== undefined && dirname(resolve(file)) === join(dir, raw.dir);
  const found = beside && part !== undefined ? await hashRawFile(file) : null;
  if (found !== null && found.sha256 === part?.sha256) return;
  const why =
    found === null
      ? 'is no part that it binds'
      : `has SHA-256 ${found.sha256}, not ${part?.sha256}`;
  throw new QuantlaxmiError(
    'QL_MANIFEST_HASH',
    `${file}: ${why}, by ${SESSION_MANIFEST_FILE} of ${dir}; take the record from a copy`,
    { context: { file, dir } },
  );
}

/** What a sealed session says of its own raw record. */
export interface RawOrigin {
  /** Receive time of its last event; 0 without any. */
  readonly lastRx: number;
  /** The capture came to its end: its last event is the stop. */
  readonly stopped: boolean;
  /** Its log, from the first event. */
  readonly read: () => AsyncIterable<readonly Event[]>;
}

/**
 * The session whose raw record the files are. What its log wrote of itself is left out.
 *
 * @param dir - folder that may be a session's
 * @param files - parts of a raw record
 * @returns null when no sealed session stands there, or not all of its parts are given
 * @throws QuantlaxmiError QL_MANIFEST_HASH when a file is not the part that the session binds; what
 * reading its log throws
 */
export async function originOf(dir: string, files: readonly string[]): Promise<RawOrigin | null> {
  const manifest = await sealedAt(dir);
  if (manifest === null) return null;
  for (const file of files) await assertBound(file, dir, manifest);
  const whole = manifest.raw?.parts.every(({ name }, i) => basename(files[i] ?? '') === name);
  if (whole !== true || files.length !== manifest.raw?.parts.length) return null;
  const session = sessionOf(dir, manifest);
  let lastRx = 0;
  let stopped = false;
  for await (const batch of session.read()) {
    for (const event of batch) {
      if (isOfLog(event)) continue;
      lastRx = event.rx;
      stopped = event.t === 'Session' && event.body.kind === 'stop';
    }
  }
  return { lastRx, stopped, read: () => session.read() };
}
