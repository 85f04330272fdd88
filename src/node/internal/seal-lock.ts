/**
 * The lock on a folder's standing: running or sealed. The log's own lock is let go between closing
 * the log and replacing the manifest; without this one a second process could open the log there,
 * and the manifest would bind less than the log has.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { QuantlaxmiError } from '../../core/index.js';
import type { WalLock } from '../../wal/index.js';
import { lockFile } from '../lock.js';

/** Lock file of a session or run folder, beside its manifest. */
const SEAL_FILE = 'SEAL';
/** Between two attempts, ms; each may start a process. */
const RETRY_MS = 50;
const ATTEMPTS_MAX = 600;

/** Who seals, and whether somebody who holds the lock is waited for. */
export interface SealLockOptions {
  readonly walId: string;
  /**
   * Waits, up to half a minute: for a writer that holds the log's lock. Whoever has this one then
   * wants the log too, and is about to be refused.
   */
  readonly wait: boolean;
}

function take(path: string): WalLock {
  try {
    return lockFile(path);
  } catch (cause) {
    if (cause instanceof QuantlaxmiError) throw cause;
    throw new QuantlaxmiError(
      'QL_FILE_WRITE',
      `${path}: ${(cause as Error).message}; nothing was opened or sealed. Check the folder and ` +
        'its permissions, then try again',
      { cause, context: { path } },
    );
  }
}

/**
 * Takes the lock of the folder `dir`. It is taken before a draft's status is judged and kept until
 * the log is open, and taken before a log is closed to be sealed and kept until the manifest is.
 */
export async function takeSealLock(dir: string, options: SealLockOptions): Promise<WalLock> {
  const path = join(dir, SEAL_FILE);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const lock = take(path);
      // For people only, as the log's; on a full disk it stays empty. No epoch is begun by it.
      await lock.describe({ walId: options.walId, epoch: 0 }).catch(() => undefined);
      return lock;
    } catch (error) {
      const held = (error as QuantlaxmiError).code === 'WAL_LOCKED';
      if (!held || !options.wait || attempt === ATTEMPTS_MAX) throw error;
      await delay(RETRY_MS);
    }
  }
}

/** Does `work` while the lock of the folder is held. */
export async function underSealLock<T>(
  dir: string,
  options: SealLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const lock = await takeSealLock(dir, options);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
