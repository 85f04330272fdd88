import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  captureRecording,
  createSession,
  eventLinesSha256,
  openRawRecorder,
  type Session,
} from 'quantlaxmi/node';
import { createBinanceCapture } from 'quantlaxmi/venues/binance';
import { RAW_FORMAT, type RawRecord } from 'quantlaxmi/venues/feed';
import { expect, test } from 'vitest';
import { rejection, temporaryFolder } from '../folders.js';

const settings = {
  market: 'spot' as const,
  symbols: ['BTCUSDT'],
  aggTrades: true,
  partialDepth: [],
  marks: false,
  finerDigits: 'redeclare' as const,
};

const info = JSON.stringify({
  symbols: [
    {
      ...{ symbol: 'BTCUSDT', status: 'TRADING', baseAsset: 'BTC', quoteAsset: 'USDT' },
      filters: [
        { filterType: 'PRICE_FILTER', minPrice: '0.01', maxPrice: '1000000.00', tickSize: '0.01' },
        { filterType: 'LOT_SIZE', minQty: '0.00001', maxQty: '9000.0', stepSize: '0.00001' },
      ],
    },
  ],
});

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const quote = (rx: number): RawRecord => {
  const fields = `"s":"BTCUSDT","b":"61837.63","B":"3.7","a":"61837.64","A":"1.6"`;
  const bytes = encode(`{"stream":"btcusdt@bookTicker","data":{"u":${rx},${fields}}}`);
  return { kind: 'frame', rx, conn: 1, binary: false, bytes };
};

/** A session and its raw record in several parts, as a live capture leaves them. */
async function recorded(): Promise<{ session: Session; files: string[] }> {
  const dir = join(temporaryFolder(), 'session');
  const writer = await createSession(dir, {
    ...{ capture: { feed: { name: 'test', version: '1' } }, policy: { kind: 'os' }, raw: true },
  });
  const clock = { nowUs: () => 1_000 };
  const head = { fmt: RAW_FORMAT, sessionId: writer.id, settings, venue: 'binance-spot' };
  const recorder = await openRawRecorder(join(dir, 'raw'), {
    ...{ head, clock, sync: false, partBytes: 400 },
  });
  const capture = createBinanceCapture({ ...settings, sessionId: writer.id });
  const url = '/api/v3/exchangeInfo';
  const first = { kind: 'answer', rx: 2_000, tookUs: 5, status: 200, url, bytes: encode(info) };
  const records = [first as RawRecord, ...Array.from({ length: 60 }, (_, i) => quote(3_000 + i))];
  for (const record of records) {
    recorder.write([record]);
    await recorder.flush();
    for (const event of capture.record(record)) writer.wal.append(event);
  }
  for (const event of capture.stop()) writer.wal.append(event);
  await recorder.close();
  const session = await writer.seal();
  const files = (session.manifest.raw?.parts ?? []).map(({ name }) => join(dir, 'raw', name));
  return { session, files };
}

const again = (files: readonly string[], more: object = {}) =>
  captureRecording({ market: 'spot', files, out: join(temporaryFolder(), 'again'), ...more });

test('NODE-32: the parts of a raw record give the events of the session again', async () => {
  const { session, files } = await recorded();
  expect(files.length).toBeGreaterThan(3);
  expect(session.manifest.wal.perType['Quote']).toBe(60);
  const made = await again(files);
  expect(made.damage).toEqual([]);
  expect(made.stats.quotes).toBe(60);
  expect(made.session.manifest.parentSessionId).toBe(session.id);
  expect(made.session.manifest.wal.chainHead).not.toBe(session.manifest.wal.chainHead);
  const digest = await eventLinesSha256(session.read());
  expect(await eventLinesSha256(made.session.read())).toBe(digest);
  // The control: one event less is another digest.
  const { lastSeq } = session.manifest.wal;
  expect(await eventLinesSha256(session.read({ toSeq: lastSeq - 1 }))).not.toBe(digest);
});

test('NODE-32: a part that is not the bound one is refused, and so are other flags', async () => {
  const { files } = await recorded();
  expect(await rejection(again(files, { market: 'usdm' }))).toBe('QL_BAD_INPUT');
  expect(await rejection(again(files, { symbols: ['BTCUSDT'] }))).toBe('QL_BAD_INPUT');
  const other = await recorded();
  const mixed = [files[0] as string, ...other.files.slice(1)];
  expect(await rejection(again(mixed))).toBe('QL_MANIFEST_HASH');
  const bytes = readFileSync(files[1] as string);
  bytes[20] = (bytes[20] as number) ^ 1;
  writeFileSync(files[1] as string, bytes);
  expect(await rejection(again(files))).toBe('QL_MANIFEST_HASH');
});

test('NODE-32: a record with unbound parts is read as far as it goes, with a fact', async () => {
  const { files } = await recorded();
  const dir = temporaryFolder();
  const loose = files.map((_, i) => join(dir, `${i}.rec.gz`));
  files.forEach((file, i) => {
    writeFileSync(loose[i] as string, readFileSync(file));
  });
  const last = loose.at(-1) as string;
  writeFileSync(last, readFileSync(last).subarray(0, -12));
  const made = await again(loose);
  expect(made.damage.map(({ code }) => code)).toEqual(['QL_RECORDING_DAMAGED']);
  expect(made.session.manifest.capture.malformed).toBe(1);
});
