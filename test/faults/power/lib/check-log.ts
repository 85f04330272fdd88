/** What a log holds after its disk lost its power. */
import { existsSync } from 'node:fs';
import { fileStore, nodeSha256 } from 'quantlaxmi/node';
import { openWalWriter, readWal, verifyWal, type WalStore } from 'quantlaxmi/wal';
import { ContentCheck } from '../program/content.js';

export interface Finding {
  /** Last `seq` that can be read. */
  readonly lastSeq: number;
  /** Acknowledged events that are not there. */
  readonly lost: number;
  /** Wrong content that every check took for right. */
  readonly undetected: number;
  /** A trace of the cut that was called damage. */
  readonly misclassified: number;
  /** How the log was found: `new`, `clean`, `sealed`, `torn`, or a code. */
  readonly ending: string;
  readonly failures: readonly string[];
}

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? String(error);
const hasher = nodeSha256;

async function endingOf(store: WalStore): Promise<string> {
  if (!existsSync(store.place)) return 'new';
  const found = await verifyWal(store, { hasher, upTo: 'commit' });
  const [problem] = found.problems;
  if (problem !== undefined) return problem.code;
  if (found.segments.length === 0) return 'new';
  if (found.uncommittedBytes > 0) return 'torn';
  return found.sealed ? 'sealed' : 'clean';
}

async function reopen(store: WalStore): Promise<boolean> {
  const log = await openWalWriter(store, {
    walId: '0123456789abcdef0123456789abcdef',
    clock: { nowUs: () => 1_700_000_000_000_000 },
    hasher,
    policy: { kind: 'always' },
    rotate: { bytes: 65_536, events: 1_000_000 },
  });
  await log.close();
  return log.recovered !== null;
}

/** Reads up to where it can be read. */
async function read(store: WalStore): Promise<{ check: ContentCheck; stopped: string | null }> {
  const check = new ContentCheck();
  try {
    for await (const events of readWal(store, { hasher, upTo: 'commit' })) {
      for (const event of events) check.take(event);
    }
    return { check, stopped: null };
  } catch (error) {
    return { check, stopped: codeOf(error) };
  }
}

interface Pass {
  readonly lastSeq: number;
  readonly failures: readonly string[];
  readonly undetected: number;
}

/** Verifies and reads a log that was closed in order. */
async function inspect(store: WalStore, when: string): Promise<Pass> {
  const verified = await verifyWal(store, { hasher, canonical: true, expectSealed: true });
  const failures = verified.problems.map(({ code, message }) => `${when}: ${code} ${message}`);
  const { check, stopped } = await read(store);
  const wrong = check.end();
  if (stopped !== null) failures.push(`${when}: reading stopped with ${stopped}`);
  if (wrong !== null) failures.push(`${when}: ${wrong}`);
  if (stopped === null && verified.lastSeq !== check.lastSeq) {
    failures.push(`${when}: verified to seq ${verified.lastSeq}, read to ${check.lastSeq}`);
  }
  const undetected = verified.ok && wrong !== null ? 1 : 0;
  return { lastSeq: check.lastSeq, failures, undetected };
}

/**
 * Opens the log for writing, which recovers it, and holds it against what was acknowledged: all of
 * it there, everything verified, batches whole, content as appended, and the same again after a
 * second opening.
 *
 * @param promised - last `seq` that was acknowledged as durable
 */
export async function checkLog(
  dir: string,
  promised: number,
  options: { readonly allowUnsafeFs?: boolean } = {},
): Promise<Finding> {
  const store = fileStore(dir, options);
  const ending = await endingOf(store);
  const torn = ['new', 'clean', 'sealed', 'torn'].includes(ending);
  try {
    await reopen(store);
  } catch (error) {
    const { lastSeq } = (await read(store)).check;
    return {
      lastSeq,
      lost: Math.max(0, promised - lastSeq),
      undetected: 0,
      misclassified: 1,
      ending: codeOf(error),
      failures: [`the log does not open: ${String(error)}`],
    };
  }
  const first = await inspect(store, 'after recovery');
  const again = await reopen(store);
  const second = await inspect(store, 'after the second opening');
  const failures = [...first.failures, ...second.failures];
  if (!torn) failures.push(`${ending} was reported before recovery`);
  if (again) failures.push('the second opening found something to recover');
  if (first.lastSeq !== second.lastSeq) {
    failures.push(`seq ${first.lastSeq} was last, then ${second.lastSeq}`);
  }
  return {
    lastSeq: second.lastSeq,
    lost: Math.max(0, promised - first.lastSeq),
    undetected: first.undetected + second.undetected,
    misclassified: torn ? 0 : 1,
    ending,
    failures,
  };
}
