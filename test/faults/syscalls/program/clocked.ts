/**
 * Records a market by the process clock until its input ends, as a live capture does: a jump of
 * the wall clock becomes a `clock` fact. `O <seq>` open, `A <seq>` durable, `E <json>` failed, `C`
 * sealed. Each quote has the monotonic time in `ts`, so that its receive time can be judged.
 */
import { writeSync } from 'node:fs';
import type { EventInput, InstrumentBody } from '../../../../src/events/index.js';
import { type ClockStep, createSession, systemClock } from '../../../../src/node/index.js';
import { type ClockedSpec, INST } from './clocked-spec.js';

const spec = JSON.parse(process.argv[2] ?? '{}') as ClockedSpec;
const say = (line: string): void => void writeSync(1, `${line}\n`);
process.on('unhandledRejection', (reason) => say(`U ${String(reason)}`));
process.on('uncaughtException', (error) => say(`U ${String(error)}`));

const QUOTES_PER_FLUSH = 8;

const instrument: InstrumentBody = {
  ...{ base: 'AAA', class: 'spot', expiry: null, inferred: false, instrumentId: INST },
  ...{ inverse: false, lot: 1, maxQty: 1_000_000, minNotional: null, minQty: 1 },
  ...{ multiplier: '1', priceExponent: -2, qtyExponent: -3, quote: 'BBB', right: null },
  ...{ segment: 'SPOT', settle: 'BBB', status: 'trading', strike: null, symbol: 'AAABBB' },
  ...{ tick: 1, validTo: null, venue: 'TEST' },
};

let steps: ClockStep[] = [];
const clock = systemClock({ onStep: (step) => void steps.push(step) });
let lastUs = 0;

function receivedUs(): number {
  if (spec.wrong === undefined) return clock.nowUs();
  const wallUs = Date.now() * 1000;
  lastUs = spec.wrong === 'silent' ? Math.max(lastUs, wallUs) : wallUs;
  return lastUs;
}

function facts(): EventInput[] {
  const found = spec.wrong === undefined ? steps : [];
  steps = [];
  return found.map(({ deltaUs, nowUs }) => ({
    ...{ t: 'Session', sv: 1, rx: nowUs, ts: null, src: 'TEST' },
    body: { kind: 'clock', code: 'CLOCK_STEP', inst: null, details: { deltaUs } },
  }));
}

function quote(i: number): EventInput[] {
  const rx = receivedUs();
  const ts = Number(process.hrtime.bigint() / 1000n);
  const mid = 100_000 + (i % 50);
  const sizes = { askQty: 1_000_000, bidQty: 1_000_000, inst: INST, venueSeq: i };
  const body = { ask: mid + 1, bid: mid - 1, ...sizes };
  // A jump seen by this reading stands before what was received at it.
  return [...facts(), { t: 'Quote', sv: 1, rx, ts, src: 'TEST', body }];
}

let ended = false;
process.stdin.on('end', () => (ended = true)).resume();
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

try {
  const session = await createSession(spec.dir, {
    capture: { feed: { name: 'clocked', version: '1' } },
    ...{ clock, policy: { kind: 'always' }, rotate: { bytes: 65_536, events: 200 } },
  });
  const head = { sv: 1, ts: null, src: 'TEST' } as const;
  session.wal.append({ ...head, t: 'Instrument', rx: receivedUs(), body: instrument });
  say(`O ${session.wal.durableSeq}`);
  for (let i = 1; !ended; ) {
    for (let k = 0; k < QUOTES_PER_FLUSH; k += 1, i += 1) session.wal.appendBatch(quote(i));
    say(`A ${await session.wal.flush()}`);
    await turn();
  }
  await session.seal();
  say('C');
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  say(`E ${JSON.stringify({ phase: 'flush', code, message })}`);
  process.exit(0);
}
