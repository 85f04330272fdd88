/**
 * Reads one segment as a state machine over bytes: header, then events and commits, then a footer.
 * Synchronous and without I/O, so that recovery, readers, tails and verification share it. It stops
 * at the first thing that is wrong and says where; what that means is for the caller to judge.
 */
import type { HasherFactory } from '../../core/index.js';
import { fromHex, LIMITS, toHex } from '../../core/index.js';
import type { Event } from '../../events/index.js';
import type { WalErrorCode } from '../errors.js';
import type { WalFooter, WalHeader } from '../format.js';
import { TAIL_BYTES } from '../format.js';
import { WAL_LIMITS } from '../limits.js';
import { chainHeader } from './chain.js';
import type { Envelope } from './envelope.js';
import { readEnvelope, TypeCounter } from './envelope.js';
import type { Commit } from './lines.js';
import {
  crcHolds,
  hasTail,
  hexIs,
  KIND_AT,
  KIND_COMMIT,
  KIND_EVENT,
  KIND_FOOTER,
  LF,
  parseCommit,
  parseFooter,
  parseHeader,
} from './lines.js';
import type { Fault, ScanOptions, ScanStart } from './scan-types.js';
import { NO_LINE_END } from './scan-types.js';
import type { Committed, Refusal } from './segment-rules.js';
import { refuseFooter, refuseHeader } from './segment-rules.js';

/** Codes of a decoder for a type, or a version of one, that it can not read. */
const UNKNOWN: ReadonlySet<unknown> = /* @__PURE__ */ new Set([
  'WAL_UNKNOWN_TYPE',
  'QL_EVENT_UPCAST',
]);
/** Shorter event lines are looked for the plain way. */
const GUESS_BYTES_MIN = 96;

export class SegmentScan {
  /** File offset of the next byte to take. */
  offset = 0;
  header: WalHeader | null = null;
  footer: WalFooter | null = null;
  fault: Fault | null = null;
  committed: Committed;
  /** Last `seq` that a commit states as durable; with `trackDurable` only. */
  durableSeq: number;
  /** First byte of the last event line. */
  eventByte = 0;
  readonly #open: { readonly b: number; readonly seq: number }[] = [];
  readonly types = new TypeCounter();
  readonly #options: ScanOptions;
  // Options that are looked at per line, as fields: the objects they come in differ in shape.
  readonly #decode: ScanOptions['decode'];
  readonly #fromSeq: number;
  readonly #fromRx: number;
  readonly #crc: boolean;
  readonly #count: boolean;
  readonly #envelope: Envelope = { seq: 0, rx: 0, typeStart: 0, typeEnd: 0 };
  readonly #commit: Commit = { b: 0, d: 0, seq: 0, n: 0, chainEnd: 0 };
  readonly #sha: ReturnType<HasherFactory> | null;
  #batchHash: ReturnType<HasherFactory> | null = null;
  #events: Event[] = [];
  #eventsCommitted = 0;
  #seq: number;
  #rx: number;
  #rx0: number | null = null;
  /** True when the bytes before a commit were not read: `rx0` is then what the footer says. */
  #partial = false;
  /** Where the part of the view not yet in the batch hash starts; -1 outside a batch. */
  #hashFrom = -1;
  /** Reading for events with the chain as the only check. */
  readonly #quick: boolean;
  #lastLength = 0;

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#decode = options.decode;
    this.#fromSeq = options.fromSeq;
    this.#fromRx = options.fromRx ?? 0;
    this.#crc = options.crc;
    this.#count = options.count;
    this.#quick = options.decode !== null && !options.crc;
    this.#sha = options.sha256 ? options.hasher() : null;
    this.#seq = options.first - 1;
    this.durableSeq = this.#seq;
    this.#rx = options.expected.rx;
    const { b, h } = options.expected;
    const place = { seq: this.#seq, b: b ?? 0, d: 0, h: h ?? new Uint8Array(32), offset: 0 };
    this.committed = { ...place, n: 0, rx0: null, rx1: null };
  }

