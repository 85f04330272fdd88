import type { Event, EventInput, RegimeBody } from '../../events/index.js';
import type { PriceView } from '../../execution/index.js';
import { isQuantlaxmiError } from '../../core/index.js';
import type { Mark } from '../../risk/index.js';
import { Ranges } from './ranges.js';

/** Feature that tells order flow toxicity, and its value, parts per million. */
const TOXICITY = 'toxicity';

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
      case 'Funding':
        this.#venueMarks.set(event.body.inst, {
          price: event.body.mark,
          rx: event.rx,
          source: 'mark',
        });
        break;
      case 'Trade':
        this.#trades.set(event.body.inst, {
          price: event.body.price,
          rx: event.rx,
          source: 'last',
        });
        break;
      case 'Feature':
        this.#feature(event.body);
        return null;
      case 'Regime':
        this.#regimes.set(event.body.inst, event.body);
        return null;
      case 'Quote':
      case 'BookDelta':
      case 'BookSnapshot':
        break;
      default:
        return null;
    }
    const { inst } = event.body;
    if (this.ranges.idle) return inst;
    const mark = this.mark(inst);
    if (mark !== null) this.ranges.add(inst, mark.price, event.rx);
    return inst;
  }

  /** Drops prices that are counted in units no longer valid. */
  forget(inst: string): void {
    this.#venueMarks.delete(inst);
    this.#trades.delete(inst);
    this.ranges.forget(inst);
  }

  /** The venue's mark price; without one the middle of the touch, else the last print. */
  mark(inst: string): Mark | null {
    const told = this.#venueMarks.get(inst);
    if (told !== undefined) return told;
    const touch = this.#touch(inst);
    if (touch !== null && touch.bid !== null && touch.ask !== null) {
      return { price: middle(touch.bid, touch.ask), rx: touch.rx, source: 'mid' };
    }
    return this.#trades.get(inst) ?? null;
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
