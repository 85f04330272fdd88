/** Hashing the files that evidence names, as they stand. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LIMITS, QuantlaxmiError } from '../../core/index.js';
import type { StatementSubject, SubjectPath } from '../../manifest/index.js';
import { parseSegmentName, type WalFile, type WalStore } from '../../wal/index.js';
import { readFileCapped, resolveInside } from '../internal/read-file.js';
import { hashRawFile, RAW_SUFFIX } from '../raw/raw-file.js';
import { runStore } from '../run.js';
import { sessionStore } from '../session.js';

/** Folders that subject names are relative to. */
export interface SubjectRoots {
  readonly run: string | null;
  readonly session: string | null;
}

const CHUNK_BYTES = 1_048_576;
/** A segment with its footer; what is longer is none. */
const SEGMENT_BYTES_MAX = LIMITS.segmentBytes + 2 * LIMITS.lineBytes;

/** Splits `run/decisions/x` into root and path; null for a name of another shape. */
export function subjectPlace(name: string): { root: 'run' | 'session'; path: string } | null {
  const match = /^(run|session)\/(.+)$/.exec(name);
  return match === null ? null : { root: match[1] as 'run' | 'session', path: match[2] as string };
}

/** The log a segment's path lies in; its store unpacks compressed segments. */
function storeOf(root: 'run' | 'session', dir: string, logDir: string): WalStore {
  return root === 'run' ? runStore(dir, logDir) : sessionStore(dir, logDir);
}

async function hashOpen(file: WalFile, path: string): Promise<string> {
  const hash = createHash('sha256');
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let at = 0; ; ) {
    const n = await file.read(chunk, at);
    if (n === 0) return hash.digest('hex');
    hash.update(chunk.subarray(0, n));
    at += n;
    if (at > SEGMENT_BYTES_MAX) {
      throw new QuantlaxmiError('QL_FILE_SIZE', `${path}: more than ${SEGMENT_BYTES_MAX} bytes`, {
        context: { path, bytesMax: SEGMENT_BYTES_MAX },
      });
    }
  }
}

async function hashSegment(root: 'run' | 'session', dir: string, path: string): Promise<string> {
  const store = storeOf(root, dir, dirname(path));
  let file: WalFile;
  try {
    file = await store.open(path.slice(dirname(path).length + 1));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'ELOOP' ? 'is a symbolic link; expected a regular file' : `${code}`;
    throw new QuantlaxmiError('QL_FILE_READ', `${join(dir, path)}: ${why}`, { cause });
  }
  try {
    return await hashOpen(file, join(dir, path));
  } finally {
    await file.close();
  }
}

/**
 * SHA-256 (hex) of the file a subject names. A segment is hashed by its content, packed or not, so
 * that compressing a sealed log does not undo its signature.
 *
 * @param name - name of the subject
 * @param roots - where run and session are
 * @throws QuantlaxmiError QL_FILE_READ, QL_FILE_SIZE, QL_PATH_UNSAFE, QL_EVIDENCE_SUBJECT for a
 * name that leads to no file of these folders
 */
export async function hashSubject(name: string, roots: SubjectRoots): Promise<string> {
  const place = subjectPlace(name);
  const dir = place === null ? null : roots[place.root];
  if (place === null || dir === null) {
    throw new QuantlaxmiError('QL_EVIDENCE_SUBJECT', `${name}: names no file of this evidence`, {
      context: { name },
    });
  }
  const path = await resolveInside(dir, place.path);
  if (parseSegmentName(place.path.slice(place.path.lastIndexOf('/') + 1)) !== null) {
    return await hashSegment(place.root, dir, place.path);
  }
  // A part of a raw record has no bound but the disk's.
  if (place.path.endsWith(RAW_SUFFIX)) return (await hashRawFile(path)).sha256;
  const bytes = await readFileCapped(path, { bytesMax: LIMITS.manifestBytes, absent: 'throw' });
  return createHash('sha256').update(bytes).digest('hex');
}

/** Hashes of all files that the manifests name, by subject name. */
export async function hashSubjects(
  subjects: readonly SubjectPath[],
  roots: SubjectRoots,
): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const { name } of subjects) digests.set(name, await hashSubject(name, roots));
  return digests;
}

/** Segments that stand in the folders of the named ones and are not named themselves. */
export async function unnamedSegments(
  subjects: readonly StatementSubject[],
  roots: SubjectRoots,
): Promise<string[]> {
  const names = new Set(subjects.map(({ name }) => name));
  const logs = new Set(
    subjects.flatMap(({ name }) =>
      parseSegmentName(name.slice(name.lastIndexOf('/') + 1)) === null ? [] : [dirname(name)],
    ),
  );
  const found: string[] = [];
  for (const log of logs) {
    const place = subjectPlace(log);
    const dir = place === null ? null : roots[place.root];
    if (place === null || dir === null) continue;
    for (const file of await readdir(join(dir, place.path))) {
      const segment = file.replace(/\.(?:gz|zst)$/, '');
      const name = `${log}/${segment}`;
      if (parseSegmentName(segment) !== null && !names.has(name)) found.push(`${log}/${file}`);
    }
  }
  return found.sort();
}
