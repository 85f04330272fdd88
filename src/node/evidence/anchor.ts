/** Publishing an anchor of a log, and reading it back: a file elsewhere, or a git tag. @module */
import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { escapeControl, isQuantlaxmiError, QuantlaxmiError } from '../../core/index.js';
import {
  type Anchor,
  ANCHOR_BYTES_MAX,
  anchorOf,
  encodeAnchor,
  parseAnchor,
} from '../../manifest/index.js';
import { verifyWal, type WalStore, type WalVerification } from '../../wal/index.js';
import { writeOnce } from '../atomic-write.js';
import { compareLog } from '../internal/log-binding.js';
import { logOf, ownerOf } from '../internal/log-owner.js';
import { readFileCapped } from '../internal/read-file.js';
import { findLog } from '../pipeline/find-log.js';
import { nodeSha256 } from '../sha256.js';
import { fileStore } from '../wal-store/file-store.js';

const GIT_TIMEOUT_MS = 30_000;
const GIT_OUTPUT_MAX = 65_536;
const TAG = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/;

/** A repository's own configuration must not make us run its programs, or ask for a passphrase. */
const SAFE = [
  ...['-c', 'core.fsmonitor=false'],
  ...['-c', 'core.hooksPath=/dev/null'],
  ...['-c', 'tag.gpgSign=false'],
];

/** `git:REPO#TAG`, or the path of a file. */
type Place =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'git'; readonly repo: string; readonly tag: string };

function refuse(place: string, why: string, cause?: unknown): never {
  throw new QuantlaxmiError('QL_ANCHOR', `anchor ${escapeControl(place)}: ${why}`, {
    ...(cause === undefined ? {} : { cause }),
    context: { place },
  });
}

function parsePlace(place: string): Place {
  if (!place.startsWith('git:')) return { kind: 'file', path: resolve(place) };
  const hash = place.lastIndexOf('#');
  const repo = place.slice('git:'.length, hash < 0 ? undefined : hash);
  const tag = hash < 0 ? '' : place.slice(hash + 1);
  if (repo === '' || !TAG.test(tag) || tag.includes('..') || tag.endsWith('.lock')) {
    refuse(place, 'expected git:REPOSITORY#TAG');
  }
  return { kind: 'git', repo: resolve(repo), tag };
}

/**
 * Variables such as GIT_DIR would lead git to another repository than the one named. A tag whose
 * object is missing must not be fetched: the repository's configuration says which program to run.
 */
function plainEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  return {
    ...Object.fromEntries(own),
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}

