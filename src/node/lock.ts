/**
 * One writer per folder. The lock is the kernel's: `flock(1)` is run with our open file, so the
 * lock sticks to it, outlives the helper, holds while the process is stopped and goes when
 * the process dies, however it dies. Without `flock(1)` a lock file with the process's identity
 * stands in, taken over only when its holder is provably gone.
 * @module
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { escapeControl, QuantlaxmiError } from '../core/index.js';
import type { WalLock } from '../wal/index.js';

/** How a lock is held. */
export type LockKind = 'flock' | 'file';

/** Who holds a lock. `startTicks` and `bootId` tell a process from a later one with its pid. */
interface Holder {
  readonly pid: number;
  readonly startTicks: string;
  readonly bootId: string;
  readonly host: string;
  /** How it is held; the kernel knows nothing of a `file` lock, so whoever may flock asks here. */
  readonly kind?: LockKind;
  /** When it took the lock, µs since the epoch. */
  readonly sinceUs?: number;
  readonly walId?: string;
  readonly epoch?: number;
}

/** Files locked by this process: a second open of ours would share nothing with the first. */
const HELD = /* @__PURE__ */ new Set<string>();

/** Added to a lock file's name while a stale one is being replaced. */
const GUARD = '.takeover';

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Start time of a process in clock ticks since boot; empty when it is not running or unknown. */
function startTicksOf(pid: number): string {
  const stat = readText(`/proc/${pid}/stat`);
  // The command in field 2 may hold blanks and parentheses; the fields after it do not.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function myself(kind: LockKind): Holder {
  return {
    kind,
    pid: process.pid,
    startTicks: startTicksOf(process.pid),
    bootId: readText('/proc/sys/kernel/random/boot_id').trim(),
    host: hostname(),
    sinceUs: Date.now() * 1000,
  };
}

function parseHolder(text: string): Holder | null {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    return typeof value?.pid === 'number' ? (value as Holder) : null;
  } catch {
    return null;
  }
}

/** What the lock file says of its holder; it is read as text of a stranger. */
function describeHolder({ pid, host, sinceUs }: Holder): string {
  const since =
    typeof sinceUs === 'number' && Number.isSafeInteger(sinceUs) && Math.abs(sinceUs) < 8.64e18
      ? `, since ${new Date(sinceUs / 1000).toISOString()}`
      : '';
  return `pid ${pid}, host ${escapeControl(String(host))}${since}`;
}

function lockedError(path: string): QuantlaxmiError {
  const holder = parseHolder(readText(path));
  const who = holder === null ? 'its holder is not stated' : describeHolder(holder);
  const { pid, host, sinceUs } = holder ?? {};
  const guard = `${path}${GUARD}`;
  const left = existsSync(guard) ? ` If nobody is just taking it over, remove ${guard}` : '';
  return new QuantlaxmiError(
    'WAL_LOCKED',
    `another writer holds ${path} (${who}); refusing to open for write. ` +
      `Stop it, or read only.${left}`,
    { context: { path, ...(holder === null ? {} : { pid, host, sinceUs: sinceUs ?? null }) } },
  );
}

