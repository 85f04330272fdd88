/**
 * Space held in reserve, so that a log on a full disk can still be recovered and sealed: a file of
 * bytes that were really written. A file with holes would hold nothing, and a file of zeros next to
 * nothing where the file system compresses.
 */
import { createRng } from '../../core/index.js';
import type { WalFile, WalStore } from '../store.js';
import { writeFully } from './publish.js';

/** Name of the reserve, in the log's folder. */
export const BALLAST = 'BALLAST';

const PIECE_BYTES = 1_048_576;

function incompressible(bytes: number): Uint8Array {
  const rng = createRng(1n, 0n);
  const words = new Uint32Array(Math.ceil(bytes / 4));
  for (let i = 0; i < words.length; i += 1) words[i] = rng.u32();
  return new Uint8Array(words.buffer, 0, bytes);
}

async function fill(file: WalFile, bytes: number): Promise<void> {
  const piece = incompressible(Math.min(bytes, PIECE_BYTES));
  for (let at = 0; at < bytes; at += piece.length) {
    await writeFully(file, piece.subarray(0, Math.min(piece.length, bytes - at)), at);
  }
  await file.sync();
}

/** Writes a reserve of `bytes` bytes, all allocated and durable; there must be none. */
export async function makeBallast(store: WalStore, bytes: number): Promise<void> {
  const file = await store.create(BALLAST);
  try {
    await fill(file, bytes);
  } catch (cause) {
    await file.close().catch(() => undefined);
    // Part of a reserve only takes space.
    await store.remove(BALLAST).catch(() => undefined);
    throw cause;
  }
  await file.close();
  await store.syncFolder('');
}

/** Gives the reserve up and makes its space usable. */
export async function dropBallast(store: WalStore): Promise<void> {
  await store.remove(BALLAST);
  await store.syncFolder('');
}

/** Size of the reserve that is there; null when there is none. */
async function ballastSize(store: WalStore): Promise<number | null> {
  const names = await store.list('');
  if (!names.includes(BALLAST)) return null;
  const file = await store.open(BALLAST);
  try {
    return await file.size();
  } finally {
    await file.close();
  }
}

/**
 * Before a recovery: gives up a reserve that is not wanted as it is, or that the recovery needs.
 *
 * @param needBytes - free space below which the reserve goes
 * @returns true when the reserve that is wanted is there
 */
export async function keepOrDropBallast(
  store: WalStore,
  wantedBytes: number,
  needBytes: number,
): Promise<boolean> {
  const size = await ballastSize(store);
  if (size === null) return wantedBytes === 0;
  const free = await store.freeBytes();
  if (size === wantedBytes && (free === null || free >= needBytes)) return true;
  await dropBallast(store);
  return wantedBytes === 0;
}