function git(repo: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((done, fail) => {
    const child = execFile(
      'git',
      ['-C', repo, ...SAFE, ...args],
      { env: plainEnvironment(), maxBuffer: GIT_OUTPUT_MAX, timeout: GIT_TIMEOUT_MS },
      (error, stdout, stderr) => {
        if (error === null) return done(stdout);
        const said = escapeControl(stderr.trim().slice(0, 400));
        fail(new Error(said === '' ? `git ${args[0]}: ${error.code ?? error.message}` : said));
      },
    );
    // A git that ends early leaves its input unread; its exit code says why.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

async function writeTag(place: string, { repo, tag }: Place & { kind: 'git' }, text: string) {
  try {
    const head = await git(repo, ['rev-parse', '--verify', '-q', 'HEAD^{commit}']).catch(() => '');
    // A repository without a commit still has the empty tree to hang a tag on.
    const target = head.trim() === '' ? (await git(repo, ['mktree'])).trim() : head.trim();
    const how = ['tag', '-a', '--cleanup=verbatim', '-F', '-', '--', tag, target];
    await git(repo, how, text);
  } catch (cause) {
    refuse(place, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

async function readTag(place: string, { repo, tag }: Place & { kind: 'git' }): Promise<Uint8Array> {
  try {
    const object = await git(repo, ['cat-file', 'tag', `refs/tags/${tag}`]);
    const body = object.indexOf('\n\n');
    return Buffer.from(body < 0 ? '' : object.slice(body + 2), 'utf8');
  } catch (cause) {
    return refuse(place, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** An anchor that stands in the folder it is to guard falls together with it. */
async function assertElsewhere(place: string, path: string, dir: string): Promise<void> {
  const folder = await realpath(dirname(path)).catch((cause: unknown) =>
    refuse(place, `${(cause as NodeJS.ErrnoException).code} for its folder`, cause),
  );
  const inside = relative(await realpath(dir), folder);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return;
  refuse(place, `lies in ${dir} itself; keep it where who can write the log cannot write`);
}

function assertNone({ problems: [problem] }: WalVerification): void {
  if (problem === undefined) return;
  const { code, message, file, byte, seq } = problem;
  throw new QuantlaxmiError(code, message, { context: { file, byte, seq } });
}

/**
 * A log that holds. A sealed one is what its manifest binds: an anchor of less vouches for less.
 */
async function verified(dir: string, store: WalStore): Promise<WalVerification> {
  const owner = await ownerOf(dir);
  if (owner === null || owner.manifest.status === 'running') {
    const found = await verifyWal(store, { hasher: nodeSha256, upTo: 'commit' });
    assertNone(found);
    return found;
  }
  const { differences, wal } = await compareLog(store, logOf(owner.manifest));
  assertNone(wal);
  const [difference] = differences;
  if (difference === undefined) return wal;
  throw new QuantlaxmiError(
    'QL_MANIFEST_HASH',
    `${owner.dir}: ${difference.path} of the log is not what the manifest binds; no anchor was ` +
      'published. Restore the log from a copy',
    { context: { dir: owner.dir, field: difference.path } },
  );
}

/**
 * Anchors a log as it stands at its last commit: verifies it, for a sealed session or run also
 * against the manifest, makes what was read durable, and publishes `origin`, `lastSeq`, `chainHead`
 * to a file elsewhere or as an annotated git tag.
 *
 * @param dir - session folder, run folder or folder of segments; it may be being written
 * @param to - file, or `git:REPOSITORY#TAG`; neither may exist with other content
 * @throws QuantlaxmiError QL_ANCHOR, QL_FILE_EXISTS, QL_LOG_MISSING, the first problem of a log
 * that does not hold, and WAL_ROLLBACK or QL_MANIFEST_HASH for one that is not what its manifest
 * binds
 */
export async function publishAnchor(dir: string, to: string): Promise<Anchor> {
  const place = parsePlace(to);
  if (place.kind === 'file') await assertElsewhere(to, place.path, dir);
  const store = fileStore(findLog(dir));
  // A segment's name, and the footer under it, may be in the cache only.
  await store.syncFolder('');
  const found = await verified(dir, store);
  const last = found.segments.at(-1);
  if (last !== undefined && last.why === null) {
    // What a crash may still take back must not be stated outside.
    const file = await store.open(last.name);
    await file.datasync().finally(() => file.close());
  }
  const anchor = anchorOf(found);
  const bytes = encodeAnchor(anchor);
  if (place.kind === 'file') await writeOnce(place.path, bytes, { mode: 0o644 });
  else await writeTag(to, place, Buffer.from(bytes).toString('utf8'));
  return anchor;
}

/**
 * Reads an anchor back.
 *
 * @param from - file, or `git:REPOSITORY#TAG`
 * @throws QuantlaxmiError QL_ANCHOR
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { readAnchor } from 'quantlaxmi/node';
 *
 * const path = join(mkdtempSync(join(tmpdir(), 'anchor-')), 'anchor.txt');
 * writeFileSync(path, `quantlaxmi/wal/${'0a'.repeat(16)}\n7\n${'ab'.repeat(32)}\n`);
 * (await readAnchor(path)).lastSeq; // => 7
 * ```
 */
export async function readAnchor(from: string): Promise<Anchor> {
  const place = parsePlace(from);
  if (place.kind === 'git') return parseAnchor(await readTag(from, place), from);
  const options = { bytesMax: ANCHOR_BYTES_MAX, absent: 'throw' } as const;
  const bytes = await readFileCapped(place.path, options).catch((error: unknown) => {
    if (!isQuantlaxmiError(error)) throw error;
    return refuse(from, error.message, error);
  });
  return parseAnchor(bytes, from);
}
