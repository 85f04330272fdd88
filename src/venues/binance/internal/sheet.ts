/**
 * The events of one record while they are made: counts, receive times, limits on facts.
 * @module
 */
import { isQuantlaxmiError } from '../../../core/index.js';
import type { EventInput } from '../../../events/index.js';
import type { CaptureStats, Counter } from '../capture-types.js';
import { excerpt, type Fact, FactLimiter, sessionEvent } from './facts.js';

/** Names of unknown streams and symbols remembered, so that each is reported once. */
const NAMES_MAX = 256;

const COUNTER_OF_CODE: Readonly<Record<string, Counter>> = {
  QL_VENUE_CLOCK_STEP: 'clockSteps',
  QL_VENUE_DUPLICATE_TRADE: 'duplicateTrades',
  QL_VENUE_NUMBERS_RESTARTED: 'gaps',
  QL_VENUE_OUT_OF_ORDER: 'outOfOrder',
  QL_VENUE_SEQUENCE_GAP: 'gaps',
  QL_VENUE_SNAPSHOT_UNUSABLE: 'gaps',
  QL_VENUE_TRADE_GAP: 'gaps',
};

/** Part of a buffer. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export class Sheet {
  readonly counts: Record<Counter, number> = {
    lines: 0,
    quotes: 0,
    trades: 0,
    deltas: 0,
    snapshots: 0,
    fundings: 0,
    bars: 0,
    liquidations: 0,
    stats: 0,
    gaps: 0,
    malformed: 0,
    duplicateTrades: 0,
    outOfOrder: 0,
    clockSteps: 0,
    unknownStreams: 0,
    unknownSymbols: 0,
    ignored: 0,
    answers: 0,
    repeated: 0,
  };
  firstRx: number | null = null;
  lastRx = 0;
  /** Events of the record at hand. */
  out: EventInput[] = [];
  /** Facts of lines before the first receive time; bounded by the limit on facts. */
  readonly #early: Fact[] = [];
  readonly #facts: FactLimiter;
  readonly #names = new Set<string>();
  readonly #excerptBytes: number;

  constructor(factLimit: number, excerptBytes: number) {
    this.#facts = new FactLimiter(factLimit);
    this.#excerptBytes = excerptBytes;
  }

  get stats(): CaptureStats {
    const lastRx = this.firstRx === null ? null : this.lastRx;
    return { ...this.counts, firstRx: this.firstRx, lastRx };
  }

  /** Keeps receive times from stepping back; true when this is the first. */
  at(rx: number): boolean {
    if (this.firstRx === null) {
      this.firstRx = rx;
      this.lastRx = rx;
      return true;
    }
    if (rx < this.lastRx) {
      const details = { backUs: this.lastRx - rx, receivedUs: rx };
      this.report({ kind: 'clock', code: 'QL_VENUE_CLOCK_STEP', inst: null, details });
    } else this.lastRx = rx;
    return false;
  }

  /** Records the facts of lines that came before the first receive time. */
  flushEarly(): void {
    for (const fact of this.#early.splice(0)) this.push(fact);
  }

  /** Records a fact at the current receive time, or keeps it until there is one. */
  push(fact: Fact): void {
    if (this.firstRx === null) this.#early.push(fact);
    else this.out.push(sessionEvent(this.lastRx, fact));
  }

  /** Counts a fact of the streams and records it; gaps always, others up to the limit. */
  report(fact: Fact | null): void {
    if (fact === null) return;
    const counter = COUNTER_OF_CODE[fact.code];
    if (counter !== undefined) this.counts[counter] += 1;
    if (fact.kind === 'gap' || fact.kind === 'resync') this.push(fact);
    else this.sampled(fact);
  }

  sampled(fact: Fact): void {
    if (this.#facts.admit(fact.code)) this.push(fact);
  }

  /** A message that could not be read. Anything but a refusal of ours is thrown on. */
  malformed(error: unknown, bytes: Uint8Array, span: Span, inst: string | null = null): void {
    if (!isQuantlaxmiError(error)) throw error;
    const { code, message } = error;
    this.counts.malformed += 1;
    const byteLength = span.end - span.start;
    const details = { byteLength, excerpt: this.excerpt(bytes, span), message };
    this.sampled({ kind: 'malformed', code, inst, details });
  }

  /** A stream type or symbol that is not recorded: counted, named once. */
  unknown(reason: 'unknownStream' | 'unknownSymbol', name: string): void {
    this.counts[reason === 'unknownStream' ? 'unknownStreams' : 'unknownSymbols'] += 1;
    const key = `${reason} ${name}`;
    if (this.#names.has(key) || this.#names.size >= NAMES_MAX) return;
    this.#names.add(key);
    const bytes = Uint8Array.from(name, (char) => char.charCodeAt(0));
    const code = reason === 'unknownStream' ? 'QL_VENUE_UNKNOWN_STREAM' : 'QL_VENUE_UNKNOWN_SYMBOL';
    const details = { name: this.excerpt(bytes, { start: 0, end: bytes.length }) };
    this.push({ kind: 'malformed', code, inst: null, details });
  }

  excerpt(bytes: Uint8Array, span: Span): string {
    return excerpt(bytes, span.start, span.end, this.#excerptBytes);
  }
}
