/** Drops, repeats, reorders and damages frames on their way out. @module */
import type { Rng } from '../../../core/index.js';
import type { FaultKind, FrameFault } from '../faults.js';
import type { SentFrame } from '../local-venue.js';
import { damage } from './damage.js';

interface Pending {
  readonly fault: FrameFault;
  left: number;
  /** Frames held for reordering, by connection. */
  readonly held: Map<number, SentFrame[]>;
}

/** Where what was held goes. */
export type Sender = (conn: number, frame: SentFrame) => void;

/** Applies to each frame at most one fault: the first that is due and is for its stream. */
export class FrameFaults {
  readonly #rng: Rng;
  readonly #count: (kind: FaultKind) => void;
  readonly #pending: Pending[] = [];
  #current: Pending | null = null;
  #used = false;

  constructor(rng: Rng, count: (kind: FaultKind) => void) {
    this.#rng = rng;
    this.#count = count;
  }

  add(fault: FrameFault): void {
    if (fault.count > 0) this.#pending.push({ fault, left: fault.count, held: new Map() });
  }

  /** A frame of a stream is about to go to the connections. */
  begin(stream: string): void {
    this.#used = false;
    this.#current =
      this.#pending.find(
        ({ fault }) => fault.stream === undefined || stream.includes(fault.stream),
      ) ?? null;
  }

  /** What goes to one connection for the frame. */
  apply(conn: number, frame: SentFrame): readonly SentFrame[] {
    const pending = this.#current;
    if (pending === null || (pending.fault.conn ?? conn) !== conn) return [frame];
    this.#used = true;
    const { fault } = pending;
    this.#count(fault.kind);
    if (fault.kind === 'drop') return [];
    if (fault.kind === 'duplicate') return [frame, { ...frame, fault: 'duplicate' }];
    if (fault.kind === 'malform') {
      const payload = damage(frame.payload, fault.how, this.#rng);
      return [{ ...frame, payload, fault: 'malform' }];
    }
    const list = pending.held.get(conn) ?? [];
    list.push({ ...frame, fault: 'reorder' });
    pending.held.set(conn, list);
    return [];
  }

  /** The frame went to all connections; held frames go out when there are enough of them. */
  end(send: Sender): void {
    const pending = this.#current;
    this.#current = null;
    if (pending === null || !this.#used) return;
    pending.left -= 1;
    if (pending.left > 0) return;
    this.#pending.splice(this.#pending.indexOf(pending), 1);
    this.#release(pending, send);
  }

  /** No more frames come: what is still held goes out. */
  flush(send: Sender): void {
    for (const pending of this.#pending) this.#release(pending, send);
  }

  #release(pending: Pending, send: Sender): void {
    for (const [conn, frames] of pending.held) {
      const before = [...frames];
      const after = this.#rng.shuffle(frames);
      // A shuffle may come out as it went in; a reordering must not.
      if (after.every((frame, i) => frame === before[i])) after.push(...after.splice(0, 1));
      for (const frame of after) send(conn, frame);
    }
    pending.held.clear();
  }
}
