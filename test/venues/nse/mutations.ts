/** Damaged files into captures: what may come out of one, whatever it holds. */
import { QuantlaxmiError } from 'quantlaxmi/core';
import type { EventInput, InstrumentBody } from 'quantlaxmi/events';
import { validateEvent } from 'quantlaxmi/events';
import { type NseFileKind, nseCapture } from 'quantlaxmi/venues/nse';
import { encodeUtf8 } from 'quantlaxmi/core';
import { createMutator, type Mutant } from '../lib/mutate.js';
import {
  BHAVCOPY_COLUMNS,
  bhavcopy,
  bytesOf,
  chainJson,
  FUTURE,
  sharedFiles,
  snapshot,
} from './files.js';

/** After any file of the corpus was made. */
const RX = Date.UTC(2026, 5, 1) * 1000;

const put = { OptnTp: 'PE', FinInstrmNm: 'NIFTY2620324900PE' };
const turned = [...BHAVCOPY_COLUMNS].reverse();

const MADE: readonly string[] = [
  bhavcopy([{}, put, FUTURE]),
  bhavcopy([FUTURE, {}, put], turned),
  snapshot(['24900.0,101.5,650,1300,98.0,130,65', '25000.0,-,650,0,98.0,130,65']),
  snapshot(['24900.0,101.5,650,1300,98.0,130,65'], { spot: '0' }),
  chainJson([
    { strike: 1400, side: 'CE' },
    { strike: 1400, side: 'PE', fields: { openInterest: 4.334, askPrice: 0, askQty: 0 } },
    { strike: 1410, side: 'CE', expiry: '28-Aug-2025' },
  ]),
];

/** First lines of a recorded file: damage hits more of what matters in a short one. */
const head = (bytes: Uint8Array, lines: number): Uint8Array => {
  let end = 0;
  for (let i = 0; i < lines; i += 1) end = bytes.indexOf(0x0a, end) + 1 || bytes.length;
  return bytes.slice(0, end);
};

/** Files to be damaged: those made here, and short pieces of recorded ones where they are. */
export function corpus(): Uint8Array[] {
  const first = (folder: string): Uint8Array[] =>
    sharedFiles(folder)
      .filter((_, i) => i % 40 === 0)
      .map((path) => head(bytesOf(path), 12));
  return [
    ...MADE.map((text) => encodeUtf8(text)),
    ...['udiff_fo', 'index_chain_intraday', 'nse_chain_csv'].flatMap(first),
  ];
}

const NAMES = ['file', 'option-chain-ED-NIFTY-10-Jul-2026.csv'];
const KINDS: readonly (NseFileKind | null)[] = [
  null,
  null,
  null,
  'bhavcopy',
  'chain-json',
  'chain-snapshot',
];

const impossible = (event: EventInput, why: string): never => {
  throw new QuantlaxmiError('QL_INVARIANT', `${why}: ${JSON.stringify(event)}`);
};

/** Throws when an event says what no exchange could. */
export function checkPossible(event: EventInput, declared: Map<string, InstrumentBody>): void {
  validateEvent({ ...event, seq: 1 } as never);
  if (event.t === 'Instrument') {
    const { expiry, lot, strike, tick, instrumentId } = event.body;
    if (lot < 1 || tick < 1 || (strike !== null && strike <= 0)) impossible(event, 'scale');
    if (expiry !== null && expiry < Date.UTC(1990, 0, 1) * 1000) impossible(event, 'expiry');
    declared.set(instrumentId, event.body);
    return;
  }
  if (event.t === 'Session') {
    const { details, kind } = event.body;
    const texts = Object.values(details).filter((value) => typeof value === 'string');
    if (texts.some((text) => text.length > 2000 || /[\u0000-\u001f\u007f]/.test(text))) {
      impossible(event, 'excerpt');
    }
    if (kind === 'malformed' && event.body.code === '') impossible(event, 'code');
    return;
  }
  if (event.t !== 'Stats' && event.t !== 'Quote') return impossible(event, 'type');
  if (!declared.has(event.body.inst)) impossible(event, 'not declared');
  if (event.t === 'Quote') {
    const { ask, askQty, bid, bidQty } = event.body;
    if ((ask === null) !== (askQty === 0) || (bid === null) !== (bidQty === 0)) {
      impossible(event, 'side');
    }
    if ((ask ?? 1) <= 0 || (bid ?? 1) <= 0) impossible(event, 'price');
    if (ask !== null && bid !== null && bid >= ask) impossible(event, 'crossed');
    return;
  }
  const { open, high, low, last, close, volume, openInterest } = event.body;
  for (const price of [open, high, low, last, close]) {
    if (price !== null && (price <= 0 || price >= 1_000_000_000)) impossible(event, 'price');
  }
  if (open !== null && high !== null && low !== null && last !== null) {
    if (low > Math.min(open, last) || high < Math.max(open, last)) impossible(event, 'range');
  }
  if ((volume ?? 0) < 0 || (openInterest ?? 0) < 0) impossible(event, 'count');
}

export interface MutationCounts {
  files: number;
  events: number;
  /** Files of which something was recorded. */
  recorded: number;
  readonly codes: Map<string, number>;
}

/** Records damaged files, each into a capture of its own; throws at the first wrong event. */
export function recordMutants(count: number, seed: bigint): MutationCounts {
  const mutator = createMutator(corpus(), seed);
  const counts: MutationCounts = { files: 0, events: 0, recorded: 0, codes: new Map() };
  for (let i = 0; i < count; i += 1) recordMutant(mutator.next(), i, counts);
  return counts;
}

function recordMutant(mutant: Mutant, i: number, counts: MutationCounts): void {
  const kind = KINDS[i % KINDS.length] ?? null;
  const capture = nseCapture({ sessionId: 's', kind, excerptChars: 200 });
  const url = NAMES[i % NAMES.length] as string;
  const { bytes } = mutant;
  const answer = { kind: 'answer', rx: RX, tookUs: 0, status: 200, url, bytes } as const;
  const events = [...capture.record(answer), ...capture.stop()];
  const declared = new Map<string, InstrumentBody>();
  for (const event of events) checkPossible(event, declared);
  const { stats } = capture;
  const lost = stats.refusedFiles + stats.refusedRows + stats.refusedContracts;
  if (stats.contracts === 0 && lost === 0 && stats.rows > 0) {
    throw new QuantlaxmiError('QL_INVARIANT', `rows of mutant ${i} are unexplained`);
  }
  counts.files += 1;
  counts.events += events.length;
  if (stats.contracts > 0) counts.recorded += 1;
  for (const [code, n] of Object.entries(stats.facts)) {
    counts.codes.set(code, (counts.codes.get(code) ?? 0) + n);
  }
}
