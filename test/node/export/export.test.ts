import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { EVENT_TYPES, type EventInput, type EventType } from 'quantlaxmi/events';
import { createSession } from 'quantlaxmi/node';
import { exportColumns, type ExportFormat, exportLog } from 'quantlaxmi/node/export';
import { eventInputArbitrary } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { rejection, temporaryFolder } from '../folders.js';
import { INST, marketEvents } from '../market.js';
import { loggedTables } from './logged-tables.js';
import { duck, duckTypes, readBack } from './read-back.js';

const FORMATS: readonly ExportFormat[] = ['parquet', 'arrow', 'csv'];

/** Writes events into a session, a batch for every few of them, and seals it. */
const sessionWith = async (dir: string, events: Iterable<EventInput>): Promise<string> => {
  const capture = { feed: { name: 'test', version: '1' } };
  const writer = await createSession(dir, { capture, policy: { kind: 'os' } });
  let rx = 0;
  let n = 0;
  for (const event of events) {
    rx = Math.max(rx, event.rx);
    writer.wal.append({ ...event, rx });
    n += 1;
    if (n % 50 === 0) await writer.wal.flush();
  }
  await writer.seal();
  return dir;
};

/** Book changes whose levels alone are 12 KB of text each, always the same. */
function* wideEvents(count: number): Generator<EventInput> {
  const bids = Array.from({ length: 1_000 }, (_, i) => [700_000 - i, 100 + (i % 800)] as const);
  for (let i = 0; i < count; i += 1) {
    const body = { asks: [], bids, firstSeq: i, inst: INST, lastSeq: i, prevSeq: null };
    yield { t: 'BookDelta', sv: 1, rx: 1_700_000_000_000_000 + i, ts: null, src: 'TEST', body };
  }
}

const anyEvents = (seed: number): EventInput[] =>
  EVENT_TYPES.flatMap((t) =>
    fc.sample<EventInput>(eventInputArbitrary(t) as fc.Arbitrary<EventInput>, { numRuns: 8, seed }),
  );

describe('NODE-23: an export holds the log, column by column', { timeout: 120_000 }, () => {
  for (const format of FORMATS) {
    test(`${format}: every type, odd texts, extreme integers, equal counts and sums`, async () => {
      const dir = temporaryFolder();
      const session = await sessionWith(join(dir, 'session'), anyEvents(20));
      const out = join(dir, format);
      const tables = await exportLog(session, { format, out, groupRows: 5 });
      expect(tables.map(({ type }) => type)).toEqual([...EVENT_TYPES].sort());
      expect(await readBack(out)).toEqual(loggedTables(session));
    });
  }

  test('control: one event fewer, or one cell changed, is seen', async () => {
    const dir = temporaryFolder();
    const session = await sessionWith(join(dir, 'session'), marketEvents(30));
    const logged = loggedTables(session);
    const [short, whole] = [join(dir, 'short'), join(dir, 'whole')];
    await exportLog(session, { format: 'parquet', out: short, toSeq: 31 });
    expect(await readBack(short)).not.toEqual(logged);
    await exportLog(session, { format: 'csv', out: whole });
    expect(await readBack(whole)).toEqual(logged);
    const file = join(whole, 'Trade.csv');
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replace(
        /TEST:SPOT:AAABBB,(\d)/,
        (_, digit: string) => `TEST:SPOT:AAABBB,${(Number(digit) % 9) + 1}`,
      ),
    );
    expect(await readBack(whole)).not.toEqual(logged);
  });

  test('the same log gives the same bytes, however its rows are grouped in CSV', async () => {
    const dir = temporaryFolder();
    const session = await sessionWith(join(dir, 'session'), marketEvents(200));
    for (const format of FORMATS) {
      const outs = [join(dir, `${format}-1`), join(dir, `${format}-2`)];
      for (const out of outs) await exportLog(session, { format, out });
      const [first, second] = outs.map((out) => readFileSync(join(out, `Quote.${format}`)));
      expect(first?.equals(second as Buffer)).toBe(true);
    }
    await exportLog(session, { format: 'csv', out: join(dir, 'small'), groupRows: 7 });
    const small = readFileSync(join(dir, 'small', 'Quote.csv'), 'utf8');
    expect(small).toBe(readFileSync(join(dir, 'csv-1', 'Quote.csv'), 'utf8'));
  });

  test('a stretch of rows ends at 4 MiB, whatever the limit of rows', async () => {
    const dir = temporaryFolder();
    const session = await sessionWith(join(dir, 'session'), wideEvents(500));
    const outs = { parquet: join(dir, 'parquet'), arrow: join(dir, 'arrow') };
    for (const [format, out] of Object.entries(outs) as ['parquet' | 'arrow', string][]) {
      await exportLog(session, { format, out });
    }
    const groups = await duck(`SELECT row_group_num_rows AS rows FROM
      parquet_metadata('${join(outs.parquet, 'BookDelta.parquet')}')
      WHERE path_in_schema = 'bids' ORDER BY row_group_id`);
    const { batches } = tableFromIPC(readFileSync(join(outs.arrow, 'BookDelta.arrow')));
    const rows = batches.map(({ numRows }) => numRows);
    expect(rows).toEqual(groups.map((group) => Number(group['rows'])));
    // 12 KB of levels a row: equal texts count too, because they are written each time.
    expect([rows.length, Math.max(...rows) < 4_194_304 / 12_000]).toEqual([2, true]);
    expect(rows.reduce((sum, n) => sum + n, 0)).toBe(500);
  });

  test('integers are 64-bit integers in Parquet, never floats', async () => {
    const dir = temporaryFolder();
    const session = await sessionWith(join(dir, 'session'), marketEvents(30));
    await exportLog(session, { format: 'parquet', out: join(dir, 'out') });
    expect(await duckTypes(join(dir, 'out', 'Quote.parquet'))).toEqual({
      ...{ seq: 'BIGINT', rx: 'BIGINT', ts: 'BIGINT', src: 'VARCHAR', ask: 'BIGINT' },
      ...{ askQty: 'BIGINT', bid: 'BIGINT', bidQty: 'BIGINT', inst: 'VARCHAR', venueSeq: 'BIGINT' },
    });
    for (const t of EVENT_TYPES) {
      const kinds = new Set(exportColumns(t).map(({ kind }) => kind));
      expect([...kinds].filter((kind) => !['int', 'text', 'bool', 'json'].includes(kind))).toEqual(
        [],
      );
    }
  });
});

