/** What the writer program is told, as one JSON argument. */
export interface WriterSpec {
  readonly dir: string;
  /** Flushes to do; 0 until it is killed. */
  readonly flushes: number;
  /** Events per segment. */
  readonly rotateEvents: number;
  readonly lockKind?: 'flock' | 'file';
  /** Wait for a line on standard input before opening. */
  readonly waitToOpen?: boolean;
  /** After the flushes, keep the log open until standard input ends. */
  readonly hold?: boolean;
  /** A writer made wrong on purpose, for the controls. */
  readonly wrong?: WrongWriter;
}

/**
 * - `early`: acknowledges bytes that it writes later.
 * - `retry`: calls a failed create, write or sync again, and takes the second answer.
 * - `inPlace`: recovers by writing over the last segment where it stands.
 * - `noFolderSync`: leaves out the sync of the folder.
 * - `noSync`: leaves out the sync of the data.
 * - `short`: takes the count of a short write for all.
 * - `noLock`: opens without taking the lock.
 */
export type WrongWriter =
  | 'early'
  | 'retry'
  | 'inPlace'
  | 'noFolderSync'
  | 'noLock'
  | 'noSync'
  | 'short';
