/**
 * The events of one record while they are made: counts, receive times, limits on facts.
 * @module
 */
import { escapeControl, isQuantlaxmiError } from '../../../core/index.js';
import type { EventInput, SessionBody } from '../../../events/index.js';
import type { KiteCaptureStats, KiteCounter } from '../capture-types.js';
import { FactLimiter, hexExcerpt, type Span, sessionEvent, textExcerpt } from './facts.js';

/** Names of unknown tokens and types remembered, so that each is reported once. */
const NAMES_MAX = 4096;

const UNKNOWN = {
  unknownTokens: 'QL_VENUE_UNKNOWN_SYMBOL',
  unknownTypes: 'QL_VENUE_UNKNOWN_STREAM',
} as const;

/** A message that could not be read: where it is, and whether it is text. */
export interface Message extends Span {
  readonly binary: boolean;
}

/** Longest message of an error in its fact, in characters. */
const MESSAGE_MAX = 512;

/** Text that may quote the venue, bounded and safe to print. */
export function clean(text: string): string {
  const safe = escapeControl(text.slice(0, MESSAGE_MAX));
  return text.length > MESSAGE_MAX ? `${safe}…` : safe;
}

export class Sheet {
  readonly counts: Record<KiteCounter, number> = {
    records: 0,
    heartbeats: 0,
    packets: 0,
    texts: 0,
    answers: 0,
    stats: 0,
    quotes: 0,
    snapshots: 0,
    bars: 0,
    orders: 0,
    malformed: 0,
    clockSteps: 0,
    unknownTokens: 0,
    unknownTypes: 0,
    notices: 0,
    ignored: 0,
    dropped: 0,
  };
  firstRx: number | null = null;
  lastRx = 0;
  /** Events of the record at hand. */
  out: EventInput[] = [];
  /** Facts of lines before the first receive time; bounded by the limit on facts. */
  readonly #early: SessionBody[] = [];
  readonly #facts: FactLimiter;
  readonly #names = new Set<string>();
  readonly #excerptBytes: number;

  constructor(factLimit: number, excerptBytes: number) {
    this.#facts = new FactLimiter(factLimit);
    this.#excerptBytes = excerptBytes;
  }

  get stats(): KiteCaptureStats {
    const lastRx = this.firstRx === null ? null : this.lastRx;
    return { ...this.counts, firstRx: this.firstRx, lastRx };
  }

  /** Counts from 0 again and names everything again; times go on. */
  restart(): void {
    for (const name of Object.keys(this.counts) as KiteCounter[]) this.counts[name] = 0;
    this.counts.records = 1;
    this.#facts.clear();
    this.#names.clear();
  }

  /** Keeps receive times from stepping back. */
  at(rx: number): void {
    if (rx < this.lastRx) {
      this.counts.clockSteps += 1;
      const details = { backUs: this.lastRx - rx, receivedUs: rx };
      this.sampled({ code: 'QL_VENUE_CLOCK_STEP', details, inst: null, kind: 'clock' });
    } else this.lastRx = rx;
  }

  /** Records the facts of lines that came before the first receive time. */
  flushEarly(): void {
    for (const fact of this.#early.splice(0)) this.push(fact);
  }

  /** Records a fact at the current receive time, or keeps it until there is one. */
  push(fact: SessionBody): void {
    if (this.firstRx === null) this.#early.push(fact);
    else this.out.push(sessionEvent(this.lastRx, fact));
  }

  sampled(fact: SessionBody): void {
    if (this.#facts.admit(fact.code)) this.push(fact);
  }

  /** A message that could not be read. Anything but a refusal of ours is thrown on. */
  malformed(error: unknown, bytes: Uint8Array, at: Message, inst: string | null = null): void {
    if (!isQuantlaxmiError(error)) throw error;
    const { code } = error;
    this.counts.malformed += 1;
    const message = clean(error.message);
    const details = { byteLength: at.end - at.start, excerpt: this.excerpt(bytes, at), message };
    this.sampled({ code, details, inst, kind: 'malformed' });
  }

  /** A token or message type that is not recorded: counted, named once. */
  unknown(counter: 'unknownTokens' | 'unknownTypes', name: string): void {
    this.counts[counter] += 1;
    const key = `${counter} ${name}`;
    if (this.#names.has(key) || this.#names.size >= NAMES_MAX) return;
    this.#names.add(key);
    const details = { name: clean(name) };
    this.push({ code: UNKNOWN[counter], details, inst: null, kind: 'malformed' });
  }

  excerpt(bytes: Uint8Array, at: Message): string {
    if (at.binary) return hexExcerpt(bytes, at, this.#excerptBytes);
    return textExcerpt(bytes, at, this.#excerptBytes);
  }
}
