/** Every recorded file of the NSE: nothing unexplained, and equal to what the files say. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { EventInput, StatsBody } from 'quantlaxmi/events';
import { validateEvent } from 'quantlaxmi/events';
import { type NseCapture, nseCapture, nseFileKind, nseFileTime } from 'quantlaxmi/venues/nse';
import { bytesOf, recordFile, rowsOf, sharedFiles } from './files.js';

interface Timed {
  readonly path: string;
  readonly rx: number;
}

/** Files in the order of their times. */
const inOrder = (folder: string): Timed[] =>
  sharedFiles(folder)
    .map((path) => {
      const bytes = bytesOf(path);
      const kind = nseFileKind(bytes);
      return { path, rx: (kind === null ? null : nseFileTime(bytes, kind)) ?? Number.NaN };
    })
    .sort((a, b) => a.rx - b.rx || (a.path < b.path ? -1 : 1));

const nameOf = (path: string): string => path.split('/').slice(-2).join('/');

/** Records files one after the other; tells each file's events. */
function recordAll(
  files: readonly Timed[],
  each: (file: Timed, events: readonly EventInput[]) => void,
): NseCapture {
  const capture = nseCapture({ sessionId: 's' });
  let seq = 0;
  for (const file of files) {
    const events = recordFile(capture, bytesOf(file.path), { url: nameOf(file.path), rx: file.rx });
    // Each hundredth against the schema: all of them take minutes.
    for (const event of events) {
      seq += 1;
      if (seq % 100 === 0) validateEvent({ ...event, seq } as never);
    }
    each(file, events);
  }
  console.info(files.length, 'files', JSON.stringify(capture.stats));
  return capture;
}

const statsByInst = (events: readonly EventInput[]): Map<string, StatsBody> => {
  const found = new Map<string, StatsBody>();
  for (const event of events) if (event.t === 'Stats') found.set(event.body.inst, event.body);
  return found;
};

/** Floats are fine for a comparison to the paisa: prices are below a million. */
const paise = (text: string | undefined): number => Math.round(Number(text) * 100);
const paiseOrNull = (text: string | undefined): number | null => paise(text) || null;

/** All files in the long tests, each fifth otherwise: all of them take half a minute. */
const FULL = process.env['QL_LONG'] === '1';
const some = (files: readonly Timed[]): Timed[] => files.filter((_, i) => FULL || i % 5 === 0);

const udiff = some(inOrder('udiff_fo'));
const snapshots = some(inOrder('index_chain_intraday'));
const chains = inOrder('nse_chain_json');
const exports = sharedFiles('nse_chain_csv');

