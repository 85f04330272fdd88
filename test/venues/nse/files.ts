/** Files of the NSE for tests: made here, and those of `../shared`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeUtf8 } from 'quantlaxmi/core';
import type { EventInput, EventInputOf, EventType } from 'quantlaxmi/events';
import {
  type NseCapture,
  type NseCaptureOptions,
  nseCapture,
  nseFileKind,
  nseFileTime,
} from 'quantlaxmi/venues/nse';

const ROOT = '../shared/data/nse';

/** Paths of all files under a folder of the shared data; none when it is absent. */
export function sharedFiles(folder: string): string[] {
  const path = join(ROOT, folder);
  if (!existsSync(path)) {
    if (process.env['REQUIRE_SHARED'] === '1') throw new Error(`${path} is missing`);
    console.warn(`SKIPPED: ${path} is missing; set REQUIRE_SHARED=1 to make that a failure`);
    return [];
  }
  const found = readdirSync(path, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

export const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(path));

/** Rows of a CSV file without quotes, as records. */
export function rowsOf(path: string): Readonly<Record<string, string>>[] {
  const [head = '', ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  const names = head.split(',');
  return lines.map((line) => {
    const fields = line.split(',');
    return Object.fromEntries(names.map((name, i) => [name, fields[i] ?? '']));
  });
}

/** Time of files that say none. */
export const AT = Date.UTC(2025, 6, 9, 10) * 1000;

/** Records one file into a capture, at its own time. */
export function recordFile(
  capture: NseCapture,
  bytes: Uint8Array,
  { url = 'file', rx = null }: { readonly url?: string; readonly rx?: number | null } = {},
): EventInput[] {
  const kind = nseFileKind(bytes);
  const time = rx ?? (kind === null ? null : nseFileTime(bytes, kind)) ?? AT;
  return capture.record({ kind: 'answer', rx: time, tookUs: 0, status: 200, url, bytes });
}

export interface Recorded {
  readonly events: readonly EventInput[];
  readonly capture: NseCapture;
  /** Facts of kind `malformed`: code and the value they name. */
  readonly facts: readonly (readonly [code: string, value: string])[];
}

/** Records the text of one file. */
export function recordText(
  text: string,
  options: Partial<NseCaptureOptions> & { readonly url?: string; readonly rx?: number } = {},
): Recorded {
  const capture = nseCapture({ sessionId: 's', ...options });
  const events = recordFile(capture, encodeUtf8(text), options);
  const facts = eventsOf(events, 'Session')
    .filter(({ body }) => body.kind === 'malformed')
    .map(({ body }) => [body.code, String(body.details['value'] ?? '')] as const);
  return { events, capture, facts };
}

export const eventsOf = <T extends EventType>(
  events: readonly EventInput[],
  t: T,
): EventInputOf<T>[] =>
  events.filter((event): event is Extract<EventInput, { t: T }> => event.t === t) as never;

/** Body of the only event of a type about an instrument. */
export function bodyOf<T extends 'Stats' | 'Quote'>(
  events: readonly EventInput[],
  t: T,
  inst: string,
): EventInputOf<T>['body'] {
  const found = eventsOf(events, t).filter((event) => event.body.inst === inst);
  if (found.length !== 1) throw new Error(`${found.length} ${t} events of ${inst}`);
  return (found[0] as EventInputOf<T>).body;
}

const OPTION = {
  TradDt: '2026-02-02',
  BizDt: '2026-02-02',
  Sgmt: 'FO',
  Src: 'NSE',
  FinInstrmTp: 'IDO',
  FinInstrmId: '67717',
  ISIN: '',
  TckrSymb: 'NIFTY',
  SctySrs: '',
  XpryDt: '2026-02-03',
  FininstrmActlXpryDt: '2026-02-03',
  StrkPric: '24900.00',
  OptnTp: 'CE',
  FinInstrmNm: 'NIFTY2620324900CE',
  OpnPric: '100.00',
  HghPric: '120.50',
  LwPric: '90.05',
  ClsPric: '101.00',
  LastPric: '101.50',
  PrvsClsgPric: '99.00',
  UndrlygPric: '24897.90',
  SttlmPric: '101.00',
  OpnIntrst: '6500',
  ChngInOpnIntrst: '-650',
  TtlTradgVol: '10',
  TtlTrfVal: '16250325.50',
  TtlNbOfTxsExctd: '4',
  SsnId: 'F1',
  NewBrdLotQty: '65',
  Rmks: '',
  Rsvd1: '',
  Rsvd2: '',
  Rsvd3: '',
  Rsvd4: '',
};

export type BhavcopyFields = Partial<Record<keyof typeof OPTION, string>>;

/** A future of the same day. */
export const FUTURE: BhavcopyFields = {
  FinInstrmTp: 'IDF',
  XpryDt: '2026-02-24',
  FininstrmActlXpryDt: '2026-02-24',
  StrkPric: '',
  OptnTp: '',
  FinInstrmNm: 'NIFTY26FEBFUT',
  OpnPric: '24900.00',
  HghPric: '25000.00',
  LwPric: '24800.00',
  ClsPric: '24950.00',
  LastPric: '24955.00',
  SttlmPric: '24950.00',
  TtlTrfVal: '16217500.00',
};

/** A bhavcopy of rows that differ from an option of NIFTY in the given fields. */
export function bhavcopy(
  rows: readonly BhavcopyFields[],
  columns: readonly string[] = Object.keys(OPTION),
): string {
  const lines = rows.map((row) => {
    const all: Record<string, string> = { ...OPTION, ...row };
    return columns.map((name) => all[name] ?? '').join(',');
  });
  return `${[columns.join(','), ...lines].join('\n')}\n`;
}

export const BHAVCOPY_COLUMNS: readonly string[] = Object.keys(OPTION);

const HEADER =
  'Symbol,Expiry,Strike,CE_LTP,CE_OI,CE_Volume,PE_LTP,PE_OI,PE_Volume,' +
  'Spot,%Change,timestamp,Max_Pain';

/** A snapshot whose rows are `strike,CE…,PE…` and a spot. */
export function snapshot(
  legs: readonly string[],
  { spot = '24897.9', header = HEADER, expiry = '2026-02-03', symbol = 'NIFTY' } = {},
): string {
  const tail = `${spot},0.292,2026-02-02 12:24:59,25953224`;
  return `${[header, ...legs.map((leg) => `${symbol},${expiry},${leg},${tail}`)].join('\n')}\n`;
}

export interface JsonLeg {
  readonly strike: number;
  readonly side: 'CE' | 'PE';
  readonly expiry?: string;
  readonly fields?: Readonly<Record<string, number | string>>;
}

/** An answer of the option-chain API. Numbers are written as given. */
export function chainJson(
  legs: readonly JsonLeg[],
  { expiries = ['31-Jul-2025', '28-Aug-2025'], timestamp = '17-Jul-2025 15:30:00' } = {},
): string {
  const data = legs.map(({ strike, side, expiry = expiries[0] as string, fields = {} }) => ({
    strikePrice: strike,
    expiryDate: expiry,
    [side]: {
      strikePrice: strike,
      expiryDate: expiry,
      underlying: 'RELIANCE',
      identifier: `OPTSTKRELIANCE${dashed(expiry)}${side}${strike.toFixed(2)}`,
      openInterest: 4,
      totalTradedVolume: 3,
      impliedVolatility: 0,
      lastPrice: 2.65,
      totalBuyQuantity: 3500,
      totalSellQuantity: 2500,
      bidQty: 500,
      bidprice: 1.9,
      askQty: 1000,
      askPrice: 2.55,
      underlyingValue: 1478.7,
      ...fields,
    },
  }));
  const records = { expiryDates: expiries, data, timestamp, underlyingValue: 1478.7 };
  return JSON.stringify({ records, filtered: {} });
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const dashed = (day: string): string => {
  const [d = '', m = '', y = ''] = day.split('-');
  return `${d}-${String(MONTHS.indexOf(m) / 3 + 1).padStart(2, '0')}-${y}`;
};
