/**
 * Sequence discipline of an L2 feed: which delta comes next, which is stale, where the gap is.
 *
 * States of one book (the venues' documented procedure):
 *
 * ```text
 *            delta                    delta: next            delta: stale (dropped)
 *          (buffered)                   (applied)
 *          ┌───────┐                   ┌────────┐
 *          ▼       │    snapshot       ▼        │
 *        UNSYNCED ─┴──────────────▶  SYNCED  ───┴───┐
 *            ▲        buffer bridges    │           │ delta that does not follow, or a
 *            └──────────────────────────┴───────────┘ snapshot the buffer cannot be joined to: gap
 * ```
 *
 * - `prevSeq` (Binance USD-M and COIN-M): drop `u < id`; the first delta after the snapshot holds
 *   `U <= id <= u` (or names the snapshot itself as its predecessor, `pu = id`); every later one
 *   holds `pu = u` of the one before.
 * - `contiguous` (Binance spot): drop `u <= id`; the next delta holds `U <= id + 1 <= u`.
 * - A run of {@link SEQUENCER_STALE_LIMIT} stale deltas that follow one another is a gap: the feed
 *   goes on below the book's number, so that number was wrong, or the venue counts anew.
 *
 * Sources: developers.binance.com, "How to manage a local order book correctly" (USDⓈ-M and COIN-M
 * futures); binance-spot-api-docs, web-socket-streams.md, section of the same name.
 * @module
 */

/** The three sequence numbers of a delta. */
export interface SequencedDelta {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly prevSeq: number | null;
}

/**
 * How deltas chain. `perDelta` decides by the delta itself: one that names its predecessor
 * (`prevSeq` not null) is checked by `prevSeq`, another by `contiguous`.
 */
export interface SequenceRule {
  readonly kind: 'prevSeq' | 'contiguous' | 'perDelta';
}

/** What a delta turned out to be. Only `next` may change the book. */
export type DeltaOutcome = 'next' | 'stale' | 'gap' | 'buffered';

/** What a snapshot turned out to be: `older` than the synced book (ignored), or the new ground. */
export type SnapshotOutcome = 'reset' | 'older';

/** Most deltas held while waiting for a snapshot; the oldest are dropped beyond it. */
export const SEQUENCER_BUFFER_LIMIT = 4096;

/**
 * So many stale deltas in a row, each the successor of the one before and none of them `next`, are
 * a gap. A burst that came twice is a few deltas and ends with a `next`: it stays below. A live
 * feed (a delta each 100 ms) reaches 16 in two seconds: a book whose number is wrong freezes no
 * longer.
 */
export const SEQUENCER_STALE_LIMIT = 16;

/** Tracks one feed of one instrument. */
export interface Sequencer<D extends SequencedDelta> {
  /** True between a snapshot and the next gap: the book may be read. */
  readonly synced: boolean;
  /** Last sequence number contained in the book; -1 before the first snapshot. */
  readonly lastSeq: number;
  /** Deltas waiting for a snapshot. */
  readonly buffered: number;
  /** Deltas dropped because the snapshot already held them, or because they came twice. */
  readonly staleCount: number;
  /** Classifies a delta; while unsynced it is kept for {@link replay}. */
  delta(delta: D): DeltaOutcome;
  /** Takes a snapshot's sequence number; after `reset` call {@link replay}. */
  snapshot(seq: number): SnapshotOutcome;
  /** Hands the buffered deltas that follow the snapshot to `apply`; false when they do not join. */
  replay(apply: (delta: D) => void): boolean;
  /** Declares the book unusable until the next snapshot (connection lost, tick size changed). */
  invalidate(): void;
}

class FeedSequencer<D extends SequencedDelta> implements Sequencer<D> {
  synced = false;
  lastSeq = -1;
  staleCount = 0;
  /** No delta has been joined to the last snapshot yet. */
  #fresh = false;
  #buffer: D[] = [];
  /** Stale deltas in a row that follow one another, and the number of the last of them. */
  #staleRun = 0;
  #staleSeq = -1;
  readonly #kind: SequenceRule['kind'];
  readonly #limit: number;

