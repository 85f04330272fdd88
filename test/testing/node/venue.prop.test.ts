import fc from 'fast-check';
import {
  type BinanceFrame,
  binanceFrames,
  binanceVenue,
  type FrameFault,
  type SentFrame,
} from 'quantlaxmi/testing/node';
import { expect, test } from 'vitest';
import { connect } from './client.js';
import { chain } from './frames.js';

const FRAMES = [...chain(12), ...chain(12, 'ethusdt')].sort((a, b) => a.atUs - b.atUs);

interface Line {
  readonly frames: number;
  readonly kind: 'duplicate' | 'drop' | 'reorder' | 'malform';
  readonly count: number;
  readonly stream: 'btcusdt' | 'ethusdt' | undefined;
}

const line: fc.Arbitrary<Line> = fc.record({
  frames: fc.integer({ min: 0, max: 24 }),
  kind: fc.constantFrom('duplicate', 'drop', 'reorder', 'malform'),
  count: fc.integer({ min: 1, max: 6 }),
  stream: fc.constantFrom('btcusdt', 'ethusdt', undefined),
});

function faultOf({ kind, count, stream }: Line): FrameFault {
  const target = stream === undefined ? {} : { stream };
  return kind === 'malform'
    ? { kind, how: 'bitFlip', count, ...target }
    : { kind, count, ...target };
}

interface Active extends Line {
  left: number;
  readonly held: string[];
}

function taken(active: Active, index: number): string[] {
  active.left -= 1;
  if (active.kind === 'drop') return [];
  if (active.kind === 'duplicate') return [`${index}`, `${index} duplicate`];
  if (active.kind === 'malform') return [`${index} malform`];
  active.held.push(`${index} reorder`);
  return active.left === 0 ? active.held.splice(0) : [];
}

/** What is to come, as text: frame and what was done to it. */
function model(lines: readonly Line[]): string[] {
  const ordered: Active[] = lines.map((l) => ({ ...l, left: l.count, held: [] }));
  ordered.sort((a, b) => a.frames - b.frames);
  const out: string[] = [];
  for (const [index, frame] of FRAMES.entries()) {
    const active = ordered.find(
      (l) =>
        l.left > 0 &&
        l.frames <= index &&
        (l.stream === undefined || frame.stream.includes(l.stream)),
    );
    if (active === undefined) out.push(`${index}`);
    else out.push(...taken(active, index));
  }
  for (const { held } of ordered) out.push(...held);
  return out;
}

/** The log in the form of the model. */
function told(sent: readonly SentFrame[]): string[] {
  return sent.map(({ index, fault }) => (fault === null ? `${index}` : `${index} ${fault}`));
}

const count = (lines: readonly string[], word: string): number =>
  lines.filter((text) => text.endsWith(word)).length;

async function play(lines: readonly Line[], seed: bigint): Promise<[string[], SentFrame[]]> {
  const venue = await binanceVenue({
    source: binanceFrames({ market: 'spot', frames: FRAMES }),
    script: lines.map((l) => ({ at: { frames: l.frames }, fault: faultOf(l) })),
    seed,
    pingMs: null,
  });
  const client = await connect(`${venue.url.ws}/ws/btcusdt@depth/ethusdt@depth`);
  await venue.release(FRAMES.length);
  await venue.settled();
  const sent = [...(venue.connections[0]?.sent ?? [])];
  await venue.close();
  return [client.all, sent];
}

/** Sorts each run of reordered frames: their order is the seed's. */
function normal(lines: readonly string[]): string[] {
  const key = (text: string): number => Number.parseInt(text, 10);
  const out: string[] = [];
  let run: string[] = [];
  for (const text of lines) {
    if (text.endsWith('reorder')) run.push(text);
    else {
      out.push(...run.sort((a, b) => key(a) - key(b)), text);
      run = [];
    }
  }
  return [...out, ...run.sort((a, b) => key(a) - key(b))];
}

test('TESTING-6: what comes is the recording, minus and plus the scripted faults', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 5 }),
      fc.bigInt({ min: 0n, max: 99n }),
      async (lines, seed) => {
        const [received, sent] = await play(lines, seed);
        // The log is what the client got, byte for byte.
        const bytes = sent.map(({ payload }) =>
          typeof payload === 'string' ? payload : Buffer.from(payload).toString('latin1'),
        );
        expect(received).toEqual(bytes);
        expect(normal(told(sent))).toEqual(normal(model(lines)));
        for (const { index, fault, payload } of sent) {
          const original = (FRAMES[index] as BinanceFrame).data;
          if (fault === 'malform') expect(payload).not.toEqual(Buffer.from(original));
          else expect(payload).toBe(original);
        }
      },
    ),
    { seed: 20_261, numRuns: 60 },
  );
}, 120_000);

test('TESTING-6: the model tells faults apart', () => {
  const drop: Line = { frames: 0, kind: 'drop', count: 2, stream: 'ethusdt' };
  const whole = model([]);
  expect(whole).toHaveLength(24);
  expect(model([drop])).toHaveLength(22);
  expect(count(model([{ ...drop, kind: 'malform' }]), 'malform')).toBe(2);
  expect(count(model([{ ...drop, kind: 'duplicate' }]), 'duplicate')).toBe(2);
});