describe('NODE-23: an export makes all its files or none', { timeout: 60_000 }, () => {
  const small = async (): Promise<{ dir: string; session: string; out: string }> => {
    const dir = temporaryFolder();
    const session = await sessionWith(join(dir, 'session'), marketEvents(60));
    return { dir, session, out: join(dir, 'out') };
  };

  test('a file that exists is kept, and nothing else is written', async () => {
    const { session, out } = await small();
    mkdirSync(out);
    writeFileSync(join(out, 'Trade.csv'), 'mine');
    expect(await rejection(exportLog(session, { format: 'csv', out }))).toBe('QL_FILE_EXISTS');
    expect(readdirSync(out)).toEqual(['Trade.csv']);
    expect(readFileSync(join(out, 'Trade.csv'), 'utf8')).toBe('mine');
  });

  test('a damaged log: its own error, no file', async () => {
    const { session, out } = await small();
    const wal = join(session, 'wal');
    const copy = join(session, 'copy');
    mkdirSync(copy);
    const [name = ''] = readdirSync(wal);
    const bytes = readFileSync(join(wal, name));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(join(copy, name), bytes);
    expect(await rejection(exportLog(copy, { format: 'parquet', out }))).toMatch(/^WAL_/);
    expect(readdirSync(out)).toEqual([]);
  });

  test('types by name, also ones that do not occur; unknown words are refused', async () => {
    const { session, out } = await small();
    const types = ['Trade', 'Funding'];
    for (const format of FORMATS) {
      const tables = await exportLog(session, { format, out, types });
      expect(tables.map(({ type, rows }) => [type, rows])).toEqual([
        ['Funding', 0],
        ['Trade', 20],
      ]);
    }
    expect(readFileSync(join(out, 'Funding.csv'), 'utf8')).toBe(
      'seq,rx,ts,src,index,inst,intervalUs,mark,nextFundingTs,rateE8\r\n',
    );
    expect(Object.keys(await duckTypes(join(out, 'Funding.parquet')))).toHaveLength(10);
    for (const bad of [{ types: ['trade'] }, { groupRows: 0 }, { format: 'xml' as ExportFormat }]) {
      const work = exportLog(session, { format: 'csv', out: join(out, 'x'), ...bad });
      expect(await rejection(work)).toBe('QL_BAD_INPUT');
    }
    const none: readonly EventType[] = [];
    expect(
      await exportLog(session, { format: 'csv', out: join(out, 'none'), types: none }),
    ).toEqual([]);
  });

  test('a folder without a log is refused before anything is made', async () => {
    const dir = temporaryFolder();
    expect(await rejection(exportLog(dir, { format: 'csv', out: join(dir, 'out') }))).toBe(
      'QL_LOG_MISSING',
    );
    expect(readdirSync(dir)).toEqual([]);
  });
});