  constructor(kind: SequenceRule['kind'], limit: number) {
    this.#kind = kind;
    this.#limit = limit;
  }

  get buffered(): number {
    return this.#buffer.length;
  }

  delta(delta: D): DeltaOutcome {
    if (!this.synced) {
      this.#keep(delta);
      return 'buffered';
    }
    const outcome = this.#judge(delta);
    if (outcome === 'next') {
      this.lastSeq = delta.lastSeq;
      this.#fresh = false;
      this.#staleRun = 0;
      return outcome;
    }
    if (outcome === 'stale' && !this.#goesOnBelow(delta)) {
      this.staleCount += 1;
      return outcome;
    }
    this.synced = false;
    this.#staleRun = 0;
    this.#keep(delta);
    return 'gap';
  }

  snapshot(seq: number): SnapshotOutcome {
    if (this.synced && seq <= this.lastSeq) return 'older';
    this.synced = true;
    this.lastSeq = seq;
    this.#fresh = true;
    this.#staleRun = 0;
    return 'reset';
  }

  replay(apply: (delta: D) => void): boolean {
    const waiting = this.#buffer;
    this.#buffer = [];
    for (const delta of waiting) {
      // After a gap the rest is kept again by delta(), for the next snapshot.
      if (this.delta(delta) === 'next') apply(delta);
    }
    return this.synced;
  }

  invalidate(): void {
    this.synced = false;
    this.#fresh = false;
    this.#staleRun = 0;
    this.#buffer = [];
  }

  /** True at the stale delta that shows that the feed goes on below the book's number. */
  #goesOnBelow({ firstSeq, lastSeq, prevSeq }: D): boolean {
    // Before its first delta a snapshot may be ahead of the feed by any number of them.
    if (this.#fresh) return false;
    const last = this.#staleSeq;
    const follows = lastSeq > last && (prevSeq === null ? firstSeq <= last + 1 : prevSeq === last);
    this.#staleRun = follows && this.#staleRun > 0 ? this.#staleRun + 1 : 1;
    this.#staleSeq = lastSeq;
    return this.#staleRun >= SEQUENCER_STALE_LIMIT;
  }

  #judge(delta: D): 'next' | 'stale' | 'gap' {
    const { firstSeq, lastSeq, prevSeq } = delta;
    const id = this.lastSeq;
    if (firstSeq > lastSeq) return 'gap';
    const byPrev = this.#kind === 'prevSeq' || (this.#kind === 'perDelta' && prevSeq !== null);
    if (!byPrev) {
      if (lastSeq <= id) return 'stale';
      return firstSeq <= id + 1 ? 'next' : 'gap';
    }
    if (prevSeq === id) return 'next';
    if (this.#fresh) {
      if (lastSeq < id) return 'stale';
      return firstSeq <= id ? 'next' : 'gap';
    }
    return lastSeq <= id ? 'stale' : 'gap';
  }

  #keep(delta: D): void {
    // Halving keeps the drop amortised O(1) per delta.
    if (this.#buffer.length >= this.#limit) this.#buffer = this.#buffer.slice(this.#limit >> 1);
    this.#buffer.push(delta);
  }
}

/**
 * Makes the sequence tracker of one feed of one instrument.
 *
 * @param rule - how the venue chains its deltas
 * @param bufferLimit - most deltas kept while unsynced (oldest half dropped beyond it)
 * @returns a tracker in state unsynced; every call is O(1) except `replay`, O(buffered)
 * @example
 * ```ts
 * import { createSequencer } from 'quantlaxmi/market';
 *
 * const spot = createSequencer({ kind: 'contiguous' });
 * spot.delta({ firstSeq: 99, lastSeq: 104, prevSeq: null });
 * // => 'buffered'
 * spot.snapshot(100);
 * // => 'reset'
 * spot.replay(() => {});
 * // => true
 * spot.delta({ firstSeq: 120, lastSeq: 121, prevSeq: null });
 * // => 'gap'
 * ```
 */
export function createSequencer<D extends SequencedDelta>(
  rule: SequenceRule,
  bufferLimit: number = SEQUENCER_BUFFER_LIMIT,
): Sequencer<D> {
  return new FeedSequencer<D>(rule.kind, bufferLimit);
}
