import type { Event, EventInput, RegimeBody } from '../../events/index.js';
import type { PriceView } from '../../execution/index.js';
import { isQuantlaxmiError } from '../../core/index.js';
import type { Mark } from '../../risk/index.js';
import { Ranges } from './ranges.js';

/** Feature that tells order flow toxicity, and its value, parts per million. */
const TOXICITY = 'toxicity';

/**
 * A venue's mark price is told once a second or every three: one older than the prices that trade
 * by more than this has stopped, and no longer says what a position is worth. µs.
 */
const MARK_LAG_US = 10_000_000;

/** Middle of two mantissas, rounded half even. */
function middle(bid: number, ask: number): number {
  const low = Math.floor((bid + ask) / 2);
  if ((bid + ask) % 2 === 0) return low;
  return low % 2 === 0 ? low : low + 1;
}

/** Prices to value at, prints, ranges, and what other engines tell of an instrument. */
export class Marks {
  readonly ranges = new Ranges();
  readonly #prices: PriceView;
  readonly #venueMarks = new Map<string, Mark>();
  readonly #trades = new Map<string, Mark>();
  readonly #toxicity = new Map<string, number | null>();
  readonly #regimes = new Map<string, RegimeBody>();

  constructor(prices: PriceView) {
    this.#prices = prices;
  }

  /** The instrument whose mark the event may have moved, or null. */
  onEvent(event: Event | EventInput): string | null {
    switch (event.t) {
      case 'Funding': {
        const { inst, mark: price } = event.body;
        return this.#told(this.#venueMarks, inst, { price, rx: event.rx, source: 'mark' });
      }
      case 'Trade': {
        const { inst, price } = event.body;
        return this.#told(this.#trades, inst, { price, rx: event.rx, source: 'last' });
      }
      case 'Feature':
        this.#feature(event.body);
        return null;
      case 'Regime':
        this.#regimes.set(event.body.inst, event.body);
        return null;
      case 'Quote':
      case 'BookDelta':
      case 'BookSnapshot':
        this.#quoted(event.body.inst, event.rx);
        return event.body.inst;
      default:
        return null;
    }
  }

  /** Drops prices that are counted in units no longer valid. */
  forget(inst: string): void {
    this.#venueMarks.delete(inst);
    this.#trades.delete(inst);
    this.ranges.forget(inst);
  }

  /**
   * The venue's mark price; without one, or once what trades is newer by more than ten seconds, the
   * middle of the touch, or without two sides the last print.
   */
  mark(inst: string): Mark | null {
    const told = this.#venueMarks.get(inst);
    const traded = this.#mid(inst) ?? this.#trades.get(inst);
    if (told === undefined) return traded ?? null;
    return traded !== undefined && traded.rx - told.rx > MARK_LAG_US ? traded : told;
  }

  lastTrade(inst: string): Mark | null {
    return this.#trades.get(inst) ?? null;
  }

  toxicityPpm(inst: string): number | null {
    return this.#toxicity.get(inst) ?? null;
  }

  regime(inst: string): RegimeBody | null {
    return this.#regimes.get(inst) ?? null;
  }

  snapshot(): unknown {
    const sorted = <V>(map: ReadonlyMap<string, V>): unknown =>
      [...map].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      marks: sorted(this.#venueMarks),
      ranges: this.ranges.snapshot(),
      regimes: sorted(this.#regimes),
      toxicity: sorted(this.#toxicity),
      trades: sorted(this.#trades),
    };
  }

  #told(prices: Map<string, Mark>, inst: string, told: Mark): string {
    prices.set(inst, told);
    if (this.ranges.idle) return inst;
    // With two sides quoted, prints only jump between them.
    if (told.source === 'mark' || this.#mid(inst) === null) {
      this.ranges.add(inst, told.price, told.rx);
    }
    return inst;
  }

  /** Only what the event itself brought: an old price told again would look like a calm market. */
  #quoted(inst: string, rx: number): void {
    if (this.ranges.idle) return;
    const mid = this.#mid(inst);
    if (mid?.rx === rx) this.ranges.add(inst, mid.price, rx);
  }

  #mid(inst: string): Mark | null {
    const touch = this.#touch(inst);
    if (touch === null || touch.bid === null || touch.ask === null) return null;
    return { price: middle(touch.bid, touch.ask), rx: touch.rx, source: 'mid' };
  }

  #touch(inst: string): ReturnType<PriceView['touch']> {
    try {
      return this.#prices.touch(inst);
    } catch (error) {
      if (isQuantlaxmiError(error)) return null;
      throw error;
    }
  }

  #feature({ id, inst, values }: Extract<EventInput, { t: 'Feature' }>['body']): void {
    if (id !== TOXICITY) return;
    const ppm = values['ppm'];
    // What cannot be read is unknown, not the value before.
    this.#toxicity.set(inst, typeof ppm === 'number' && Number.isSafeInteger(ppm) ? ppm : null);
  }
}
