import type { QuantlaxmiError } from '../core/index.js';
import { LIMITS } from '../core/index.js';
import { ioError, walError } from './errors.js';
import { isWalId } from './internal/lines.js';
import { Writer } from './internal/wal-writer.js';
import type { Recovery } from './recover.js';
import { recover } from './recover.js';
import type { WalStore } from './store.js';
import type { WalWriter, WalWriterOptions } from './writer-types.js';

function checkOptions({ walId, rotate, policy }: WalWriterOptions): void {
  const wrong = (what: string): QuantlaxmiError =>
    walError('WAL_OPTIONS', `openWalWriter: ${what}`);
  if (walId !== undefined && !isWalId(walId)) throw wrong('walId is not 32 lower-case hex digits');
  const { bytes, events } = rotate;
  if (!Number.isSafeInteger(bytes) || bytes < 1 || bytes > LIMITS.segmentBytes) {
    throw wrong(`rotate.bytes is ${bytes}; give 1 to ${LIMITS.segmentBytes}`);
  }
  if (!Number.isSafeInteger(events) || events < 1) {
    throw wrong(`rotate.events is ${events}; give a positive integer`);
  }
  if (policy.kind === 'interval' && !(policy.ms >= 0 && policy.bytes >= 0)) {
    throw wrong('policy.ms and policy.bytes must be numbers from 0 on');
  }
}

async function prepare(store: WalStore, options: WalWriterOptions): Promise<Recovery> {
  const { expectAtLeastSeq: least } = options;
  const expectAtLeast =
    typeof least === 'number' ? { seq: least, source: 'expectAtLeastSeq' } : (least ?? null);
  const recovery = await recover(store, {
    hasher: options.hasher,
    check: options.check ?? 'strict',
    walId: options.walId ?? null,
    expectAtLeast,
  });
  if (recovery.next.walId === null) {
    throw walError('WAL_OPTIONS', `${store.place} holds no log yet; give a walId to start one`);
  }
  const free = await store.freeBytes();
  if (free !== null && free < 2 * options.rotate.bytes) {
    throw walError(
      'WAL_LOW_SPACE',
      `${store.place} has ${free} bytes free; two segments of ${options.rotate.bytes} are needed ` +
        'to start. Free space, or rotate smaller',
      { context: { freeBytes: free, neededBytes: 2 * options.rotate.bytes } },
    );
  }
  return recovery;
}

/**
 * Opens a log for writing: takes the lock, recovers what an interrupted writer left (see
 * `recovered`), and starts a new segment.
 *
 * @param store - where the log lives
 * @param options - see {@link WalWriterOptions}; durability has no default
 * @throws QuantlaxmiError WAL_LOCKED; WAL_CORRUPT, WAL_CHAIN, WAL_SEQ, WAL_SEGMENT_MISSING,
 * WAL_UNSEALED, WAL_FOREIGN, WAL_VERSION for a log that is damaged and must not be written on;
 * WAL_ROLLBACK; WAL_LOW_SPACE; WAL_OPTIONS; WAL_IO
 * @example
 * ```ts
 * import { sha256Pure } from 'quantlaxmi/core';
 * import { memoryStore, openWalWriter, verifyWal } from 'quantlaxmi/wal';
 *
 * const store = memoryStore();
 * const log = await openWalWriter(store, {
 *   walId: '0123456789abcdef0123456789abcdef',
 *   clock: { nowUs: () => 1_700_000_000_000_000 },
 *   hasher: sha256Pure,
 *   policy: { kind: 'always' },
 *   rotate: { bytes: 16_777_216, events: 1_000_000 },
 * });
 * const body = { cause: 7, due: 1_000, id: 'decide' };
 * log.append({ t: 'Timer', sv: 1, rx: 1_001, ts: null, src: 'RUNNER', body });
 * await log.flush(); // => 1
 * (await log.close()).last; // => 1
 * (await verifyWal(store, { hasher: sha256Pure })).ok; // => true
 * ```
 */
export async function openWalWriter(
  store: WalStore,
  options: WalWriterOptions,
): Promise<WalWriter> {
  checkOptions(options);
  const lock = await store.lock();
  let writer: Writer | null = null;
  try {
    const recovery = await prepare(store, options);
    writer = new Writer(store, options, lock, recovery);
    await lock.describe({ walId: writer.walId, epoch: writer.epoch });
    await writer.start();
    return writer;
  } catch (cause) {
    await writer?.abandon();
    await lock.release();
    throw ioError(cause, store.place);
  }
}
