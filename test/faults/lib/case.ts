/** What a row of the fault matrix is: a fault, how it is made, and what must hold afterwards. */

/** `slice` is the part that every test run does; `full` is what the matrix claims. */
export type Scale = 'slice' | 'full';

/** Something a case needs from the machine; see `needs.ts` for how each is found or installed. */
export type Need =
  | 'btrfs'
  | 'faketime'
  | 'fiu'
  | 'flock'
  | 'fuse'
  | 'gcc'
  | 'linux'
  | 'loop'
  | 'root'
  | 'shutdown'
  | 'strace'
  | 'stress'
  | 'tmpfs'
  | 'xfs';

export interface FaultContext {
  readonly scale: Scale;
  /** An empty folder of the case's own on a disk; removed afterwards. */
  readonly scratch: string;
  /** Every random choice comes from it; printed with each failure. */
  readonly seed: number;
  /** Progress for people, one line. */
  readonly say: (line: string) => void;
}

/** A harness that can not fail proves nothing: a deliberately wrong log that must be caught. */
export interface Control {
  readonly name: string;
  readonly caught: boolean;
  /** What was seen, with figures. */
  readonly detail: string;
}

export interface FaultOutcome {
  /** Faults really injected: kills, failed calls, cut points, changed bytes. Never 0. */
  readonly injected: number;
  /** Records acknowledged as durable over all rounds; 0 where the case acknowledges none. */
  readonly acknowledged: number;
  /** Acknowledged records that were not there afterwards. */
  readonly lost: number;
  /** Damage that nothing noticed, or that was given out as data. */
  readonly undetected: number;
  /** Found, but as the wrong class: torn for corrupt, corrupt for unreadable, and so on. */
  readonly misclassified: number;
  /** How often each error code, or each expected ending, was seen. */
  readonly codes: Readonly<Record<string, number>>;
  readonly controls: readonly Control[];
  /** What else was measured, in words and figures, for the table. */
  readonly figures: string;
  /** First few failures in full: seed, place, expected, found. Empty when all holds. */
  readonly failures: readonly string[];
}

export interface FaultCase {
  /** Row of the matrix: `F01` to `F36`, `F06b`. */
  readonly id: string;
  readonly title: string;
  /** How the fault is made, in a few words. */
  readonly method: string;
  /** What must hold. */
  readonly expected: string;
  readonly needs: readonly Need[];
  /** Least `injected` for the full scale to count. */
  readonly injectedMin: number;
  /** False when even a slice takes too long for every test run; the matrix then says so. */
  readonly slice: boolean;
  readonly run: (context: FaultContext) => Promise<FaultOutcome>;
}
