/** Who is called when a timer fires. Among equal due times: venue, engine, strategy. */
export type TimerOwner = 'venue' | 'engine' | 'strategy';

const RANK: Readonly<Record<TimerOwner, number>> = { venue: 0, engine: 1, strategy: 2 };

export interface PendingTimer {
  readonly dueUs: number;
  readonly owner: TimerOwner;
  readonly id: string;
  /** Order of scheduling; the last tie-break, so that the order is total. */
  readonly n: number;
}

function before(a: PendingTimer, b: PendingTimer): boolean {
  if (a.dueUs !== b.dueUs) return a.dueUs < b.dueUs;
  if (a.owner !== b.owner) return RANK[a.owner] < RANK[b.owner];
  return a.n < b.n;
}

/** Binary heap of timers, next due on top. */
export class TimerHeap {
  readonly #items: PendingTimer[] = [];
  #count = 0;

  get size(): number {
    return this.#items.length;
  }

  peek(): PendingTimer | undefined {
    return this.#items[0];
  }

  push(timer: Omit<PendingTimer, 'n'>): void {
    this.#count += 1;
    const items = this.#items;
    let at = items.length;
    const item: PendingTimer = { ...timer, n: this.#count };
    while (at > 0) {
      const up = (at - 1) >>> 1;
      const parent = items[up] as PendingTimer;
      if (!before(item, parent)) break;
      items[at] = parent;
      at = up;
    }
    items[at] = item;
  }

  /** Takes one timer out that fired: the first due with this id and time, if there is one. */
  drop(id: string, dueUs: number): void {
    const top = this.#items[0];
    if (top?.id === id && top.dueUs === dueUs) {
      this.pop();
      return;
    }
    const fits = this.#items.filter((timer) => timer.id === id && timer.dueUs === dueUs);
    const fired = fits.reduce<PendingTimer | null>(
      (first, timer) => (first === null || before(timer, first) ? timer : first),
      null,
    );
    if (fired === null) return;
    const rest = this.#items
      .filter((timer) => timer !== fired)
      .sort((a, b) => (before(a, b) ? -1 : 1));
    // A sorted list is a heap.
    this.#items.splice(0, this.#items.length, ...rest);
  }

  pop(): PendingTimer | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let down = at * 2 + 1;
      if (down >= items.length) break;
      const right = items[down + 1];
      if (right !== undefined && before(right, items[down] as PendingTimer)) down += 1;
      const child = items[down] as PendingTimer;
      if (!before(child, last)) break;
      items[at] = child;
      at = down;
    }
    items[at] = last;
    return top;
  }
}