  /** Goes on behind a commit instead of the header; call it when the header has been taken. */
  startAt(start: ScanStart): void {
    const { seq, b, d, h, rx, offset } = start;
    const n = seq - this.#options.first + 1;
    this.committed = { seq, b, d, h, offset, n, rx0: null, rx1: rx };
    this.#partial = true;
    this.durableSeq = seq;
    this.rewind();
  }

  /** Takes the whole lines at the front of `view`; returns how many bytes it took. */
  consume(view: Uint8Array): number {
    const base = this.offset;
    let pos = 0;
    if (this.#batchHash !== null) this.#hashFrom = 0;
    while (this.fault === null) {
      let lf = this.#guessEnd(view, pos);
      if (lf < 0) break;
      this.offset = base + pos;
      this.#line(view, pos, lf);
      if (this.fault !== null) lf = this.#lineAgain(view, pos, lf);
      if (this.fault !== null) break;
      pos = lf + 1;
    }
    this.offset = base + pos;
    if (this.fault === null && this.#batchHash !== null && this.#hashFrom < pos) {
      this.#batchHash.update(view.subarray(this.#hashFrom, pos));
    }
    this.#hashFrom = -1;
    if (this.#sha !== null && this.footer === null && this.fault === null) {
      this.#sha.update(view.subarray(0, pos));
    }
    return pos;
  }

  /** A line has no LF within the limit. */
  tooLong(length: number): void {
    this.#fail('WAL_LINE_TOO_LONG', length, `line exceeds ${LIMITS.lineBytes} bytes`, true);
  }

  /** The file ends with `rest` bytes that are no whole line; `damage` says what ended it there. */
  endsWithin(rest: number, damage?: string): void {
    this.#fail('WAL_CORRUPT', rest, damage ?? NO_LINE_END, damage === undefined);
  }

  /** Events committed since the last call, in order. */
  takeEvents(): Event[] {
    const all = this.#events;
    if (this.#eventsCommitted === all.length) {
      this.#events = [];
      this.#eventsCommitted = 0;
      return all;
    }
    const taken = all.slice(0, this.#eventsCommitted);
    this.#events = all.slice(this.#eventsCommitted);
    this.#eventsCommitted = 0;
    return taken;
  }

  /** Forgets what follows the last commit, so that it can be read again from there. */
  rewind(): void {
    this.offset = this.committed.offset;
    this.#seq = this.committed.seq;
    this.#rx = this.committed.rx1 ?? this.#options.expected.rx;
    this.#rx0 = this.committed.rx0;
    this.#events.length = this.#eventsCommitted;
    this.#batchHash = null;
    this.types.rollBack();
    this.fault = null;
  }

  /**
   * End of the line at `pos`, looked for first where the event line before ended: a native search
   * per line costs more than reading a few bytes. A wrong guess spans two lines, which neither a
   * checksum nor a decoder takes for one.
   */
  #guessEnd(view: Uint8Array, pos: number): number {
    const from = pos + this.#lastLength - 8;
    const wanted = this.#seq + 1 >= this.#fromSeq && this.#rx >= this.#fromRx;
    const checked = this.#crc || (this.#quick && wanted);
    if (checked && view[pos + KIND_AT] === KIND_EVENT) {
      const to = this.#lastLength < GUESS_BYTES_MIN ? from : Math.min(from + 24, view.length);
      for (let i = from; i < to; i += 1) {
        if (view[i] === LF) {
          this.#lastLength = i - pos;
          return i;
        }
      }
      const lf = view.indexOf(LF, pos);
      this.#lastLength = lf - pos;
      return lf;
    }
    return view.indexOf(LF, pos);
  }

  /** Reads a line that was refused again when its end had been guessed wrong. */
  #lineAgain(view: Uint8Array, pos: number, lf: number): number {
    const exact = view.indexOf(LF, pos);
    if (exact === lf) return lf;
    this.fault = null;
    this.#line(view, pos, exact);
    return exact;
  }

