/**
 * Asks for depth snapshots: for each book that needs one, soon but never too often.
 *
 * The procedure is the venue's, "How to manage a local order book correctly": changes are buffered,
 * then a snapshot is asked for, then the changes that follow it are applied. Whether a book is
 * usable is the capture's word, so that the feed and every reader of the log agree on it.
 * @module
 */

/** What the capture says about books. */
export interface BookStates {
  /** True when a reader of the log has a usable book of the symbol. */
  synced(symbol: string): boolean;
  /** Symbols whose book needs a snapshot, and for which a depth update waits. */
  unsynced(): readonly string[];
}

/** How snapshots are asked for. */
export interface BookSyncOptions {
  /** Most snapshots under way at once. */
  readonly underWayMax: number;
  /** Weight of one snapshot. */
  readonly weight: number;
  /** Most weight of snapshots in any minute. */
  readonly weightPerMinute: number;
  /** Wait after the first snapshot that did not help, µs; doubled with each further one. */
  readonly waitUs: number;
  /** Longest wait, µs. */
  readonly waitMaxUs: number;
  /** A book in sync for this long starts the waits from the beginning, µs. */
  readonly steadyUs: number;
  /** Without any change for this long a snapshot is asked for all the same, µs. */
  readonly firstChangeUs: number;
}

/**
 * @param weight - weight of one snapshot
 * @param weightPerMinute - weight the venue allows for all requests; snapshots take half at most
 */
export function bookSyncOptions(weight: number, weightPerMinute: number): BookSyncOptions {
  return {
    underWayMax: 4,
    weight,
    weightPerMinute: weightPerMinute >> 1,
    waitUs: 500_000,
    waitMaxUs: 30_000_000,
    steadyUs: 60_000_000,
    firstChangeUs: 5_000_000,
  };
}

interface BookState {
  readonly symbol: string;
  synced: boolean;
  /** When it became so, µs. */
  syncedAt: number;
  /** When the snapshot under way was asked for; null when none is. */
  askedAt: number | null;
  /** Snapshots that did not help since the book was last steady. */
  attempts: number;
  /** Not asked for before this time, µs. */
  notBefore: number;
  /** The snapshot under way was asked for on a connection that is gone: it will not help. */
  outdated: boolean;
  /** When the stream was acknowledged, µs; null while it does not flow. */
  flowsSince: number | null;
}

/** An answer that did not come in this time never will: the feed's own timeout is far below. */
const LOST_US = 180_000_000;
const MINUTE_US = 60_000_000;

export class BookSync {
  readonly #options: BookSyncOptions;
  readonly #states: BookStates;
  readonly #books = new Map<string, BookState>();
  /** Books that are not usable, in the order in which they became so. */
  readonly #waiting = new Set<BookState>();
  /** When snapshots of the last minute were asked for. */
  readonly #spent: number[] = [];
  #underWay = 0;

  constructor(states: BookStates, options: BookSyncOptions) {
    this.#states = states;
    this.#options = options;
  }

