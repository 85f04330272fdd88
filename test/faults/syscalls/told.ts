/** What a run of the writer program said. */

/** A failure as the program met it; `posix`, `errno` and `syscall` are those of its cause. */
export interface ToldError {
  readonly phase: 'open' | 'flush' | 'close';
  readonly code?: string;
  readonly message: string;
  readonly posix?: string;
  readonly errno?: number;
  readonly syscall?: string;
}

export interface Told {
  /** `durableSeq` at open; null when it did not get so far. */
  readonly opened: number | null;
  /** Last `seq` acknowledged as durable, those found at open included. */
  readonly acknowledged: number;
  readonly flushes: number;
  readonly closed: boolean;
  readonly error: ToldError | null;
  /** Answers of the failed writer, by call. */
  readonly refusals: Readonly<Record<string, string>> | null;
  readonly uncaught: readonly string[];
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
}

/** Reads the program's lines; a last one without its end, cut by a kill, was not said. */
export function parseTold(text: string, signal: NodeJS.Signals | null): Told {
  const lines = text.split('\n').slice(0, -1);
  const of = (letter: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${letter} `)).map((line) => line.slice(2));
  const opened = of('O').at(-1);
  const acked = of('A');
  const error = of('E').at(-1);
  const refusals = of('P').at(-1);
  return {
    opened: opened === undefined ? null : Number(opened),
    acknowledged: Number(acked.at(-1) ?? opened ?? 0),
    flushes: acked.length,
    closed: lines.includes('C'),
    error: error === undefined ? null : (JSON.parse(error) as ToldError),
    refusals: refusals === undefined ? null : (JSON.parse(refusals) as Record<string, string>),
    uncaught: of('U'),
    signal,
    lines,
  };
}
