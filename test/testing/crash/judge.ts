import type { Rng } from 'quantlaxmi/core';
import type { SimStore } from 'quantlaxmi/testing';
import { simStore } from 'quantlaxmi/testing';
import type { WalStore, WalWriter } from 'quantlaxmi/wal';
import { memoryStore, openWalWriter, verifyWal } from 'quantlaxmi/wal';
import { failureOf, hasher, options } from '../../wal/support.js';
import type { Truth } from './truth.js';
import { against, batchEvents, findBatches } from './truth.js';

/** Puts something between the log and its store; what a wrong writer or recovery is made of. */
export type Wrap = (store: WalStore) => WalStore;

/** What a crash at one moment left, and what must be true of it. */
export interface CrashState {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly truth: Truth;
  /** How to come here again. */
  readonly label: string;
}

const SCHEMAS = { Session: 1, Timer: 1 };

export interface JudgeOptions {
  readonly wrap: Wrap;
  readonly rng: Rng;
  /** Power cuts in the middle of the recovery. */
  readonly interruptions: number;
  /** Also write on, cut the power again, verify all of it, and open once more. */
  readonly writeOn: boolean;
}

/** Options of every log here: small headers, so that segments turn over quickly. */
export const logOptions = (over = {}) => options({ schemas: SCHEMAS, ...over });

/** An id that no appended batch has. */
const EXTRA = 1_000_000_000;

/**
 * Judges what a crash left: reading it as it is, then opening it for writing with `interruptions`
 * power cuts in the middle of that, then writing on.
 *
 * @returns what is wrong, or null
 */
export async function judgeState(state: CrashState, how: JudgeOptions): Promise<string | null> {
  const { truth } = state;
  const before = await findBatches(memoryStore(state.files), truth.batches);
  if (before.code !== 'none' && before.code !== 'WAL_TORN_TAIL') {
    return `I5: reading ends with ${before.code}`;
  }
  const wrong = against(before.whole, truth);
  if (wrong !== null) return `before recovery: ${wrong}`;
  let { files } = state;
  for (let i = 0; i < how.interruptions; i += 1) files = await interrupt(files, how);
  return judgeRecovery(files, truth, how);
}

/** Starts a recovery and cuts the power somewhere in it. */
async function interrupt(
  files: ReadonlyMap<string, Uint8Array>,
  { wrap, rng }: { readonly wrap: Wrap; readonly rng: Rng },
): Promise<ReadonlyMap<string, Uint8Array>> {
  const at = 1 + rng.below(40);
  const store = simStore({ files, fault: ({ n }) => (n === at ? 'halt' : null) });
  await failureOf(openWalWriter(wrap(store), logOptions()));
  return store.crash(rng.below(4) === 0 ? 'kept' : 'torn', BigInt(rng.u32()));
}

async function judgeRecovery(
  files: ReadonlyMap<string, Uint8Array>,
  truth: Truth,
  { wrap, rng, writeOn }: JudgeOptions,
): Promise<string | null> {
  const store = simStore({ files, seed: BigInt(rng.u32()) });
  const written = await recoverAndWrite(store, truth, { wrap, writeOn });
  if (written === null || typeof written === 'string') return written;
  // Everything up to here was acknowledged: a power cut takes nothing.
  const left = memoryStore(store.crash('lost'));
  const { problems } = await verifyWal(left, { hasher, expectSealed: true });
  if (problems.length > 0) return `I2: after recovery: ${problems[0]?.message}`;
  const { whole } = await findBatches(left, written.batches);
  if (whole !== written.acknowledged) return `I2: after recovery and a power cut: ${whole}`;
  const before = left.snapshot();
  const again = await openWalWriter(wrap(left), logOptions());
  await again.close();
  if (again.recovered !== null) return 'I4: opened again, it was recovered again';
  const after = left.snapshot();
  for (const [name, bytes] of before) {
    const now = after.get(name);
    if (now === undefined || Buffer.compare(bytes, now) !== 0) {
      return `I4: opened again, ${name} changed`;
    }
  }
  return null;
}

/** Recovers, looks at what is there, and, when asked to, writes one batch on top. */
async function recoverAndWrite(
  store: SimStore,
  truth: Truth,
  { wrap, writeOn }: Pick<JudgeOptions, 'wrap' | 'writeOn'>,
): Promise<Truth | string | null> {
  let log: WalWriter;
  try {
    log = await openWalWriter(wrap(store), logOptions());
  } catch (error) {
    return `recovery refused: ${(error as Error).message}`;
  }
  const { whole } = await findBatches(memoryStore(store.snapshot()), truth.batches);
  const wrong = against(whole, truth);
  if (wrong !== null) return `after recovery: ${wrong}`;
  if (!writeOn) return null;
  log.appendBatch(batchEvents(EXTRA, 2));
  await log.flush();
  const extra = { id: EXTRA, size: 2, lastSeq: log.appendedSeq };
  await log.close();
  const batches = [...truth.batches.slice(0, Number(whole)), extra];
  return { batches, acknowledged: batches.length };
}
