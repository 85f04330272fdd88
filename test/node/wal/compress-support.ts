import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event } from 'quantlaxmi/events';
import { dumpWal, readWal, salvageWal, tailWal, verifyWal } from 'quantlaxmi/wal';
import type { WalStore, WalVerification } from 'quantlaxmi/wal';
import { hasher, readAll } from '../../wal/support.js';

/** A folder that is gone after `use`. */
export async function inFolder<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'wal-compress-'));
  try {
    return await use(join(root, 'wal'));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Names in a folder that end as given, sorted. */
export function ending(dir: string, end: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith(end))
    .sort();
}

/** All that can be learned of a log by reading it. */
export interface Everything {
  readonly events: readonly Event[];
  readonly late: readonly Event[];
  readonly salvaged: number;
  readonly gaps: number;
  readonly followed: number;
  readonly dump: string;
  readonly verified: WalVerification;
  readonly canonical: boolean;
}

export async function everythingOf(store: WalStore, fromSeq: number): Promise<Everything> {
  const events = await readAll(store);
  let salvaged = 0;
  let gaps = 0;
  for await (const part of salvageWal(store)) {
    salvaged += part.events.length;
    gaps += part.gaps.length;
  }
  const signal = { aborted: false };
  const wait = async (): Promise<void> => {
    signal.aborted = true;
  };
  let followed = 0;
  for await (const batch of tailWal(store, { hasher, wait, signal })) followed += batch.length;
  let dump = '';
  for await (const text of dumpWal(store, { hasher })) dump += text;
  return {
    events,
    late: await readAll(store, { fromSeq }),
    salvaged,
    gaps,
    followed,
    dump,
    verified: await verifyWal(store, { hasher }),
    canonical: (await verifyWal(store, { hasher, canonical: true })).ok,
  };
}

/** Events read before the first error, and its code. */
export async function readUntilError(store: WalStore): Promise<{ n: number; code: string }> {
  let n = 0;
  try {
    for await (const events of readWal(store, { hasher })) n += events.length;
  } catch (error) {
    return { n, code: (error as { code: string }).code };
  }
  return { n, code: 'none' };
}

/** Bytes that gzip can do nothing with. */
export const noise = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