describe('recorded files', { timeout: 600_000 }, () => {
  test.runIf(udiff.length > 0)('NSEFILE-2: bhavcopies, each row field by field', () => {
    let rows = 0;
    let traded = 0;
    const capture = recordAll(udiff, ({ path }, events) => {
      const stats = statsByInst(events);
      for (const row of rowsOf(path)) {
        rows += 1;
        const body = stats.get(`NSE:FO:${row['FinInstrmNm']}`);
        const units = Number(row['TtlTradgVol']) * Number(row['NewBrdLotQty']);
        if (units > 0) traded += 1;
        const expected = [
          paiseOrNull(row['OpnPric']),
          paiseOrNull(row['HghPric']),
          paiseOrNull(row['LwPric']),
          units === 0 ? null : paiseOrNull(row['LastPric']),
          paiseOrNull(row['ClsPric']),
          units,
          Number(row['OpnIntrst']),
          row['TtlTrfVal'],
        ];
        const { open, high, low, last, close, volume, openInterest, turnover } =
          body ?? ({} as StatsBody);
        const found = [open, high, low, last, close, volume, openInterest, turnover];
        if (found.some((value, i) => value !== expected[i])) expect(found).toEqual(expected);
      }
    });
    if (FULL) expect([rows, traded, udiff.length]).toEqual([118_454, 70_979, 100]);
    expect(rows).toBeGreaterThan(15_000);
    expect(capture.stats).toMatchObject({
      files: udiff.length,
      rows,
      contracts: rows,
      malformed: 0,
    });
    expect(capture.stats).toMatchObject({ refusedRows: 0, refusedContracts: 0, clockSteps: 0 });
  });

  test.runIf(snapshots.length > 0)('NSEFILE-2: snapshots, dirty values counted', () => {
    let spotsAbsent = 0;
    let stale = 0;
    let legs = 0;
    const capture = recordAll(snapshots, ({ path }) => {
      const absent = new Set<string>();
      for (const row of rowsOf(path)) {
        const symbol = row['Symbol'] ?? row['Stock'] ?? '';
        const spot = Number(row['Spot'] ?? row['Stock_LTP']);
        if (spot === 0) absent.add(symbol);
        for (const [side, sign] of [['CE', 1] as const, ['PE', -1] as const]) {
          legs += 1;
          const last = Number(row[`${side}_LTP`]);
          const strike = Number(row['Strike']);
          const cap = side === 'CE' ? spot : strike;
          const beyond = Math.max(sign * (spot - strike) - last, last - cap);
          const odd = spot > 0 && Math.round(beyond * 10_000) > Math.round(spot * 100);
          if (last > 0 && (Number(row[`${side}_Volume`]) === 0 || odd)) stale += 1;
        }
      }
      spotsAbsent += absent.size;
    });
    if (FULL) expect([legs, snapshots.length]).toEqual([274_212, 412]);
    const facts = { QL_NSE_SPOT: spotsAbsent, QL_NSE_STALE_LAST: stale };
    expect(capture.stats).toMatchObject({ rows: legs / 2, contracts: legs, facts });
    expect(capture.stats).toMatchObject({ refusedFiles: 0, refusedRows: 0, refusedContracts: 0 });
    expect(stale).toBeGreaterThan(FULL ? 42_285 : 5000);
  });

  test.runIf(chains.length > 0)('NSEFILE-2: JSON chains, leg by leg', () => {
    const twoSided: Record<string, number> = {};
    let legs = 0;
    const capture = recordAll(chains, ({ path }, events) => {
      const both = events.filter((e) => e.t === 'Quote' && e.body.bid && e.body.ask).length;
      twoSided[nameOf(path).split('/')[1] as string] = both;
      type Leg = Record<string, number>;
      const { records } = JSON.parse(readFileSync(path, 'utf8')) as {
        records: { data: Record<string, Leg>[] };
      };
      const all = records.data.flatMap((row) => [row['CE'], row['PE']]).filter((one) => one);
      const quoted = all.filter((one) => one?.['bidprice'] && one['askPrice']).length;
      legs += all.length;
      expect(both).toBe(quoted);
    });
    expect(twoSided['NIFTY_20220328_option_chain.json']).toBe(1309);
    expect(capture.stats).toMatchObject({ files: 6, rows: 2272, contracts: legs, quotes: legs });
    expect(legs).toBe(4015);
    expect(capture.stats.refusedContracts).toBe(0);
    expect(Object.keys(capture.stats.facts)).toEqual(['QL_NSE_STALE_LAST']);
  });

  test.runIf(chains.length > 0)('NSEFILE-7: fractions of open interest are whole units', () => {
    const nifty = chains.filter(({ path }) => path.includes('NIFTY_20220328'));
    let fractions = 0;
    recordAll(nifty, ({ path }, events) => {
      const units = [...statsByInst(events).values()].map(({ openInterest }) => openInterest);
      const text = readFileSync(path, 'utf8');
      fractions = [...text.matchAll(/"openInterest": \d+\.\d+/g)].length;
      const total = units.reduce<number>((sum, one) => sum + (one ?? 0), 0);
      const whole = [...text.matchAll(/"openInterest": ([\d.]+)/g)];
      // The file says each expiry's legs twice where they are the nearest: only `data` counts.
      const sum = whole.reduce((all, [, digits]) => all + Number(digits) * 50, 0);
      const { filtered } = JSON.parse(text) as { filtered: Record<string, { totOI: number }> };
      const nearest = ((filtered['CE']?.totOI ?? 0) + (filtered['PE']?.totOI ?? 0)) * 50;
      expect(total).toBe(Math.round(sum - nearest));
    });
    expect(fractions).toBeGreaterThan(50);
  });

  test.runIf(exports.length > 0)('NSEFILE-2: the export with grouped digits', () => {
    const [path = ''] = exports;
    const capture = nseCapture({ sessionId: 's' });
    const events = recordFile(capture, bytesOf(path), { url: nameOf(path) });
    expect(capture.stats).toMatchObject({ rows: 90, contracts: 180, quotes: 180 });
    expect(capture.stats.facts).toEqual({ QL_NSE_STALE_LAST: 23 });
    // The last row: "15,36,750" bid at 0.6, open interest "91,270" contracts of 75.
    const call = statsByInst(events).get('NSE:FO:NIFTY2571027400CE');
    expect(call).toMatchObject({ last: 60, volume: 265_067 * 75, openInterest: 91_270 * 75 });
  });
});