  /** Keeps this book in sync from now on. */
  want(symbol: string): void {
    if (this.#books.has(symbol)) return;
    const synced = this.#states.synced(symbol);
    const book: BookState = {
      symbol,
      synced,
      syncedAt: 0,
      askedAt: null,
      attempts: 0,
      notBefore: 0,
      outdated: false,
      flowsSince: null,
    };
    this.#books.set(symbol, book);
    if (!synced) this.#waiting.add(book);
  }

  drop(symbol: string): void {
    const book = this.#books.get(symbol);
    if (book === undefined) return;
    this.#settle(book);
    this.#books.delete(symbol);
    this.#waiting.delete(book);
  }

  /** True when every book wanted is usable. */
  get allComplete(): boolean {
    return this.#waiting.size === 0;
  }

  /** True for a book that is to be usable and is; also for one that nobody wants. */
  complete(symbol: string): boolean {
    return this.#books.get(symbol)?.synced ?? true;
  }

  /** The venue acknowledged the stream: what is asked from here on is not older than the stream. */
  flows(symbol: string, now: number): void {
    const book = this.#books.get(symbol);
    if (book !== undefined && book.flowsSince === null) book.flowsSince = now;
  }

  /** The connection that brings the stream is gone. */
  stopped(symbol: string): void {
    const book = this.#books.get(symbol);
    if (book === undefined) return;
    book.flowsSince = null;
    book.outdated = book.askedAt !== null;
  }

  /** Looks at what the capture made of the last record. True while the book waits. */
  observe(symbol: string, now: number): boolean {
    const book = this.#books.get(symbol);
    if (book === undefined) return false;
    const synced = this.#states.synced(symbol);
    if (synced !== book.synced) {
      book.synced = synced;
      if (synced) {
        this.#waiting.delete(book);
        book.syncedAt = now;
      } else {
        this.#waiting.add(book);
        this.#broken(book, now);
      }
    }
    return !synced && book.askedAt === null;
  }

  /** The answer came, whatever it was, and the capture took it; or there will be none. */
  answered(symbol: string, now: number): void {
    const book = this.#books.get(symbol);
    if (book === undefined || book.askedAt === null) return;
    this.#settle(book);
    this.observe(symbol, now);
    if (!book.synced && !book.outdated) this.#later(book, now);
    book.outdated = false;
  }

  /** Symbols whose snapshot is to be asked for now; each counts as asked for. O(books waiting). */
  due(now: number): string[] {
    if (this.#waiting.size === 0) return [];
    this.#giveUp(now);
    if (this.#underWay >= this.#options.underWayMax || !this.#affordable(now)) return [];
    const changed = new Set(this.#states.unsynced());
    const ready = [...this.#waiting].filter((book) => this.#isReady(book, changed, now));
    // Those that were not tried yet come first; the sort keeps the order of waiting among equals.
    ready.sort((a, b) => a.attempts - b.attempts);
    const symbols: string[] = [];
    for (const book of ready) {
      if (this.#underWay >= this.#options.underWayMax || !this.#affordable(now)) break;
      book.askedAt = now;
      this.#underWay += 1;
      this.#spent.push(now);
      symbols.push(book.symbol);
    }
    return symbols;
  }

  #isReady(book: BookState, changed: ReadonlySet<string>, now: number): boolean {
    if (book.askedAt !== null || now < book.notBefore) return false;
    if (changed.has(book.symbol)) return true;
    const { flowsSince } = book;
    return flowsSince !== null && now - flowsSince >= this.#options.firstChangeUs;
  }

  #giveUp(now: number): void {
    if (this.#underWay === 0) return;
    for (const book of this.#waiting) {
      if (book.askedAt === null || now - book.askedAt < LOST_US) continue;
      this.#settle(book);
      this.#later(book, now);
    }
  }

  #settle(book: BookState): void {
    if (book.askedAt === null) return;
    book.askedAt = null;
    this.#underWay -= 1;
  }

  /** A book became unusable: asked for at once if it was steady, else after a wait. */
  #broken(book: BookState, now: number): void {
    if (now - book.syncedAt < this.#options.steadyUs) {
      this.#later(book, now);
      return;
    }
    book.attempts = 0;
    book.notBefore = now;
  }

  #later(book: BookState, now: number): void {
    const { waitUs, waitMaxUs } = this.#options;
    let wait = waitUs;
    for (let n = 0; n < book.attempts && wait < waitMaxUs; n++) wait *= 2;
    book.attempts += 1;
    book.notBefore = now + Math.min(wait, waitMaxUs);
  }

  #affordable(now: number): boolean {
    const { weight, weightPerMinute } = this.#options;
    const spent = this.#spent;
    while (spent.length > 0 && now - (spent[0] as number) >= MINUTE_US) spent.shift();
    return (spent.length + 1) * weight <= weightPerMinute;
  }
}