/** True when the process that wrote `holder` can not be running any more. */
function isGone(holder: Holder | null): boolean {
  if (holder === null || holder.host !== hostname()) return false;
  const me = myself('file');
  if (holder.bootId !== '' && me.bootId !== '' && holder.bootId !== me.bootId) return true;
  const ticks = startTicksOf(holder.pid);
  if (ticks !== '' && holder.startTicks !== '') return ticks !== holder.startTicks;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

let flockFound: boolean | null = null;

/** Whether this machine has `flock(1)`; asked once per process. */
function hasFlock(): boolean {
  flockFound ??= spawnSync('flock', ['--version'], { stdio: 'ignore' }).status === 0;
  return flockFound;
}

/** Exit code of `flock -n` when another one holds the lock; anything else is a failure. */
const FLOCK_HELD = 1;

/** More than any lock file of ours holds. */
const HOLDER_BYTES_MAX = 65_536;

/**
 * Text of an open lock file. A failed read is thrown: what it did not give may name a living
 * holder. Reads alone are not made again by libuv when a signal interrupts them.
 */
function readHeld(fd: number): string {
  const bytes = new Uint8Array(HOLDER_BYTES_MAX);
  for (;;) {
    try {
      return new TextDecoder().decode(bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EINTR') throw error;
    }
  }
}

/** True when a process that locks by file holds `path`, or has taken the file away from `fd`. */
function isHeldByFile(path: string, fd: number): boolean {
  const now = statSync(path, { throwIfNoEntry: false });
  if (now === undefined || now.ino !== fstatSync(fd).ino) return true;
  const holder = parseHolder(readHeld(fd));
  return holder?.kind === 'file' && !isGone(holder);
}

/** The open file that holds the lock. */
function byFlock(path: string): number {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const fd = openSync(path, flags, 0o640);
  let taken = false;
  try {
    if (!fstatSync(fd).isFile()) throw lockedError(path);
    const stdio = ['ignore', 'ignore', 'pipe', fd] as const;
    const { error, signal, status, stderr } = spawnSync('flock', ['-n', '-x', '3'], {
      stdio: [...stdio],
      encoding: 'utf8',
    });
    if (status === FLOCK_HELD) throw lockedError(path);
    if (status !== 0) {
      throw flockError(path, error ?? new Error(`${signal ?? status}: ${stderr.trim()}`));
    }
    if (isHeldByFile(path, fd)) throw lockedError(path);
    taken = true;
    return fd;
  } finally {
    if (!taken) closeSync(fd);
  }
}

/** Linux gives the descriptor back, and the lock with it, whatever its close reports. */
function letGo(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // Nothing of the log is in the lock file.
  }
}

function flockError(path: string, cause: Error): QuantlaxmiError {
  return new QuantlaxmiError(
    'WAL_IO',
    `flock(1) could not tell whether ${path} is held (${cause.message}); the log was not opened. ` +
      'Check the file system, or lock by kind file',
    { cause, context: { path } },
  );
}

/** Gives a file a second name; false when that name is taken. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Takes a stale lock file away and puts our own in its place. Nothing removes a file only if it
 * still holds what was read, so those who see the same stale file go one by one, behind a guard
 * file: else the slowest could take away the fresh lock of the quickest. A guard that a crash left
 * is never judged; it refuses until somebody removes it.
 */
function takeOver(path: string, token: string): boolean {
  const guard = `${path}${GUARD}`;
  if (!tryLink(token, guard)) return false;
  try {
    if (!isGone(parseHolder(readText(path)))) return false;
    rmSync(path);
    return tryLink(token, path);
  } finally {
    rmSync(guard, { force: true });
  }
}

/** Creates the lock file, taking over one whose holder is gone. */
function byFile(path: string): void {
  const token = `${path}.${process.pid}.${startTicksOf(process.pid)}`;
  writeFileSync(token, JSON.stringify(myself('file')), { flag: 'w', mode: 0o640 });
  try {
    if (tryLink(token, path)) return;
    if (isGone(parseHolder(readText(path))) && takeOver(path, token)) return;
    throw lockedError(path);
  } finally {
    rmSync(token, { force: true });
  }
}

/**
 * Takes the exclusive lock on `path` for this process.
 *
 * @param path - the lock file; created when missing, never removed
 * @param kind - `flock` (default where `flock(1)` exists) or `file`, the fallback
 * @returns the lock; `release` may be called twice
 * @throws QuantlaxmiError WAL_LOCKED
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { lockFile } from 'quantlaxmi/node';
 *
 * const path = join(mkdtempSync(join(tmpdir(), 'lock-')), 'LOCK');
 * const lock = lockFile(path);
 * await lock.release();
 * ```
 */
export function lockFile(path: string, kind?: LockKind): WalLock {
  const key = join(realpathSync(dirname(path)), basename(path));
  if (HELD.has(key)) throw lockedError(path);
  const fd = (kind ?? (hasFlock() ? 'flock' : 'file')) === 'flock' ? byFlock(path) : null;
  if (fd === null) byFile(path);
  HELD.add(key);
  let released = false;
  return {
    async describe(who) {
      const text = `${JSON.stringify({ ...myself(fd === null ? 'file' : 'flock'), ...who })}\n`;
      if (fd === null) {
        // Same inode: whoever compares the text has read the pid in both forms.
        writeFileSync(path, text, { flag: 'r+' });
        return;
      }
      ftruncateSync(fd, 0);
      writeSync(fd, text, 0);
    },
    async release() {
      if (released) return;
      released = true;
      HELD.delete(key);
      if (fd === null) rmSync(path, { force: true });
      else letGo(fd);
    },
  };
}
