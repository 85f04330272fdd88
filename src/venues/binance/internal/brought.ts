/**
 * What one connection of a hand-over is known to have brought, so that the other's is dropped.
 * @module
 */
import type { NumberedType, Run } from './instrument-state.js';

/** What tells a message from all others. */
export type MessageKey =
  | { readonly type: NumberedType; readonly inst: string; readonly seq: number }
  | { readonly type: null; readonly digest: string };

/** Numbers of a stream remembered one by one, at least; older ones are a range. */
const EXACT_MAX = 4096;

/** Numbers of one stream: a range up to the overlap, in it one by one. */
class Numbers {
  #from: number;
  #last: number;
  #recent = new Set<number>();
  #older = new Set<number>();
  #newest = -1;
  #olderNewest = -1;

  constructor({ from, last }: Run) {
    this.#from = from;
    this.#last = last;
  }

  add(seq: number): void {
    // A connection brings rising numbers: where it is below the range, that ends too high.
    if (seq <= this.#last) this.#last = seq - 1;
    if (this.#recent.size >= EXACT_MAX) this.#turn();
    this.#recent.add(seq);
    this.#newest = seq;
  }

  has(seq: number): boolean {
    if (this.#recent.has(seq) || this.#older.has(seq)) return true;
    return this.#from >= 0 && seq >= this.#from && seq <= this.#last;
  }

  /** Two generations: memory stays bounded, the older one becomes part of the range. */
  #turn(): void {
    const [first] = this.#older;
    if (first !== undefined) {
      if (this.#from < 0) this.#from = first;
      this.#last = this.#olderNewest;
    }
    this.#older = this.#recent;
    this.#olderNewest = this.#newest;
    this.#recent = new Set();
  }
}

export class Brought {
  /** By instrument and type; those of the range are made when they are asked for. */
  readonly #numbers = new Map<string, Numbers>();
  /** Messages without a number, with counts. */
  readonly #digests = new Map<string, number>();
  readonly #ranges: ReadonlyMap<string, Run>;

  constructor(ranges: ReadonlyMap<string, Run>) {
    this.#ranges = ranges;
  }

  /** Messages without a number that are remembered. */
  get digests(): number {
    return this.#digests.size;
  }

  add(key: MessageKey): void {
    if (key.type === null) {
      this.#digests.set(key.digest, (this.#digests.get(key.digest) ?? 0) + 1);
    } else this.#of(key.type, key.inst).add(key.seq);
  }

  /** True for a message that was brought; one without a number counts once for each time. */
  take(key: MessageKey): boolean {
    if (key.type !== null) return this.#of(key.type, key.inst).has(key.seq);
    const count = this.#digests.get(key.digest);
    if (count === undefined) return false;
    if (count === 1) this.#digests.delete(key.digest);
    else this.#digests.set(key.digest, count - 1);
    return true;
  }

  #of(type: NumberedType, inst: string): Numbers {
    const name = `${type} ${inst}`;
    let numbers = this.#numbers.get(name);
    if (numbers === undefined) {
      numbers = new Numbers(this.#ranges.get(name) ?? { from: -1, last: -1 });
      this.#numbers.set(name, numbers);
    }
    return numbers;
  }
}
