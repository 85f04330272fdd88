/**
 * What a writer of a log takes and gives.
 * @module
 */
import type { Clock, HasherFactory, QuantlaxmiError } from '../core/index.js';
import type { EventInput } from '../events/index.js';
import type { WalFooter } from './format.js';
import type { RecoveredInfo, RecoveryCheck } from './recover.js';

/**
 * When a flush makes its bytes durable.
 * - `always`: every flush. The only policy for live trading and for promotion evidence.
 * - `interval`: at the first flush after `ms` milliseconds or `bytes` bytes since the last sync.
 * - `os`: at rotation and close only.
 *
 * `durable(seq)` syncs under every policy.
 */
export type WalPolicy =
  | { readonly kind: 'always' }
  | { readonly kind: 'interval'; readonly ms: number; readonly bytes: number }
  | { readonly kind: 'os' };

/** When to start a new segment. The limits are checked before a batch is written. */
export interface WalRotation {
  /** Segment size, bytes; at most 64 MiB. A larger single batch gets a segment of its own. */
  readonly bytes: number;
  /** Events per segment. */
  readonly events: number;
  /** Also when the UTC day of `rx` changes. Default false. */
  readonly utcDay?: boolean;
}

/**
 * A timer, given by whoever has one: `systemAlarm()` in `quantlaxmi/node`.
 *
 * @param delayUs - microseconds from now
 * @param ring - called once, about then, unless called off
 * @returns calls it off
 */
export type WalAlarm = (delayUs: number, ring: () => void) => () => void;

/** When a flush that does not return is a stall. */
export interface WalStallOptions {
  /** A flush running this long is told of by `stall`, µs. Default `WAL_LIMITS.stallWarnUs`. */
  readonly warnUs?: number;
  /**
   * A flush running this long ends the writer: every waiter is rejected, though the disk has not
   * answered. Microseconds, at most a day. Default `WAL_LIMITS.stallHaltUs`.
   */
  readonly haltUs?: number;
  /**
   * Measures the time. Without it the age of a flush is judged by the clock, and only when
   * something is appended.
   */
  readonly alarm?: WalAlarm;
}

/** Options of `openWalWriter`. */
export interface WalWriterOptions {
  /**
   * 32 lower-case hex digits that name this log, random per log. Needed for a new log; for an
   * existing one it must be the same, or be left out to take the log's own.
   */
  readonly walId?: string;
  readonly clock: Clock;
  readonly hasher: HasherFactory;
  readonly policy: WalPolicy;
  readonly rotate: WalRotation;
  /** Schema versions to state in headers. Default: those of this release. */
  readonly schemas?: Readonly<Record<string, number>>;
  /** A `seq` that a manifest, a decision log or an order journal proves to have been durable. */
  readonly expectAtLeastSeq?: number | { readonly seq: number; readonly source: string };
  /** `strict` reads all sealed segments at open; `fast` their ends. Default `strict`. */
  readonly check?: RecoveryCheck;
  /** When a disk that does not answer ends the writer. */
  readonly stall?: WalStallOptions;
  /**
   * Space held in reserve for ending in order on a full disk, bytes: a file `BALLAST`, written and
   * synced at open, given up when the disk is full and before the footer. One segment, that is
   * `rotate.bytes`, is the most that a recovery has to write. Default 0: none is held.
   */
  readonly ballastBytes?: number;
}

/** A closed segment: its footer and where it is. */
export interface FooterInfo extends WalFooter {
  readonly name: string;
  readonly seg: number;
}

/** Events a writer tells of, with what each carries. */
export interface WalWriterEvents {
  /** Everything up to this `seq` is durable. */
  durable: (seq: number) => void;
  /** A segment was sealed and the next one is live. */
  rotate: (footer: FooterInfo) => void;
  /** A flush has been running for at least this long, microseconds. Told once per flush. */
  stall: (ageUs: number) => void;
  /** Less than two segments of space are free. */
  lowSpace: (freeBytes: number) => void;
  /** The writer failed for good. */
  poison: (error: QuantlaxmiError) => void;
}

/** The one writer of a log. */
export interface WalWriter {
  readonly walId: string;
  /** +1 at every open. */
  readonly epoch: number;
  /** What opening had to do; null when the log was new or closed in order. */
  readonly recovered: RecoveredInfo | null;
  /** Last `seq` given out. */
  readonly appendedSeq: number;
  /** Last `seq` known durable. */
  readonly durableSeq: number;
  readonly state: 'open' | 'poisoned' | 'closed';
  /**
   * Numbers and encodes one event; it is in memory only until a flush. Later changes to the object
   * have no effect.
   *
   * @returns its `seq`
   * @throws QuantlaxmiError QL_EVENT_ENCODE, WAL_LINE_TOO_LONG, WAL_RX_ORDER, WAL_BACKPRESSURE
   * (await `ready()`), WAL_POISONED, WAL_CLOSED; nothing is appended then
   */
  append(event: EventInput): number;
  /**
   * Appends events that belong together: after a crash all of them are there, or none.
   *
   * @throws QuantlaxmiError as `append`; WAL_BATCH_TOO_LARGE; nothing is appended then
   */
  appendBatch(events: readonly EventInput[]): { readonly first: number; readonly last: number };
  /**
   * Commits everything appended so far. One flush is in flight at a time; what is appended
   * meanwhile goes with the next. Under `always` the result covers all of it.
   *
   * @returns `durableSeq`
   * @throws QuantlaxmiError WAL_POISONED
   */
  flush(): Promise<number>;
  /**
   * Resolves when `seq` is durable, flushing and syncing if need be.
   *
   * @throws QuantlaxmiError WAL_POISONED; WAL_OPTIONS when `seq` was never given out
   */
  durable(seq: number): Promise<void>;
  /** Resolves when `append` has room again, flushing if need be. */
  ready(): Promise<void>;
  /**
   * Flushes, seals the last segment and releases the lock. On a poisoned writer it releases what
   * is held and rejects with WAL_POISONED. After a stall it rejects at once, and file and lock go
   * when the disk's last call comes back.
   */
  close(): Promise<FooterInfo>;
  /** Listens; returns how to stop. A listener that throws can not disturb the log. */
  on<K extends keyof WalWriterEvents>(name: K, listener: WalWriterEvents[K]): () => void;
}
