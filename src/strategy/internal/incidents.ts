/** Most of one kind that are kept: a threshold above it is reached at it. */
const KEPT = 4096;

/** Times of denied intents and rejected orders, for triggers that count them inside a window. */
export class Incidents {
  readonly #denials: number[] = [];
  readonly #rejects: number[] = [];

  denied(nowUs: number): void {
    add(this.#denials, nowUs);
  }

  rejected(nowUs: number): void {
    add(this.#rejects, nowUs);
  }

  /** Denied intents later than `sinceUs`. */
  denials(sinceUs: number): number {
    return later(this.#denials, sinceUs);
  }

  /** Orders that the venue rejected later than `sinceUs`. */
  rejects(sinceUs: number): number {
    return later(this.#rejects, sinceUs);
  }

  snapshot(): unknown {
    return { denials: this.#denials, rejects: this.#rejects };
  }
}

function add(times: number[], nowUs: number): void {
  times.push(nowUs);
  if (times.length > 2 * KEPT) times.splice(0, KEPT);
}

function later(times: readonly number[], sinceUs: number): number {
  let from = 0;
  let to = times.length;
  while (from < to) {
    const at = (from + to) >>> 1;
    if ((times[at] as number) > sinceUs) to = at;
    else from = at + 1;
  }
  return times.length - from;
}
