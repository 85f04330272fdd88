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