  #fail(code: WalErrorCode, length: number, reason: string, tornLike = false): void {
    this.fault = {
      code,
      byte: this.offset,
      endByte: this.offset + length,
      seq: this.#seq + 1,
      reason,
      tornLike,
    };
  }

  #refuse({ code, reason }: Refusal, length: number): void {
    this.#fail(code, length, reason);
  }

  #line(view: Uint8Array, start: number, lf: number): void {
    const prefixEnd = lf + 1 - TAIL_BYTES;
    const length = lf + 1 - start;
    const kind = view[start + KIND_AT];
    if (kind === KIND_EVENT && this.#quick && this.header !== null && this.footer === null) {
      return this.#onEvent(view, start, prefixEnd);
    }
    if (length > LIMITS.lineBytes) return this.tooLong(length);
    if (this.footer !== null) return this.#fail('WAL_CORRUPT', length, 'bytes after the footer');
    if (prefixEnd <= start + KIND_AT || !hasTail(view, prefixEnd)) {
      return this.#fail('WAL_CORRUPT', length, 'the line does not end in a checksum', true);
    }
    if (this.#crc || kind !== KIND_EVENT || this.header === null) {
      if (!crcHolds(view, start, prefixEnd)) {
        return this.#fail('WAL_CORRUPT', length, 'the checksum does not match', true);
      }
    }
    if (this.header === null) this.#onHeader(view, start, lf);
    else if (kind === KIND_EVENT) this.#onEvent(view, start, prefixEnd);
    else if (kind === KIND_COMMIT) this.#onCommit(view, start, lf);
    else if (kind === KIND_FOOTER) this.#onFooter(view, start, lf);
    else this.#fail('WAL_VERSION', length, 'a line kind that format v1 does not have');
  }

  #onHeader(view: Uint8Array, start: number, lf: number): void {
    const length = lf + 1 - start;
    const header = parseHeader(view, start, lf + 1 - TAIL_BYTES);
    if (header === null) return this.#fail('WAL_CORRUPT', length, 'the first line is no header');
    if (!('wal' in header)) {
      return this.#fail('WAL_VERSION', length, `format v${header.v} is not v1`);
    }
    const refusal = refuseHeader(header, this.#options);
    if (refusal !== null) return this.#refuse(refusal, length);
    const line = view.subarray(start, lf + 1);
    this.header = header;
    this.committed = {
      ...this.committed,
      b: header.b0,
      d: header.b0,
      h: chainHeader(this.#options.hasher, fromHex(header.prev), line),
      offset: this.offset + length,
    };
    this.#options.onHead?.(this.committed);
  }

  #onEvent(view: Uint8Array, start: number, prefixEnd: number): void {
    if (this.#batchHash === null) {
      this.#batchHash = this.#options.hasher();
      this.#batchHash.update(this.committed.h);
      this.#hashFrom = start;
    }
    const due = this.#seq + 1;
    const length = prefixEnd + TAIL_BYTES - start;
    if (length > LIMITS.lineBytes) return this.tooLong(length);
    let seq = due;
    let rx = 0;
    const wanted =
      this.#decode !== null &&
      due >= this.#fromSeq &&
      (this.#rx >= this.#fromRx || this.#reachesRx(view, start));
    const event = wanted ? this.#decoded(view, start, prefixEnd) : null;
    if (this.fault !== null) return;
    if (event === null) {
      if (this.#quick && view.indexOf(LF, start) !== start + length - 1) {
        return this.#fail('WAL_CORRUPT', length, 'a line end within the line');
      }
      const envelope = this.#envelope;
      if (!readEnvelope(view, start, envelope)) {
        return this.#fail('WAL_NON_CANONICAL', length, 'the envelope is not canonical');
      }
      ({ seq, rx } = envelope);
      this.types.add(view, envelope.typeStart, envelope.typeEnd);
    } else {
      // The decoder has proved the envelope: it need not be read twice.
      ({ seq, rx } = event);
      if (this.#count) this.types.addName(event.t);
    }
    if (seq !== due) return this.#fail('WAL_SEQ', length, `seq ${seq}, expected ${due}`);
    if (rx < this.#rx) {
      return this.#fail('WAL_RX_ORDER', length, `rx ${rx} is before ${this.#rx}`);
    }
    const open = this.offset + length - this.committed.offset;
    if (open > WAL_LIMITS.commitBytes || due - this.committed.seq > WAL_LIMITS.commitEvents) {
      return this.#fail('WAL_BATCH_TOO_LARGE', length, 'no commit within the largest batch', true);
    }
    if (event !== null) this.#events.push(event);
    this.#seq = due;
    this.#rx = rx;
    this.#rx0 ??= rx;
    this.eventByte = this.offset;
  }

  /** True unless the event was received before the time asked for; the decoder judges the rest. */
  #reachesRx(view: Uint8Array, start: number): boolean {
    return !readEnvelope(view, start, this.#envelope) || this.#envelope.rx >= this.#fromRx;
  }

  #decoded(view: Uint8Array, start: number, prefixEnd: number): Event | null {
    try {
      return this.#decode?.(view, start, prefixEnd) ?? null;
    } catch (cause) {
      const found = (cause as { code?: unknown }).code;
      const code = UNKNOWN.has(found) ? 'WAL_UNKNOWN_TYPE' : 'WAL_NON_CANONICAL';
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#fail(code, prefixEnd + TAIL_BYTES - start, why);
      if (this.fault !== null) this.fault = { ...(this.fault as Fault), cause };
      return null;
    }
  }

  #onCommit(view: Uint8Array, start: number, lf: number): void {
    const length = lf + 1 - start;
    const c = this.#commit;
    const prefixEnd = lf + 1 - TAIL_BYTES;
    if (!parseCommit(view, start, prefixEnd, c)) {
      return this.#fail('WAL_NON_CANONICAL', length, 'the commit line is not canonical');
    }
    const { committed } = this;
    const due = this.#seq - committed.seq;
    const hash = this.#batchHash;
    if (c.b !== committed.b + 1 || c.n !== due || c.seq !== this.#seq || hash === null) {
      const found = `commit ${c.b} of ${c.n} events up to seq ${c.seq}`;
      const wanted = `commit ${committed.b + 1} of ${due} up to seq ${this.#seq}`;
      return this.#fail('WAL_CHAIN', length, `${found}, expected ${wanted}`);
    }
    if (c.d < committed.d || c.d >= c.b) {
      return this.#fail('WAL_CHAIN', length, `commit ${c.b} states durable batch ${c.d}`);
    }
    hash.update(view.subarray(this.#hashFrom, c.chainEnd));
    const h = hash.digest();
    if (!hexIs(view, c.chainEnd + 6, h)) {
      return this.#fail('WAL_CHAIN', length, `commit ${c.b} does not hash to ${toHex(h)}`);
    }
    this.#batchHash = null;
    this.#hashFrom = -1;
    this.#eventsCommitted = this.#events.length;
    this.types.commit();
    if (this.#options.trackDurable === true) this.#noteDurable(c);
    this.committed = {
      seq: this.#seq,
      b: c.b,
      d: c.d,
      h,
      offset: this.offset + length,
      n: committed.n + c.n,
      rx0: this.#rx0,
      rx1: this.#rx,
    };
    this.#options.onHead?.(this.committed);
  }

  /** A commit's own batch is durable when a later one says so. */
  #noteDurable(c: Commit): void {
    let known = 0;
    while (known < this.#open.length && (this.#open[known]?.b ?? 0) <= c.d) known += 1;
    if (known > 0) this.durableSeq = this.#open[known - 1]?.seq ?? this.durableSeq;
    this.#open.splice(0, known);
    this.#open.push({ b: c.b, seq: this.#seq });
  }

  #onFooter(view: Uint8Array, start: number, lf: number): void {
    const length = lf + 1 - start;
    const footer = parseFooter(view, start, lf + 1 - TAIL_BYTES);
    if (footer === null) {
      return this.#fail('WAL_NON_CANONICAL', length, 'the footer is not canonical');
    }
    this.#sha?.update(view.subarray(0, start));
    const read = {
      committed: this.committed,
      first: this.#options.first,
      offset: this.offset,
      partial: this.#partial,
      sha256: this.#sha === null ? null : toHex(this.#sha.digest()),
    };
    const refusal = refuseFooter(footer, read);
    if (refusal !== null) return this.#refuse(refusal, length);
    this.footer = footer;
  }
}
