import fc from 'fast-check';
import type { RawRecord } from 'quantlaxmi/venues/feed';
import { expect, test } from 'vitest';
import { eventsOf, fact, frame } from './lines.js';
import { niftyCapture, packets, tickOf } from './sample-ticks.js';

const HANDOVER = 'QL_FEED_HANDOVER';
const TAKE_OVER = fact('config', HANDOVER, { closed: 1, conn: 2, link: '0' });

/** What a venue sent, and how two connections brought it. */
interface Story {
  /** Ticks of volume 1, 2, … that the venue sent. */
  readonly sent: number;
  /** The newer connection subscribes after so many; it is told the last of them again. */
  readonly from: number;
  /** Which connection is read next, while both have something. */
  readonly turns: readonly boolean[];
  /** After so many reads the newer one takes over. */
  readonly overAfter: number;
}

const story: fc.Arbitrary<Story> = fc.integer({ min: 1, max: 30 }).chain((sent) =>
  fc.record({
    sent: fc.constant(sent),
    from: fc.integer({ min: 1, max: sent }),
    turns: fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
    overAfter: fc.integer({ min: 0, max: 60 }),
  }),
);

/** Records of a story, and what counts of it: [connection, volume] before and after. */
function told({ sent, from, turns, overAfter }: Story, facts = true) {
  const records: RawRecord[] = [fact('connected', '', { attempt: 1, conn: 1, link: '0' })];
  const older = Array.from({ length: sent }, (_, i) => i + 1);
  const newer = older.slice(from - 1);
  const expected: number[] = [];
  let over = false;
  const read = (conn: 1 | 2): void => {
    const volume = (conn === 1 ? older : newer).shift();
    if (volume === undefined) return;
    records.push(frame(packets(tickOf({ volume })), 0, conn));
    if (over === (conn === 2)) expected.push(volume);
  };
  for (let i = 0; i < from; i++) read(1);
  records.push(fact('connected', HANDOVER, { attempt: 1, conn: 2, link: '0' }));
  turns.forEach((first, turn) => {
    if (turn === overAfter) {
      records.push(TAKE_OVER);
      over = true;
    }
    read(first ? 1 : 2);
  });
  const capture = niftyCapture();
  const events = records
    .filter(({ kind }) => facts || kind === 'frame')
    .flatMap((record) => capture.record(record));
  const volumes = eventsOf(events, 'Stats').map(({ body }) => body.volume as number);
  return { volumes, expected, dropped: capture.stats.dropped };
}

test('KITE-9: the older connection counts until the take-over, the newer one from there on', () => {
  fc.assert(
    fc.property(story, (one) => {
      const { volumes, expected } = told(one);
      expect(volumes).toEqual(expected);
    }),
    { seed: 71, numRuns: 300 },
  );
});

test('KITE-9: with a newer connection that is not behind, no state steps back', () => {
  fc.assert(
    fc.property(story, (one) => {
      // Each tick is read from the newer connection first; its first one repeats an older state.
      const turns = one.turns.map((_, i) => i % 2 === 1);
      const { volumes, dropped } = told({ ...one, turns, overAfter: one.overAfter + 1 });
      expect(volumes).toEqual([...volumes].sort((a, b) => a - b));
      expect(dropped).toBeGreaterThan(0);
    }),
    { seed: 72, numRuns: 300 },
  );
});

test('control: without the facts of the hand-over states step back and ticks come twice', () => {
  const one: Story = { sent: 3, from: 2, turns: Array(60).fill(true), overAfter: 60 };
  expect(told(one).volumes).toEqual([1, 2, 3]);
  const both = { ...one, turns: Array.from({ length: 60 }, (_, i) => i % 2 === 0) };
  expect(told(both, false).volumes).toEqual([1, 2, 3, 2, 3]);
});
