import type { QuantlaxmiError } from '../core/index.js';
import { LIMITS } from '../core/index.js';
import { ioError, walError } from './errors.js';
import { keepOrDropBallast, makeBallast } from './internal/ballast.js';
import { isWalId } from './internal/lines.js';
import { STALL_MAX_US } from './internal/stall-watch.js';
import { Writer } from './internal/wal-writer.js';
import { WAL_LIMITS } from './limits.js';
import type { Recovery } from './recover.js';
import { recover } from './recover.js';
import type { WalStore } from './store.js';
import type { WalPolicy, WalStallOptions, WalWriter, WalWriterOptions } from './writer-types.js';

/** A segment at most, with room for its footer. */
const BALLAST_MAX = 2 * LIMITS.segmentBytes;

function wrong(what: string): QuantlaxmiError {
  return walError('WAL_OPTIONS', `openWalWriter: ${what}`);
}

function checkOptions(options: WalWriterOptions): void {
  const { walId, rotate, policy, ballastBytes = 0 } = options;
  if (walId !== undefined && !isWalId(walId)) throw wrong('walId is not 32 lower-case hex digits');
  const { bytes, events } = rotate;
  if (!Number.isSafeInteger(bytes) || bytes < 1 || bytes > LIMITS.segmentBytes) {
    throw wrong(`rotate.bytes is ${bytes}; give 1 to ${LIMITS.segmentBytes}`);
  }
  if (!Number.isSafeInteger(events) || events < 1) {
    throw wrong(`rotate.events is ${events}; give a positive integer`);
  }
  checkPolicy(policy);
  if (!Number.isSafeInteger(ballastBytes) || ballastBytes < 0 || ballastBytes > BALLAST_MAX) {
    throw wrong(`ballastBytes is ${ballastBytes}; give 0 to ${BALLAST_MAX}`);
  }
  checkStall(options.stall);
}

/** A policy that is none of them would sync at no flush, and say nothing of it. */
function checkPolicy(policy: WalPolicy): void {
  const kind: unknown = (policy as WalPolicy | undefined)?.kind;
  if (kind !== 'always' && kind !== 'interval' && kind !== 'os') {
    const found = typeof kind === 'string' ? JSON.stringify(kind) : String(kind);
    throw wrong(`policy.kind is ${found}; give 'always', 'interval' or 'os'`);
  }
  if (policy.kind === 'interval' && !(policy.ms >= 0 && policy.bytes >= 0)) {
    throw wrong('policy.ms and policy.bytes must be numbers from 0 on');
  }
}

function checkStall(stall: WalStallOptions | undefined): void {
  const { warnUs = WAL_LIMITS.stallWarnUs, haltUs = WAL_LIMITS.stallHaltUs } = stall ?? {};
  const whole = Number.isSafeInteger(warnUs) && Number.isSafeInteger(haltUs);
  if (whole && warnUs >= 1 && haltUs >= warnUs && haltUs <= STALL_MAX_US) return;
  throw wrong(
    `stall.warnUs is ${warnUs} and stall.haltUs is ${haltUs}; give 1 ≤ warnUs ≤ haltUs ≤ ` +
      `${STALL_MAX_US} µs`,
  );
}

async function checkSpace(store: WalStore, neededBytes: number, lastSeq: number): Promise<void> {
  const freeBytes = await store.freeBytes();
  if (freeBytes === null || freeBytes >= neededBytes) return;
  throw walError(
    'WAL_LOW_SPACE',
    `${store.place} has ${freeBytes} bytes free; ${neededBytes} are needed to start (two ` +
      `segments, and the ballast if one is held). What was there is recovered and sealed up to ` +
      `seq ${lastSeq}. Free space, or rotate smaller`,
    { context: { freeBytes, neededBytes, lastSeq } },
  );
}

async function prepare(store: WalStore, options: WalWriterOptions): Promise<Recovery> {
  const { expectAtLeastSeq: least, ballastBytes = 0 } = options;
  const expectAtLeast =
    typeof least === 'number' ? { seq: least, source: 'expectAtLeastSeq' } : (least ?? null);
  const neededBytes = 2 * options.rotate.bytes;
  const held = await keepOrDropBallast(store, ballastBytes, neededBytes);
  const recovery = await recover(store, {
    hasher: options.hasher,
    check: options.check ?? 'strict',
    walId: options.walId ?? null,
    expectAtLeast,
  });
  if (recovery.next.walId === null) {
    throw walError('WAL_OPTIONS', `${store.place} holds no log yet; give a walId to start one`);
  }
  const missing = held ? 0 : ballastBytes;
  await checkSpace(store, neededBytes + missing, recovery.next.seq ?? 0);
  if (missing > 0) await makeBallast(store, missing);
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
  const lock = await store.lock().catch((cause: unknown) => {
    throw ioError(cause, store.place);
  });
  let writer: Writer | null = null;
  try {
    const recovery = await prepare(store, options);
    writer = new Writer(store, options, lock, recovery);
    await lock.describe({ walId: writer.walId, epoch: writer.epoch });
    await writer.start();
    return writer;
  } catch (cause) {
    if (writer === null) await lock.release();
    else await writer.abandon();
    throw ioError(cause, store.place);
  }
}
