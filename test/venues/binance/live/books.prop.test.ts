import fc from 'fast-check';
import type { BinanceMarket } from 'quantlaxmi/venues/binance';
import type { FeedCommand } from 'quantlaxmi/venues/feed';
import { describe, expect, test } from 'vitest';
import { bookOfLog, sorted, VenueBook } from './book-model.js';
import { Driver, requestsOf } from './driver.js';

const SYMBOLS = ['AAA', 'BBB', 'CCC'] as const;
const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

/** What the world does in one step. */
type Step =
  | { t: 'change'; symbol: number; price: number; qty: number; ids: number; lost: boolean }
  | { t: 'repeat'; symbol: number }
  | { t: 'swap'; symbol: number }
  | { t: 'answer'; which: number; age: number; status: number }
  | { t: 'silence'; which: number }
  | { t: 'disconnect' }
  | { t: 'wait'; us: number };

const symbol = fc.nat(SYMBOLS.length - 1);
const change = {
  symbol,
  price: fc.integer({ min: 1, max: 5 }),
  qty: fc.integer({ min: 0, max: 3 }),
  ids: fc.integer({ min: 1, max: 4 }),
};
const which = fc.nat(5);

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ t: fc.constant('change'), lost: fc.constant(false), ...change }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ t: fc.constant('change'), lost: fc.constant(true), ...change }),
    },
    { weight: 1, arbitrary: fc.record({ t: fc.constant('repeat'), symbol }) },
    { weight: 1, arbitrary: fc.record({ t: fc.constant('swap'), symbol }) },
    {
      weight: 3,
      arbitrary: fc.record({
        t: fc.constant('answer'),
        which,
        age: fc.nat(6),
        status: fc.constantFrom(200, 200, 200, 503),
      }),
    },
    { weight: 1, arbitrary: fc.record({ t: fc.constant('silence'), which }) },
    { weight: 1, arbitrary: fc.record({ t: fc.constant('disconnect') }) },
    {
      weight: 4,
      arbitrary: fc.record({
        t: fc.constant('wait'),
        us: fc.constantFrom(1000, SECOND, 20 * SECOND),
      }),
    },
  ) as fc.Arbitrary<Step>,
  { maxLength: 120 },
);

/** A feed of three books, the venue behind it, and everything that was asked of it. */
class World {
  readonly driver: Driver;
  readonly books: readonly VenueBook[];
  /** Snapshots asked for and not answered, by symbol. */
  readonly open: { readonly name: string; readonly at: number }[] = [];
  readonly asked: { readonly at: number; readonly weight: number }[] = [];
  /** Books that were usable and to which nothing happened since. */
  readonly steady = new Set<string>();
  #conn = 0;

