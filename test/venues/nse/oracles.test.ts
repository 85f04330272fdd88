/** What two kinds of files say of the same contracts agrees. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { EventInput, InstrumentBody, StatsBody } from 'quantlaxmi/events';
import { nseCapture } from 'quantlaxmi/venues/nse';
import { bytesOf, eventsOf, recordFile, rowsOf, sharedFiles } from './files.js';

const udiff = sharedFiles('udiff_fo');
const snapshots = sharedFiles('index_chain_intraday');
const chains = sharedFiles('nse_chain_json');
const dumps = sharedFiles('../kite/instruments');
const calendar = sharedFiles('calendar').filter((path) => path.includes('DERIVED'));

interface Session {
  readonly stats: Map<string, StatsBody>;
  readonly instruments: Map<string, InstrumentBody>;
}

function record(paths: readonly string[]): Session {
  const stats = new Map<string, StatsBody>();
  const instruments = new Map<string, InstrumentBody>();
  const capture = nseCapture({ sessionId: 's' });
  const take = (event: EventInput): void => {
    if (event.t === 'Stats') stats.set(event.body.inst, event.body);
    if (event.t === 'Instrument') instruments.set(event.body.instrumentId, event.body);
  };
  for (const path of paths) for (const event of recordFile(capture, bytesOf(path))) take(event);
  return { stats, instruments };
}

const day = (us: number | null): string =>
  us === null ? '' : new Date((us + 19_800_000_000) / 1000).toISOString().slice(0, 10);

describe('files against each other', { timeout: 300_000 }, () => {
  test.runIf(udiff.length > 0 && snapshots.length > 0).each([
    ['2026-01-27', '15-41', 704],
    ['2026-01-28', '20-20', 450],
    ['2026-01-29', '23-58', 450],
  ])('NSEFILE-10: the last snapshot of %s is the bhavcopy of the day', (date, time, count) => {
    const eod = record(udiff.filter((path) => path.includes(`/${date}/`)));
    const last = record(snapshots.filter((path) => path.endsWith(`_${date}_${time}.csv`)));
    const common = [...last.stats.keys()].filter((inst) => eod.stats.has(inst) && /FO/.test(inst));
    expect(common.length).toBe(count);
    let priced = 0;
    for (const inst of common) {
      const [a, b] = [eod.stats.get(inst), last.stats.get(inst)];
      expect(b?.volume, inst).toBe(a?.volume);
      if (b?.last === null) continue;
      priced += 1;
      expect(b?.last, inst).toBe(a?.last);
    }
    expect(priced).toBeGreaterThan(count * 0.7);
    // Lots inferred from volumes are those stated, ids and expiries those of the exchange.
    for (const inst of common) {
      const [a, b] = [eod.instruments.get(inst), last.instruments.get(inst)];
      expect(b).toEqual({ ...a, inferred: true });
    }
    // Control: another day's bhavcopy differs.
    const other = record(udiff.filter((path) => path.includes('/2026-01-22/')));
    const differs = common.filter(
      (inst) => other.stats.get(inst)?.volume !== last.stats.get(inst)?.volume,
    );
    expect(differs.length).toBeGreaterThan(count * 0.7);
  });

  test.runIf(calendar.length > 0)('NSEFILE-10: expiries are those observed, on their days', () => {
    const { udiff_fo: observed } = JSON.parse(readFileSync(calendar[0] as string, 'utf8')) as {
      udiff_fo: Record<string, Record<string, readonly [string, string]>>;
    };
    let checked = 0;
    for (const date of ['2025-01-01', '2026-01-27', '2026-02-27']) {
      const { instruments } = record(udiff.filter((path) => path.includes(`/${date}/`)));
      const found: Record<string, Set<string>> = {};
      for (const { base, expiry } of instruments.values()) {
        if (expiry !== null) (found[base] ??= new Set()).add(day(expiry));
      }
      for (const [base, expiries] of Object.entries(found)) {
        const listed = observed[base];
        if (listed === undefined) continue;
        const expected = Object.entries(listed)
          .filter(([, [first, last]]) => first <= date && date <= last)
          .map(([expiry]) => expiry);
        expect([...expiries].sort(), `${base} ${date}`).toEqual(expected.sort());
        checked += expiries.size;
      }
    }
    expect(checked).toBeGreaterThan(40);
  });

  test.runIf(chains.length > 0)('NSEFILE-10: lots of chains are those of their time', () => {
    const { instruments } = record(chains.filter((path) => path.includes('20250717')));
    const lots: Record<string, Set<number>> = {};
    for (const { base, class: kind, lot } of instruments.values()) {
      if (kind === 'option') (lots[base] ??= new Set()).add(lot);
    }
    // Of the Kite dump of 2026-08-21 for RELIANCE and TCS; NIFTY had 75 until the end of 2025.
    expect(Object.entries(lots).map(([base, all]) => [base, ...all])).toEqual([
      ['FINNIFTY', 65],
      ['NIFTY', 75],
      ['NIFTYNXT50', 25],
      ['RELIANCE', 500],
      ['TCS', 175],
    ]);
  });

  test.runIf(udiff.length > 0)('NSEFILE-10: the names of chains are those of bhavcopies', () => {
    // A chain without a list of expiries has to tell weekly from monthly by itself.
    const dates = ['2025-01-09', '2026-02-23'];
    let weekly = 0;
    for (const date of dates) {
      const eod = record(udiff.filter((path) => path.includes(`/${date}/`)));
      const options = [...eod.instruments.values()].filter((body) => body.class === 'option');
      const named = namesBySnapshot(options, date);
      for (const { instrumentId } of options) {
        expect(named.has(instrumentId), instrumentId).toBe(true);
        if (/\d{5}\d+[CP]E$/.test(instrumentId)) weekly += 1;
      }
    }
    expect(weekly).toBeGreaterThan(1000);
  });

  test.runIf(dumps.length > 0)('NSEFILE-10: the names of contracts are those of the broker', () => {
    const rows = rowsOf(dumps[0] as string).filter((row) =>
      /^[CP]E$/.test(row['instrument_type'] ?? ''),
    );
    const options = rows.filter((row) => row['exchange'] === 'NFO');
    const named = namesBySnapshot(
      options.map((row) => ({
        base: row['name'] ?? '',
        expiry: Date.parse(`${row['expiry']}T10:00:00Z`) * 1000,
        strike: Math.round(Number(row['strike']) * 100),
      })),
      '2026-08-17',
    );
    const missing = options.filter((row) => !named.has(`NSE:FO:${row['tradingsymbol']}`));
    expect(missing).toEqual([]);
    expect(options.length).toBeGreaterThan(35_000);
    expect(options.filter((row) => /\.\d*[CP]E$/.test(row['tradingsymbol'] ?? '')).length).toBe(
      888,
    );
  });

  test.runIf(snapshots.length > 0)('NSEFILE-1: stamps are IST: the market moves from 9:15', () => {
    const volumeAt = (date: string, time: string): number => {
      const paths = snapshots.filter((path) => path.endsWith(`_${date}_${time}.csv`));
      expect(paths.length).toBe(1);
      return [...record(paths).stats.values()].reduce((sum, { volume }) => sum + (volume ?? 0), 0);
    };
    expect(volumeAt('2026-01-28', '09-13')).toBe(0);
    expect(volumeAt('2026-01-28', '09-20')).toBeGreaterThan(0);
    expect(volumeAt('2026-01-27', '15-35')).toBeGreaterThan(volumeAt('2026-01-27', '15-29'));
    expect(volumeAt('2026-01-27', '15-41')).toBe(volumeAt('2026-01-27', '15-35'));
  });
});

/** Ids that a snapshot of the date gives to contracts, both rights of each strike. */
function namesBySnapshot(
  options: readonly Pick<InstrumentBody, 'base' | 'expiry' | 'strike'>[],
  date: string,
): Set<string> {
  const header =
    'Symbol,Expiry,Strike,CE_LTP,CE_OI,CE_Volume,PE_LTP,PE_OI,PE_Volume,Spot,timestamp';
  const rows = options.map(({ base, expiry, strike }) => {
    const price = (strike ?? 0) / 100;
    return `${base},${day(expiry)},${price},1,1,1,1,1,1,0,${date} 09:00:00`;
  });
  const capture = nseCapture({ sessionId: 's', factLimit: 5 });
  const bytes = new TextEncoder().encode([header, ...new Set(rows)].join('\n'));
  const events = recordFile(capture, bytes);
  const refused = eventsOf(events, 'Session').filter(({ body }) => body.code === 'QL_NSE_VALUE');
  expect(refused.map(({ body }) => body.details)).toEqual([]);
  expect(capture.stats.refusedRows).toBe(0);
  return new Set(events.flatMap((event) => (event.t === 'Stats' ? [event.body.inst] : [])));
}
