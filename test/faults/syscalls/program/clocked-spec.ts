/** What the recording program is told, as one JSON argument. */
export interface ClockedSpec {
  /** Folder of the session. */
  readonly dir: string;
  /**
   * - `wall`: receive times are those of the wall clock.
   * - `silent`: receive times never step back, and nothing is said of a jump.
   */
  readonly wrong?: 'silent' | 'wall';
}

/** What the deciding program is told. */
export interface DecideSpec {
  readonly session: string;
  readonly run: string;
  /** Replays `run` instead of making it. */
  readonly replay: boolean;
  /** The control: a strategy that asks the wall clock, and changes sides at this ms. */
  readonly turnsAtMs?: number;
}

/** What it tells, as `T <json>`. */
export interface Decided {
  readonly traceHash: string;
  readonly decisions: number;
  /** Against what is recorded, if it was replayed. */
  readonly equal: boolean;
}

export const INST = 'TEST:SPOT:AAABBB';
