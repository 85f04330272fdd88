/** Clocks drift: what was measured longer ago is not known any more. */
const AGE_MAX_US = 86_400_000_000;

/** How far the receive clock may be off, and since when that is known. */
export class ClockError {
  #known: { readonly errorUs: number; readonly rx: number } | null = null;

  /** Null where it was not measured for a day. */
  errorUs(nowUs: number): number | null {
    if (this.#known === null || nowUs - this.#known.rx > AGE_MAX_US) return null;
    return this.#known.errorUs;
  }

  /** A measurement; null for one that cannot be read, after which nothing is known. */
  measured(errorUs: number | null, rx: number): void {
    this.#known = errorUs === null ? null : { errorUs, rx };
  }

  /** The clock went back: the error is at least that, and no newer. */
  stepped(backUs: number, nowUs: number): void {
    const { errorUs, rx } = this.#known ?? { errorUs: 0, rx: nowUs };
    this.#known = { errorUs: Math.max(errorUs, backUs), rx };
  }

  snapshot(): unknown {
    return this.#known;
  }
}
