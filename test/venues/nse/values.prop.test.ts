/** Values of files against other ways to say them: ICU's grouping, doubles, permutations. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeUtf8 } from 'quantlaxmi/core';
import type { InstrumentBody } from 'quantlaxmi/events';
import { encodeRawLine, parseRawLine } from 'quantlaxmi/venues/feed';
import { nseCapture } from 'quantlaxmi/venues/nse';
import {
  BHAVCOPY_COLUMNS,
  bhavcopy,
  bodyOf,
  chainJson,
  eventsOf,
  FUTURE,
  recordFile,
  recordText,
  snapshot,
} from './files.js';

const INST = 'NSE:FO:RELIANCE25JUL1400CE';

/** Says what a lot is, as a universe of another capture would. */
const withLot = (lot: number): InstrumentBody => {
  const { events } = recordText(chainJson([{ strike: 1400, side: 'CE' }]));
  const option = eventsOf(events, 'Instrument').find(({ body }) => body.class === 'option');
  if (option === undefined) throw new Error('no option');
  return { ...option.body, inferred: false, lot, minQty: lot };
};

const openInterest = (text: string, lot: number): number | null => {
  const fields = { openInterest: 987_654_321 };
  const json = chainJson([{ strike: 1400, side: 'CE', fields }]).replace('987654321', text);
  // Quantities of the orders must not speak against the lot.
  const free = json.replace(/"(bidQty|askQty|total\w+Quantity)":\d+/g, '"$1":0');
  const { events, capture } = recordText(free, { instruments: [withLot(lot)] });
  if (capture.stats.refusedContracts > 0) return null;
  return bodyOf(events, 'Stats', INST).openInterest;
};

const EXPORT_HEADER =
  'CALL_OI,CALL_CHNG IN OI,CALL_VOLUME,CALL_IV,CALL_LTP,CALL_CHNG,CALL_BID QTY,CALL_BID,' +
  'CALL_ASK,CALL_ASK QTY,STRIKE,PUT_BID QTY,PUT-BID,PUT_ASK,PUT_ASK QTY,PUT_CHNG,PUT_LTP,' +
  'PUT_IV,PUT_VOLUME,PUT_CHNG IN OI,PUT_OI';

/** Bid of a call whose price and quantity are printed so; null when the leg is refused. */
const bidOf = (price: string, qty: string): readonly (number | null)[] | null => {
  const line = `1,-,1,-,1,-,"${qty}","${price}",-,-,"22,950.00",-,-,-,-,-,-,-,-,-,-`;
  const url = 'option-chain-ED-NIFTY-10-Jul-2025.csv';
  const { events, capture } = recordText(`${EXPORT_HEADER}\n${line}\n`, { url });
  if (capture.stats.refusedContracts > 0) return null;
  const { bid, bidQty } = bodyOf(events, 'Quote', 'NSE:FO:NIFTY2571022950CE');
  return [bid, bidQty];
};

describe('values', { timeout: 120_000 }, () => {
  test('NSEFILE-6: what the platform groups for India is read, for America refused', () => {
    const paise = fc.integer({ min: 1, max: 999_999_999 });
    const units = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    let refused = 0;
    fc.assert(
      fc.property(paise, units, (price, qty) => {
        const rupees = (price / 100).toLocaleString('en-IN', { minimumFractionDigits: 2 });
        expect(bidOf(rupees, qty.toLocaleString('en-IN'))).toEqual([price, qty]);
        if (qty < 100_000) return;
        refused += 1;
        expect(bidOf(rupees, qty.toLocaleString('en-US'))).toBe(null);
      }),
      { seed: 31, numRuns: 150 },
    );
    expect(refused).toBeGreaterThan(50);
  });

  test('NSEFILE-7: the double of any units over any lot gives the units back', () => {
    const lot = fc.constantFrom(15, 20, 25, 30, 50, 65, 75, 120, 175, 500, 1500, 8000);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000_000 }), lot, (units, size) => {
        expect(openInterest(String(units / size), size)).toBe(units);
      }),
      { seed: 32, numRuns: 150 },
    );
    // Control: less digits than a double has are no units.
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), (units) => {
        fc.pre(units % 3 !== 0);
        expect(openInterest((units / 3).toFixed(4), 75)).toBe(null);
      }),
      { seed: 33, numRuns: 50 },
    );
  });

  test('NSEFILE-3: any order of the columns gives the same events', () => {
    const put = { OptnTp: 'PE', FinInstrmNm: 'NIFTY2620324900PE' };
    const expected = recordText(bhavcopy([{}, put, FUTURE])).events;
    const order = fc.shuffledSubarray([...BHAVCOPY_COLUMNS], {
      minLength: BHAVCOPY_COLUMNS.length,
    });
    fc.assert(
      fc.property(order, (columns) => {
        expect(recordText(bhavcopy([{}, put, FUTURE], columns)).events).toEqual(expected);
      }),
      { seed: 34, numRuns: 60 },
    );
  });

  test('NSEFILE-9: a raw record of the files gives the same events again', () => {
    const texts = [bhavcopy([{}, FUTURE]), snapshot(['24900.0,101.5,650,1300,-,130,65'])];
    const live = nseCapture({ sessionId: 's' });
    const again = nseCapture({ sessionId: 's' });
    let rx = 1_770_015_299_000_000;
    for (const text of texts) {
      rx += 86_400_000_000;
      const bytes = encodeUtf8(text);
      const answer = { kind: 'answer', rx, tookUs: 0, status: 200, url: 'f.csv', bytes } as const;
      const line = encodeRawLine(answer);
      const record = parseRawLine(line, 0, line.length);
      if (record === null || record.kind === 'head') throw new Error('no record');
      const events = live.record(answer);
      expect(events.length).toBeGreaterThan(3);
      expect(again.record(record)).toEqual(events);
    }
    expect(again.stop()).toEqual(live.stop());
  });

  test('NSEFILE-1: any price of two decimals is its paise', () => {
    const price = fc.integer({ min: 1, max: 2_000_000 });
    fc.assert(
      fc.property(price, (paise) => {
        const text = `${Math.trunc(paise / 100)}.${String(paise % 100).padStart(2, '0')}`;
        const capture = nseCapture({ sessionId: 's' });
        const rows = snapshot([`24900.0,${text},1,65,1,1,65`], { spot: '0' });
        const events = recordFile(capture, encodeUtf8(rows));
        expect(bodyOf(events, 'Stats', 'NSE:FO:NIFTY2620324900CE').last).toBe(paise);
      }),
      { seed: 35, numRuns: 100 },
    );
  });
});
