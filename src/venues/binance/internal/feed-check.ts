/**
 * Checks of one instrument's streams: depth chain, book sync, trade ids. Holds numbers only.
 * @module
 */
import type { BookDeltaBody, BookSnapshotBody, TradeBody } from '../../../events/index.js';
import { createSequencer, type Sequencer } from '../../../market/index.js';
import type { Fact } from './facts.js';

/** Trade ids remembered to tell one that came again from one that came late. */
const RECENT_IDS = 4096;

export class FeedCheck {
  readonly #inst: string;
  readonly #sequencer: Sequencer<BookDeltaBody> = createSequencer({ kind: 'perDelta' });
  /** Highest `u` of the depth stream, whether the book is in sync or not. */
  #lastUpdate = -1;
  /** `u` of the last depth update since the book was lost; -1 when none came. */
  #sinceLoss = -1;
  /** A new connection: the next trade id may be any. */
  #renewed = false;
  /** The book was in sync once and lost it: the next joined snapshot is a resync. */
  #lost = false;
  #lastTrade = -1;
  #recent = new Set<number>();
  #older = new Set<number>();

  constructor(inst: string) {
    this.#inst = inst;
  }

  get synced(): boolean {
    return this.#sequencer.synced;
  }

  /** Depth updates wait for a snapshot. */
  get waiting(): boolean {
    return !this.#sequencer.synced && this.#sequencer.buffered > 0;
  }

  /** Highest `u` of the depth stream; -1 before the first. */
  get lastUpdate(): number {
    return this.#lastUpdate;
  }

  /** Highest trade id; -1 before the first. */
  get lastTrade(): number {
    return this.#lastTrade;
  }

  /**
   * The book may not be read until a snapshot: connection lost, or mantissas of another exponent.
   * Where the streams stood is kept, so that what is missing after it can be named.
   */
  invalidate(): void {
    if (this.#sequencer.synced) this.#lost = true;
    this.#sequencer.invalidate();
    this.#sinceLoss = -1;
  }

  /** The connection was lost: the one after it may bring numbers that count anew. */
  disconnected(): void {
    this.invalidate();
    this.#renewed = true;
  }

  /** Facts about a depth update, to be recorded before it. */
  delta(body: BookDeltaBody): Fact | null {
    const chain = this.#chain(body);
    const afterSeq = this.#lastUpdate;
    const outcome = this.#sequencer.delta(body);
    if (outcome === 'gap') this.#lost = true;
    if (outcome === 'gap' || outcome === 'buffered') this.#sinceLoss = body.lastSeq;
    // What the book takes, and where a stream goes on below the book, is where the stream stands.
    const stands = outcome === 'next' || (outcome === 'gap' && chain === 'late');
    if (stands || body.lastSeq > afterSeq) this.#lastUpdate = body.lastSeq;
    if (chain === 'next' && outcome !== 'gap') return null;
    const { firstSeq, lastSeq, prevSeq } = body;
    const details: Record<string, number> = { afterSeq, firstSeq, lastSeq };
    if (prevSeq !== null) details['prevSeq'] = prevSeq;
    const inst = this.#inst;
    if (chain === 'late' && outcome !== 'gap')
      return { kind: 'malformed', code: 'QL_VENUE_OUT_OF_ORDER', inst, details };
    // A chain without a hole that does not join the snapshot: the snapshot is too old.
    const code = chain !== 'next' ? 'QL_VENUE_SEQUENCE_GAP' : 'QL_VENUE_SNAPSHOT_UNUSABLE';
    if (chain === 'gap') details['missingTo'] = prevSeq ?? firstSeq - 1;
    return { kind: 'gap', code, inst, details };
  }

  /** Facts about a snapshot, to be recorded after it. */
  snapshot(body: BookSnapshotBody): Fact | null {
    const inst = this.#inst;
    const wasLost = this.#lost;
    if (this.#sequencer.snapshot(body.venueSeq) === 'older') return null;
    const details = { venueSeq: body.venueSeq };
    if (!this.#sequencer.replay(() => {})) {
      this.#lost = true;
      return { kind: 'gap', code: 'QL_VENUE_SNAPSHOT_UNUSABLE', inst, details };
    }
    this.#lost = false;
    // The joined stream stands below what came before the loss: its numbers count anew.
    const newest = this.#sinceLoss;
    if (newest >= 0 && newest < this.#lastUpdate) this.#lastUpdate = newest;
    this.#sinceLoss = -1;
    return wasLost ? { kind: 'resync', code: '', inst, details } : null;
  }

  /** Facts about a trade, to be recorded after it. Ids of one instrument count up by one. */
  trade(body: TradeBody): Fact | null {
    const id = body.venueSeq;
    if (id === null) return null;
    const last = this.#lastTrade;
    const details = { lastTradeId: last, tradeId: body.tradeId };
    const inst = this.#inst;
    if (this.#renewed) {
      this.#renewed = false;
      this.#recent.clear();
      this.#older.clear();
      if (id <= last) {
        this.#lastTrade = id;
        this.#remember(id);
        return { kind: 'gap', code: 'QL_VENUE_NUMBERS_RESTARTED', inst, details };
      }
    }
    if (id <= last) {
      const known = this.#recent.has(id) || this.#older.has(id);
      const code = known ? 'QL_VENUE_DUPLICATE_TRADE' : 'QL_VENUE_OUT_OF_ORDER';
      this.#remember(id);
      return { kind: 'malformed', code, inst, details };
    }
    this.#lastTrade = id;
    this.#remember(id);
    if (last < 0 || id === last + 1) return null;
    return { kind: 'gap', code: 'QL_VENUE_TRADE_GAP', inst, details };
  }

  /** Two generations of ids: memory stays bounded, the last 4,096 are always known. */
  #remember(id: number): void {
    if (this.#recent.size >= RECENT_IDS) {
      this.#older = this.#recent;
      this.#recent = new Set();
    }
    this.#recent.add(id);
  }

  /** How a depth update stands to the highest one before it. */
  #chain(body: BookDeltaBody): 'next' | 'gap' | 'late' {
    const last = this.#lastUpdate;
    const { firstSeq, lastSeq, prevSeq } = body;
    if (firstSeq > lastSeq) return 'gap';
    if (last < 0 || prevSeq === last) return 'next';
    if (lastSeq <= last) return 'late';
    // Spot updates may overlap: quantities are absolute, so nothing is missing.
    return prevSeq === null && firstSeq <= last + 1 ? 'next' : 'gap';
  }
}
