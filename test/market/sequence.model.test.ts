import fc from 'fast-check';
import {
  createSequencer,
  SEQUENCER_STALE_LIMIT,
  type SequencedDelta,
  type Sequencer,
} from 'quantlaxmi/market';
import { expect, test } from 'vitest';

/**
 * The venue as it really is: a counter that the feed loses updates of, sends them twice, and whose
 * snapshots are of any moment. The model knows which updates a reader has.
 */
interface Venue {
  /** Updates 1..sent were made; `lost` of them never arrived. */
  sent: number;
  readonly lost: Set<number>;
  /** The reader holds all of 1..held without a hole, or null when it holds no book. */
  held: number | null;
  /** Arrived since the book was lost, in order. */
  waiting: number[];
  /** One update came with a number far above: until the feed is believed, all after it is below. */
  below: number | null;
}

type Real = Sequencer<SequencedDelta>;
const one = (seq: number): SequencedDelta => ({ firstSeq: seq, lastSeq: seq, prevSeq: null });

class Arrive implements fc.Command<Venue, Real> {
  readonly check = (): boolean => true;
  run(venue: Venue, real: Real): void {
    venue.sent += 1;
    const outcome = real.delta(one(venue.sent));
    if (venue.below !== null) {
      const holed = venue.lost.has(venue.sent - 1);
      venue.below = holed ? 1 : venue.below + 1;
      const over = venue.below === SEQUENCER_STALE_LIMIT;
      expect(outcome).toBe(over ? 'gap' : 'stale');
      expect(real.synced).toBe(!over);
      if (!over) return;
      venue.below = null;
      venue.waiting = [venue.sent];
      return;
    }
    if (venue.held === null) {
      venue.waiting.push(venue.sent);
      expect(outcome).toBe('buffered');
    } else if (venue.held === venue.sent - 1) {
      venue.held = venue.sent;
      expect(outcome).toBe('next');
    } else {
      venue.held = null;
      venue.waiting = [venue.sent];
      expect(outcome).toBe('gap');
    }
    expect(real.synced).toBe(venue.held !== null);
  }
  readonly toString = (): string => 'arrive';
}

class Flow implements fc.Command<Venue, Real> {
  readonly check = (): boolean => true;
  run(venue: Venue, real: Real): void {
    for (let i = 0; i < 20; i++) new Arrive().run(venue, real);
  }
  readonly toString = (): string => 'flow';
}

class Lose implements fc.Command<Venue, Real> {
  readonly check = (): boolean => true;
  run(venue: Venue): void {
    venue.sent += 1;
    venue.lost.add(venue.sent);
  }
  readonly toString = (): string => 'lose';
}

class Jump implements fc.Command<Venue, Real> {
  readonly check = ({ held, sent }: Readonly<Venue>): boolean => held !== null && held === sent;
  run(venue: Venue, real: Real): void {
    venue.sent += 1;
    expect(real.delta({ ...one(venue.sent), lastSeq: 2 ** 52 })).toBe('next');
    venue.held = null;
    venue.below = 0;
    expect(real.synced).toBe(true);
  }
  readonly toString = (): string => 'jump';
}

class Repeat implements fc.Command<Venue, Real> {
  readonly check = (venue: Readonly<Venue>): boolean =>
    venue.held !== null && venue.held === venue.sent && venue.sent > 0;
  run(venue: Venue, real: Real): void {
    expect(real.delta(one(venue.sent))).toBe('stale');
    expect(real.synced).toBe(true);
  }
  readonly toString = (): string => 'repeat';
}

class Snapshot implements fc.Command<Venue, Real> {
  readonly #back: number;
  constructor(back: number) {
    this.#back = back;
  }
  readonly check = (venue: Readonly<Venue>): boolean => venue.sent >= this.#back;
  run(venue: Venue, real: Real): void {
    const id = venue.sent - this.#back;
    const outcome = real.snapshot(id);
    if (venue.below !== null) {
      expect(outcome).toBe('older');
      return;
    }
    if (venue.held !== null && id <= venue.held) {
      expect(outcome).toBe('older');
      return;
    }
    expect(outcome).toBe('reset');
    const rest = venue.waiting.filter((seq) => seq > id);
    let held = id;
    for (const seq of rest) if (seq === held + 1) held = seq;
    const joined = rest.length === 0 || held === rest.at(-1);
    const got: number[] = [];
    expect(real.replay((delta) => got.push(delta.lastSeq))).toBe(joined);
    expect(got).toEqual(rest.filter((seq) => seq <= held));
    venue.held = joined ? held : null;
    venue.waiting = joined ? [] : rest.filter((seq) => seq > held);
    expect(real.synced).toBe(joined);
    if (joined) expect(real.lastSeq).toBe(held);
  }
  readonly toString = (): string => `snapshot(-${this.#back})`;
}

class Disconnect implements fc.Command<Venue, Real> {
  readonly check = (): boolean => true;
  run(venue: Venue, real: Real): void {
    real.invalidate();
    venue.held = null;
    venue.waiting = [];
    venue.below = null;
    expect(real.synced).toBe(false);
  }
  readonly toString = (): string => 'disconnect';
}

test('MARKET-3: in sync exactly while the reader holds every update of the venue', () => {
  const commands = fc.commands(
    [
      ...Array.from({ length: 5 }, () => fc.constant(new Arrive())),
      fc.constant(new Flow()),
      fc.constant(new Jump()),
      fc.constant(new Lose()),
      fc.constant(new Repeat()),
      fc.integer({ min: 0, max: 4 }).map((back) => new Snapshot(back)),
      fc.constant(new Disconnect()),
    ],
    { maxCommands: 120 },
  );
  fc.assert(
    fc.property(commands, (steps) => {
      fc.modelRun(() => {
        const model: Venue = { sent: 0, lost: new Set(), held: null, waiting: [], below: null };
        return { model, real: createSequencer({ kind: 'contiguous' }) };
      }, steps);
    }),
    { numRuns: 400 },
  );
});
