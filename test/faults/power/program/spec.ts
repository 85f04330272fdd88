/** What the writer program is told, as one JSON argument. */
import type { WalPolicy } from '../../../../src/wal/index.js';

export interface WriterSpec {
  readonly dir: string;
  readonly policy: WalPolicy;
  /** Bytes per segment. */
  readonly rotateBytes: number;
  /** Flushes to do, then close; 0 until it is killed or fails. */
  readonly flushes: number;
  /** Ask for `durable()` after this many flushes; 0 never. */
  readonly durableEvery?: number;
  /** Batches that go into one flush. Default 1. */
  readonly batches?: number;
  readonly ballastBytes?: number;
  readonly allowUnsafeFs?: boolean;
  /** A log made wrong on purpose, for the controls. */
  readonly wrong?: WrongLog;
}

/**
 * - `noSync`: no sync reaches the disk.
 * - `noFolderSync`: the sync of the folder is left out.
 * - `fullIsFine`: takes what a full disk refused for written.
 * - `inPlace`: recovery changes the last segment where it lies, where it reads differently.
 * - `sealedAlone`: recovery leaves a last segment alone that reads as sealed.
 * - `earlyFooter`: a footer is written before what stands before it is synced.
 */
export type WrongLog =
  | 'noSync'
  | 'noFolderSync'
  | 'fullIsFine'
  | 'inPlace'
  | 'sealedAlone'
  | 'earlyFooter';