  constructor(market: BinanceMarket) {
    this.driver = new Driver({ market, symbols: SYMBOLS, streams: ['depth@100ms'] });
    this.books = SYMBOLS.map((one) => new VenueBook(one, market !== 'spot'));
    [this.#conn = 0] = this.driver.start();
  }

  take(commands: readonly FeedCommand[]): void {
    for (const request of requestsOf(commands)) {
      if (!request.key.startsWith('depth:')) continue;
      const name = request.key.slice(6);
      expect(this.open.map((one) => one.name)).not.toContain(name);
      this.open.push({ name, at: this.driver.now });
      this.asked.push({ at: this.driver.now, weight: request.weight });
    }
    this.check();
  }

  /** What must hold after every step. */
  check(): void {
    const { capture } = this.driver.protocol;
    for (const name of SYMBOLS) {
      if (capture.synced(name)) this.steady.add(name);
      else expect(this.steady.has(name), `${name} was disturbed`).toBe(false);
    }
    const whole = SYMBOLS.every((name) => capture.synced(name));
    expect(this.driver.protocol.synced('0')).toBe(whole);
  }

  deliver(text: string): void {
    this.take(this.driver.frame(this.#conn, text));
  }

  step(step: Step): void {
    this.driver.now += 1;
    const book = 'symbol' in step ? (this.books[step.symbol] as VenueBook) : null;
    if (step.t === 'change' && book !== null) {
      const text = book.change(step.price, step.qty, step.ids);
      if (step.lost) this.steady.delete(book.symbol);
      else this.deliver(text);
    } else if (step.t === 'repeat' && book !== null) {
      const text = book.change(1, 1, 1);
      this.deliver(text);
      this.deliver(text);
    } else if (step.t === 'swap' && book !== null) {
      const [one, two] = [book.change(1, 2, 1), book.change(2, 1, 1)];
      this.steady.delete(book.symbol);
      this.deliver(two);
      this.deliver(one);
    } else if (step.t === 'answer') this.answer(step.which, step.age, step.status);
    else if (step.t === 'silence') {
      const [gone] = this.open.splice(step.which, 1);
      if (gone === undefined) return;
      const details = { key: `depth:${gone.name}`, reason: 'timeout' };
      this.take(this.driver.fact({ kind: 'malformed', code: 'QL_FEED_REQUEST', details }));
    } else if (step.t === 'disconnect') this.disconnect();
    else if (step.t === 'wait') this.take(this.driver.tick(step.us));
  }

  answer(place: number, age: number, status: number): void {
    const [asked] = this.open.splice(place, 1);
    if (asked === undefined) return;
    const { at, name } = asked;
    const book = this.books.find((one) => one.symbol === name) as VenueBook;
    // A snapshot joins or not; either way the book was not usable before it.
    expect(this.steady.has(name)).toBe(false);
    const body = status === 200 ? book.snapshot(age) : '{}';
    const tookUs = this.driver.now - at;
    this.take(this.driver.answer(this.driver.depthUrl(name), body, status, tookUs));
  }

  disconnect(): void {
    this.steady.clear();
    const details = { conn: this.#conn, link: '0' };
    this.take(this.driver.fact({ kind: 'disconnected', code: 'QL_FEED_CLOSED', details }));
    this.#conn = this.driver.live();
  }

  /** No more faults: every book changes, every snapshot is fresh. Seconds until all are in sync. */
  settle(): number {
    for (let second = 0; second < 400; second++) {
      if (this.driver.protocol.synced('0') && this.#equal()) return second;
      for (const book of this.books) this.deliver(book.change(3, second % 4, 1));
      while (this.open.length > 0) this.answer(0, 0, 200);
      this.take(this.driver.tick(SECOND));
    }
    return Number.POSITIVE_INFINITY;
  }

  #equal(): boolean {
    return this.books.every(({ latest, symbol: name }) => {
      const inst = `BINANCE:${this.driver.market.toUpperCase()}:${name}`;
      return sorted(bookOfLog(this.driver.events, inst)) === sorted(latest.levels);
    });
  }
}

describe.each(['spot', 'usdm'] as const)('books of %s under random faults', (market) => {
  test('BINANCE-25: every book comes to equal the venue’s, and no other is disturbed', () => {
    fc.assert(
      fc.property(steps, (program) => {
        const world = new World(market);
        for (const one of program) world.step(one);
        // Longest wait 30 s, after a request that is given up.
        expect(world.settle()).toBeLessThan(100);
        for (const { at } of world.asked) {
          const minute = world.asked.filter((one) => one.at >= at && one.at < at + MINUTE);
          const spent = minute.reduce((sum, one) => sum + one.weight, 0);
          expect(spent).toBeLessThanOrEqual(world.driver.protocol.limits.requests.count / 2);
        }
      }),
      { seed: 25, numRuns: 150 },
    );
  });

  test('the book of a log notices each update that is taken out of it', () => {
    const world = new World(market);
    const book = world.books[0] as VenueBook;
    world.deliver(book.change(1, 1, 2));
    world.answer(0, 0, 200);
    for (let n = 1; n <= 5; n++) world.deliver(book.change(n, 2, 2));
    const inst = `BINANCE:${market.toUpperCase()}:AAA`;
    const { events } = world.driver;
    expect(sorted(bookOfLog(events, inst))).toBe(sorted(book.latest.levels));
    const places = events.flatMap((event, at) => (event.t === 'BookDelta' ? [at] : [])).slice(1);
    expect(places).toHaveLength(5);
    for (const at of places) {
      const without = bookOfLog(events.toSpliced(at, 1), inst);
      expect(sorted(without)).not.toBe(sorted(book.latest.levels));
    }
  });
});
