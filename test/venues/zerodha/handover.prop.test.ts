import fc from 'fast-check';
import type { RawRecord } from 'quantlaxmi/venues/feed';
import { expect, test } from 'vitest';
import { eventsOf, fact, frame } from './lines.js';
import { niftyCapture, packets, tickOf } from './sample-ticks.js';

const HANDOVER = 'QL_FEED_HANDOVER';

/** What a venue sent, and how two connections brought it. */
interface Story {
  /** Volumes of the ticks, in order; repeats are ticks that did not change. */
  readonly sent: readonly number[];
  /** The newer connection brings ticks from here on. */
  readonly from: number;
  /** Which connection is read next, while both have something. */
  readonly turns: readonly boolean[];
  /** After so many reads the newer one takes over. */
  readonly overAfter: number;
}

const story: fc.Arbitrary<Story> = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 30 })
  .chain((sent) =>
    fc.record({
      sent: fc.constant(sent),
      from: fc.integer({ min: 0, max: sent.length }),
      turns: fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
      overAfter: fc.integer({ min: 0, max: 60 }),
    }),
  );

/** Records of a story: the older connection is never cut before the newer one has begun. */
function recordsOf({ sent, from, turns, overAfter }: Story): RawRecord[] {
  const records: RawRecord[] = [fact('connected', '', { attempt: 1, conn: 1, link: '0' })];
  const tick = (i: number, conn: number): RawRecord =>
    frame(packets(tickOf({ volume: sent[i] as number })), 0, conn);
  for (let i = 0; i < from; i++) records.push(tick(i, 1));
  records.push(fact('connected', HANDOVER, { attempt: 1, conn: 2, link: '0' }));
  let [older, newer] = [from, from];
  turns.forEach((first, turn) => {
    if (turn === overAfter) {
      records.push(fact('config', HANDOVER, { closed: 1, conn: 2, link: '0' }));
    }
    if (first && older < sent.length) records.push(tick(older++, 1));
    else if (newer < sent.length) records.push(tick(newer++, 2));
  });
  if (overAfter >= turns.length) {
    records.push(fact('config', HANDOVER, { closed: 1, conn: 2, link: '0' }));
  }
  while (newer < sent.length) records.push(tick(newer++, 2));
  return records;
}

const told = (records: readonly RawRecord[]): (number | null)[] => {
  const capture = niftyCapture();
  const events = records.flatMap((record) => capture.record(record));
  return eventsOf(events, 'Stats').map(({ body }) => body.volume);
};

test('KITE-9: however two connections interleave, the ticks are those sent, in order', () => {
  fc.assert(
    fc.property(story, (one) => {
      expect(told(recordsOf(one))).toEqual(one.sent);
    }),
    { seed: 71, numRuns: 300 },
  );
});

test('control: without the facts of the hand-over ticks come twice', () => {
  const one: Story = { sent: [1, 2, 3], from: 1, turns: Array(60).fill(true), overAfter: 60 };
  const frames = recordsOf(one).filter((record) => record.kind === 'frame');
  expect(told(frames)).toEqual([1, 2, 3, 2, 3]);
});
