/** Sessions from files of the NSE: the same whatever the order, and what G0 says of them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isQuantlaxmiError } from 'quantlaxmi/core';
import { type GateCheck, dataTruthScan, g0Defaults } from 'quantlaxmi/gates';
import { captureFiles, eventLinesSha256, type Session } from 'quantlaxmi/node';
import { scratch } from '../../acceptance/lib/command.js';
import { bhavcopy, chainJson, FUTURE, type JsonLeg, sharedFiles, snapshot } from './files.js';

const dir = scratch('nse-session');
let runs = 0;

const write = (name: string, text: string): string => {
  const file = join(dir, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};

const capture = (files: readonly string[], more: object = {}) => {
  runs += 1;
  return captureFiles({ files, out: join(dir, `session-${runs}`), ...more });
};

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!isQuantlaxmiError(error)) throw error ?? new Error('it did not throw');
  return error.code;
};

/** Checks of G0 that do not pass. */
const g0 = async (session: Session): Promise<GateCheck[]> => {
  const scan = dataTruthScan(g0Defaults);
  for await (const batch of session.read()) for (const event of batch) scan.push(event);
  const checks = scan.checks(null, { lastSeq: session.manifest.wal.lastSeq });
  return checks.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn');
};

const shown = (checks: readonly GateCheck[]): string[] =>
  checks.map(({ id, verdict, observed }) => `${id} ${verdict} ${observed}`);

const MONDAY = bhavcopy([{}, FUTURE]);
const TUESDAY = MONDAY.replaceAll('2026-02-02', '2026-02-03').replace(
  '24897.90,101.00,',
  '24897.90,24897.90,',
);
const NOON = snapshot(['24900.0,101.5,650,1300,98.0,130,65']);

describe('captureFiles', { timeout: 120_000 }, () => {
  test('NSEFILE-11: the same files in any order are the same session', async () => {
    const files = [
      write('a/NIFTY.csv', MONDAY),
      write('b/NIFTY.csv', TUESDAY),
      write('chain/noon.csv', NOON),
    ];
    const digests = new Set<string>();
    for (const order of [files, [...files].reverse()]) {
      const { session, stats } = await capture(order);
      expect(stats).toMatchObject({ files: 3, contracts: 6, malformed: 0, clockSteps: 0 });
      digests.add(await eventLinesSha256(session.read()));
      // Noon, Monday's end, Tuesday's end.
      const times: number[] = [];
      for await (const batch of session.read()) times.push(...batch.map(({ rx }) => rx));
      expect([...new Set(times)].map((us) => new Date(us / 1000).toISOString())).toEqual([
        '2026-02-02T06:54:59.000Z',
        '2026-02-02T18:30:00.000Z',
        '2026-02-03T18:30:00.000Z',
      ]);
    }
    expect(digests.size).toBe(1);
    // Control: other content gives another digest.
    const other = await capture([write('c/NIFTY.csv', MONDAY.replace(',6500,', ',6501,'))]);
    expect(digests.has(await eventLinesSha256(other.session.read()))).toBe(false);
  });

  test('NSEFILE-3: a file of no known kind or without a time is refused with advice', async () => {
    expect(await codeOf(capture([write('x.csv', 'Date,Open\n1,2\n')]))).toBe('QL_NSE_FILE');
    expect(await codeOf(capture([join(dir, 'absent.csv')]))).toBe('QL_FILE_READ');
    const untimed = write('empty.csv', bhavcopy([]));
    expect(await codeOf(capture([untimed]))).toBe('QL_NSE_STAMP');
    const { stats } = await capture([untimed], { atUs: 1_770_000_000_000_000 });
    expect(stats).toMatchObject({ files: 1, rows: 0 });
  });

  test('NSEFILE-3: a file with a changed header is a fact of the session', async () => {
    const file = write('renamed.csv', MONDAY.replace('SttlmPric', 'SettlePrice'));
    const { session, stats } = await capture([file]);
    expect(stats.refusedFiles).toBe(1);
    expect(shown(await g0(session))).toContain('session.malformed fail 1');
  });

  test('NSEFILE-2: G0 has nothing against clean files but that no tick was stated', async () => {
    const { session } = await capture([write('g0/NIFTY.csv', MONDAY)]);
    expect(shown(await g0(session))).toEqual(['instrument.inferred warn 1']);
    const legs = Array.from({ length: 40 }, (_, i): JsonLeg => {
      const quantity = 500 * (i + 1);
      const fields = { bidQty: quantity, totalBuyQuantity: quantity };
      return { strike: 1000 + 10 * i, side: 'PE', fields };
    });
    const chain = await capture([write('g0/chain.json', chainJson(legs))]);
    expect(shown(await g0(chain.session))).toEqual(['instrument.inferred warn 41']);
  });

  const recorded = sharedFiles('index_chain_intraday').filter((path) => /2026-02-04/.test(path));
  test.runIf(recorded.length > 0)('NSEFILE-5: G0 fails a session of dirty chains', async () => {
    const { session, stats } = await capture(recorded);
    expect(stats.malformed).toBeGreaterThan(100);
    const failed = (await g0(session)).filter(({ verdict }) => verdict === 'fail');
    expect(shown(failed)).toEqual([`session.malformed fail ${stats.malformed}`]);
  });

  const chains = sharedFiles('nse_chain_json').filter((path) => /20250717/.test(path));
  test.runIf(chains.length > 0)(
    'NSEFILE-7: quotes of recorded chains stand on their lots',
    async () => {
      const { session } = await capture(chains);
      // Prices on the tick, quantities on the lot, nothing crossed: only old last prices are told.
      const failed = (await g0(session)).filter(({ verdict }) => verdict === 'fail');
      expect(shown(failed)).toEqual(['session.malformed fail 350']);
    },
  );
});
