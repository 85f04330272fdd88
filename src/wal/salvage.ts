/**
 * Reading what is left of a damaged log: every event line whose own checksum holds, and where the
 * rest is missing. For people; nothing built on it is evidence.
 * @module
 */
import { LIMITS } from '../core/index.js';
import type { Event } from '../events/index.js';
import { decodeEvent } from '../events/index.js';
import { TAIL_BYTES } from './format.js';
import type { Envelope } from './internal/envelope.js';
import { readEnvelope } from './internal/envelope.js';
import { damageOf, LineSource } from './internal/line-source.js';
import { KIND_AT, KIND_EVENT, LF, lineHolds } from './internal/lines.js';
import { listStore, openFile } from './internal/segments.js';
import type { WalFile, WalStore } from './store.js';

/** A stretch of a log that could not be read. */
export interface Gap {
  readonly file: string;
  /** First byte, and the byte after the last. */
  readonly fromByte: number;
  readonly toByte: number;
  /** First and last `seq` missing; `seqTo < seqFrom` when no event is missing. */
  readonly seqFrom: number;
  readonly seqTo: number;
  readonly reason: string;
}

/** A piece of a salvaged log. */
export interface SalvageBatch {
  readonly salvaged: true;
  readonly events: Event[];
  readonly gaps: Gap[];
}

/** Running state over all files of a log. */
class Salvage {
  events: Event[] = [];
  gaps: Gap[] = [];
  #file = '';
  #seq = 0;
  #rx = 0;
  /** First `seq` of the segment, and of the one after it. */
  #span: readonly [number, number] = [1, Infinity];
  readonly #envelope: Envelope = { seq: 0, rx: 0, typeStart: 0, typeEnd: 0 };
  #bad: { from: number; to: number; reason: string } | null = null;

  start(file: string, span: readonly [number, number]): void {
    this.#file = file;
    this.#span = span;
  }

  bad(from: number, to: number, reason: string): void {
    if (this.#bad === null) this.#bad = { from, to, reason };
    else this.#bad.to = to;
  }

  line(view: Uint8Array, span: { start: number; lf: number; base: number }): void {
    const { start, lf, base } = span;
    const [from, to] = [base + start, base + lf + 1];
    if (!lineHolds(view, start, lf)) return this.bad(from, to, 'the checksum does not match');
    if (view[start + KIND_AT] !== KIND_EVENT) return;
    try {
      const event = decodeEvent(view, start, lf + 1 - TAIL_BYTES);
      // An event of a type that may be skipped has its number all the same.
      const place = this.#envelope;
      if (!readEnvelope(view, start, place)) return this.bad(from, to, 'not an event line');
      const why = this.#misplaced(place);
      if (why !== null) return this.bad(from, to, why);
      this.#closeGap(place.seq > this.#seq + 1 ? place.seq - 1 : this.#seq, from);
      this.#seq = place.seq;
      this.#rx = place.rx;
      if (event !== null) this.events.push(event);
    } catch (error) {
      this.bad(from, to, error instanceof Error ? error.message : String(error));
    }
  }

  /** Why a line does not belong where it stands: blocks of a disk can land in another place. */
  #misplaced({ seq, rx }: Envelope): string | null {
    const [first, next] = this.#span;
    if (seq < first || seq >= next) return `seq ${seq} does not belong to this segment`;
    if (seq <= this.#seq) return `seq ${seq} was already read`;
    return rx < this.#rx ? `rx ${rx} is before ${this.#rx}` : null;
  }

  /** Ends an open gap, or makes one when events are missing between good lines. */
  #closeGap(seqTo: number, at: number): void {
    const bad =
      this.#bad ?? (seqTo > this.#seq ? { from: at, to: at, reason: 'events missing' } : null);
    this.#bad = null;
    if (bad === null) return;
    this.gaps.push({
      file: this.#file,
      fromByte: bad.from,
      toByte: bad.to,
      seqFrom: this.#seq + 1,
      seqTo,
      reason: bad.reason,
    });
  }

  /** What is bad up to the end lasts until the first event of the next segment. */
  endFile(): void {
    if (this.#bad === null) return;
    const next = this.#span[1];
    const seqTo = Number.isFinite(next) ? Math.max(this.#seq, next - 1) : this.#seq;
    this.#closeGap(seqTo, this.#bad.to);
    this.#seq = seqTo;
  }

  take(): SalvageBatch {
    const taken = { salvaged: true as const, events: this.events, gaps: this.gaps };
    this.events = [];
    this.gaps = [];
    return taken;
  }
}

async function* salvageFile(file: WalFile, name: string, salvage: Salvage): AsyncGenerator<void> {
  const source = new LineSource(file, name, 0);
  let base = 0;
  const drop = (count: number): void => {
    source.drop(count);
    base += count;
  };
  const filled = async (): Promise<boolean> => {
    try {
      return await source.fill();
    } catch (error) {
      const damage = damageOf(error);
      if (damage === null) throw error;
      salvage.bad(base, base + Math.max(1, source.length), damage);
      source.drop(source.length);
      return false;
    }
  };
  while (await filled()) {
    const { view } = source;
    let pos = 0;
    for (let lf = view.indexOf(LF); lf >= 0; lf = view.indexOf(LF, pos)) {
      salvage.line(view, { start: pos, lf, base });
      pos = lf + 1;
    }
    const rest = view.length - pos;
    if (rest > LIMITS.lineBytes) {
      salvage.bad(base + pos, base + view.length, 'line too long');
      pos = view.length;
    }
    drop(pos);
    yield;
  }
  if (source.length > 0) salvage.bad(base, base + source.length, 'the last line has no LF');
  salvage.endFile();
}

/**
 * Reads every event that can still be read, committed or not, in any segment that is there.
 *
 * @param store - the log
 * @throws QuantlaxmiError WAL_IO; nothing else: damage is reported in `gaps`
 * @example
 * ```ts
 * import { memoryStore, salvageWal } from 'quantlaxmi/wal';
 *
 * let events = 0;
 * for await (const part of salvageWal(memoryStore())) events += part.events.length;
 * events; // => 0
 * ```
 */
export async function* salvageWal(store: WalStore): AsyncGenerator<SalvageBatch> {
  const { segments } = await listStore(store);
  const salvage = new Salvage();
  for (const [i, { name, first }] of segments.entries()) {
    salvage.start(name, [first, segments[i + 1]?.first ?? Infinity]);
    const file = await openFile(store, name);
    try {
      for await (const _ of salvageFile(file, name, salvage)) {
        if (salvage.events.length > 0 || salvage.gaps.length > 0) yield salvage.take();
      }
    } finally {
      await file.close();
    }
    if (salvage.gaps.length > 0) yield salvage.take();
  }
}
