/** Where a trading process dies in a round. */
export type DeathAt =
  /** The order is durable; its request never left. */
  | 'beforeSend'
  /** The request arrived and is dropped. */
  | 'received'
  /** The order executes; nobody hears of it. */
  | 'executed'
  /** The answer is on its way. */
  | 'answered'
  /** At some moment, from outside. */
  | 'anytime';

/** What goes wrong on purpose, to show that it would be seen. */
export type Wrong = 'sendsBeforeDurable' | 'newIdsOnRestart' | null;

/** What a trading process is started with. */
export interface LifeSpec {
  readonly dir: string;
  readonly port: number;
  /** Counts the processes of one run. */
  readonly life: number;
  readonly wrong: Wrong;
  /** Crossings until it kills itself before one; 0 for never. */
  readonly diesBefore: number;
}

/** A line of a message, and what is behind the last line. */
export function linesOf(take: (line: string) => void): (part: string) => void {
  let rest = '';
  return (part) => {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  };
}
