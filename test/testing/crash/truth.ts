import type { Event, EventInput } from 'quantlaxmi/events';
import type { WalStore } from 'quantlaxmi/wal';
import { readWal } from 'quantlaxmi/wal';
import { failureOf, hasher } from '../../wal/support.js';

/** What was appended together, and the last `seq` it was given. */
export interface Batch {
  readonly id: number;
  readonly size: number;
  readonly lastSeq: number;
}

/** What must be true of a log after a crash at some moment. */
export interface Truth {
  /** Everything appended up to that moment and not lost before it, in order. */
  readonly batches: readonly Batch[];
  /** How many of them were acknowledged as durable. */
  readonly acknowledged: number;
}

/** Events that say which batch they are of, and how many belong to it. */
export function batchEvents(id: number, size: number): EventInput[] {
  return Array.from({ length: size }, (_, i) => ({
    t: 'Timer',
    sv: 1,
    rx: 1_000 + id,
    ts: null,
    src: 'RUNNER',
    body: { cause: id, due: i, id: `of ${size}` },
  }));
}

export interface Found {
  /** How many batches are there, or a sentence that says what is wrong. */
  readonly whole: number | string;
  /** Code that reading ended with. */
  readonly code: string;
}

/** Reads a log and holds it against what was appended: whole batches, in order, from the first. */
export async function findBatches(
  store: WalStore,
  batches: readonly Batch[],
  upTo?: 'commit',
): Promise<Found> {
  const events: Event[] = [];
  const { code } = await failureOf(
    (async () => {
      const how = upTo === undefined ? { hasher } : { hasher, upTo };
      for await (const part of readWal(store, how)) events.push(...part);
    })(),
  );
  return { whole: wholeBatches(events, batches), code };
}

function wholeBatches(events: readonly Event[], batches: readonly Batch[]): number | string {
  let at = 0;
  let left = 0;
  for (const [i, event] of events.entries()) {
    if (event.seq !== i + 1) return `event ${i + 1} has seq ${event.seq}`;
    if (event.t !== 'Timer') {
      if (left > 0) return `seq ${event.seq} stands within batch ${batches[at]?.id}`;
      continue;
    }
    const batch = batches[at];
    if (batch === undefined) return `seq ${event.seq} was never appended`;
    const { cause, due, id } = event.body;
    if (left === 0) left = batch.size;
    if (cause !== batch.id || due !== batch.size - left || id !== `of ${batch.size}`) {
      return `seq ${event.seq} is of batch ${cause}, expected batch ${batch.id}`;
    }
    left -= 1;
    if (left === 0) at += 1;
  }
  return left === 0 ? at : `batch ${batches[at]?.id} lacks ${left} of ${batches[at]?.size} events`;
}

/** What is wrong with what was found, or null. */
export function against(found: Found['whole'], { batches, acknowledged }: Truth): string | null {
  if (typeof found === 'string') return found;
  if (found < acknowledged) return `I2: ${found} batches found, ${acknowledged} acknowledged`;
  return found > batches.length ? `I1: ${found} batches found of ${batches.length}` : null;
}
