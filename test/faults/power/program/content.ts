/**
 * What the writer program appends: every event follows from its `seq` and the first `seq` of its
 * batch, so a log can be checked without knowing who wrote it. Batches are up to a few kilobytes,
 * so that a torn write spans sectors and pages.
 */
import type { Event, EventInput } from '../../../../src/events/index.js';

/** Events of the batch that starts at `first`. */
const batchSize = (first: number): number => 1 + ((first * 13) % 37);

const idOf = (first: number): string => `${first}-${'x'.repeat((first * 7) % 31)}`;

/** The batch that starts at `first`. */
export function batchAt(first: number): readonly EventInput[] {
  const due = batchSize(first);
  const id = idOf(first);
  const event = { t: 'Timer', sv: 1, rx: 10_000, ts: null, src: 'RUNNER' } as const;
  return Array.from({ length: due }, (_, k) => ({ ...event, body: { cause: first + k, due, id } }));
}

const isRecovery = ({ t, src, body }: Event): boolean =>
  t === 'Session' && src === 'WAL' && (body as { kind?: unknown }).kind === 'recovered';

/** A batch that is being compared. */
interface Open {
  readonly first: number;
  readonly due: number;
}

/** Compares events as they come, in order from `seq` 1, with what the program appends. */
export class ContentCheck {
  lastSeq = 0;
  /** The first place that is wrong; null while all is right. */
  fault: string | null = null;
  #open: Open | null = null;

  take(event: Event): void {
    if (this.fault !== null) return;
    const seq = this.lastSeq + 1;
    this.fault = this.#compare(event, seq);
    this.lastSeq = seq;
  }

  /** To be called behind the last event: a batch must not end early. */
  end(): string | null {
    const open = this.#open;
    if (this.fault !== null || open === null) return this.fault;
    return `the batch at seq ${open.first} ends at seq ${this.lastSeq}, it has ${open.due} events`;
  }

  #compare(event: Event, seq: number): string | null {
    if (event.seq !== seq) return `seq ${seq} was due, found ${event.seq}`;
    if (this.#open === null && isRecovery(event)) return null;
    const { first, due } = this.#open ?? { first: seq, due: batchSize(seq) };
    this.#open = seq === first + due - 1 ? null : { first, due };
    const { t, src, body } = event;
    const found = body as { cause?: unknown; due?: unknown; id?: unknown };
    const same = found.cause === seq && found.due === due && found.id === idOf(first);
    if (t === 'Timer' && src === 'RUNNER' && same) return null;
    return `seq ${seq} is ${JSON.stringify(event)}; it belongs to the batch at seq ${first}`;
  }
}
