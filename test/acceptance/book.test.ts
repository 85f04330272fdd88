/** The book of a real recording, rebuilt and printed by the command, byte for byte. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CaptureDocument, command, json, ROOT, scratch } from './lib/command.js';

const dir = scratch('book');
const RECORDINGS = '../shared/data/binance/hftbacktest';

/** Market, file, digits of the venue's messages, counts, final update id, SHA-256 of the dump. */
const CASES = [
  {
    market: 'usdm',
    file: 'usdm/btcusdt_20240808.gz',
    digits: ['2', '3'],
    counts: { Quote: 66_089, Trade: 21_313, BookDelta: 6551, BookSnapshot: 1 },
    book: { venueSeq: 5_123_135_475_514, bids: 5018, asks: 4578 },
    sha256: 'bd11462b6b313d7c60a2f31ac78167dcb3a4294f682f3dfff3cf3455f800c284',
  },
  {
    market: 'spot',
    file: 'spot/btcusdt_20240808.gz',
    digits: ['8', '8'],
    counts: { Quote: 28_040, Trade: 9757, BookDelta: 3451, BookSnapshot: 1 },
    book: { venueSeq: 50_093_421_584, bids: 1209, asks: 2196 },
    sha256: '834bfb3df983d95fddcb6190255b33ea6a683ad5ba12b412eb3111734d4e6a0a',
  },
] as const;

describe('a real recording', { timeout: 300_000 }, () => {
  for (const one of CASES) {
    test(`${one.market}: counts and the final book are the documented ones`, (context) => {
      const session = join(dir, one.market);
      const file = join(ROOT, RECORDINGS, one.file);
      if (!existsSync(file)) {
        expect([file, process.env['REQUIRE_SHARED']]).not.toEqual([file, '1']);
        context.skip(`${file} is missing; set REQUIRE_SHARED=1 to make that a failure`);
      }
      const from = ['capture', 'binance', '--market', one.market, '--from', file];
      const { code, document } = json<CaptureDocument>([...from, '--out', session]);
      expect([code, document.gaps, document.malformed]).toEqual([0, 0, 0]);
      expect(document.counts).toMatchObject(one.counts);
      const inst = `BINANCE:${one.market.toUpperCase()}:BTCUSDT`;
      const book = ['book', session, '--instrument', inst];
      expect(json(book).document).toMatchObject(one.book);
      const [price, qty] = one.digits;
      const padded = ['--dump', '--price-decimals', price, '--qty-decimals', qty];
      const dump = command([...book, ...padded]).out;
      expect(createHash('sha256').update(dump).digest('hex')).toBe(one.sha256);
    });
  }
});
