/** Option chains of the three kinds, made here leg by leg. */
import { describe, expect, test } from 'vitest';
import type { InstrumentBody } from 'quantlaxmi/events';
import { bodyOf, chainJson, eventsOf, type JsonLeg, recordText, snapshot } from './files.js';

const CE = 'NSE:FO:NIFTY2620324900CE';
const PE = 'NSE:FO:NIFTY2620324900PE';
const good = '24900.0,101.5,650,1300,98.0,130,65';

describe('snapshot', () => {
  test('NSEFILE-1: both legs of a strike and the spot, in units, at the stamp in IST', () => {
    const { events, facts } = recordText(snapshot([good]));
    expect(bodyOf(events, 'Stats', CE)).toMatchObject({
      ...{ last: 10150, openInterest: 650, volume: 1300, open: null, turnover: null },
    });
    expect(bodyOf(events, 'Stats', PE)).toMatchObject({ last: 9800, openInterest: 130 });
    expect(bodyOf(events, 'Stats', 'NSE:INDEX:NIFTY 50').last).toBe(2489790);
    expect(events.every(({ rx }) => rx === Date.UTC(2026, 1, 2, 6, 54, 59) * 1000)).toBe(true);
    expect(facts).toEqual([]);
  });

  test('NSEFILE-3: the header of stocks is known; of another the missing column is named', () => {
    const header =
      'Stock,Expiry,Strike,CE_LTP,CE_OI,CE_Volume,PE_LTP,PE_OI,PE_Volume,' +
      'Stock_LTP,Stock_High,Stock_Low,Stock_%_Change,timestamp,Max_Pain';
    const row = `NIFTY,2026-02-03,${good},24897.9,24950.0,0,0.3,2026-02-02 12:24:59,1`;
    const { events } = recordText(`${header}\n${row}\n`);
    expect(bodyOf(events, 'Stats', 'NSE:INDEX:NIFTY 50')).toMatchObject({
      ...{ last: 2489790, high: 2495000, low: null },
    });
    const renamed = snapshot([good]).replace('CE_OI', 'CE_OpenInt');
    const { capture, facts } = recordText(renamed, { rx: 1 });
    expect(capture.stats.refusedFiles).toBe(1);
    expect(facts[0]?.[0]).toBe('QL_NSE_HEADER');
  });

  test('NSEFILE-5: spot 0 is no price, said once for a file', () => {
    const { events, facts } = recordText(
      snapshot([good, '25000.0,1,0,65,2,0,65'], { spot: '0.0' }),
    );
    expect(facts).toEqual([['QL_NSE_SPOT', '0']]);
    const spots = eventsOf(events, 'Stats').filter(({ body }) => body.inst.includes('INDEX'));
    expect(spots).toEqual([]);
    // Without a spot nothing is known to be below what it allows.
    expect(bodyOf(events, 'Stats', CE).last).toBe(10150);
  });

  test.each<[string, string, number | null]>([
    ['no trade today', '24900.0,101.5,650,0,98.0,130,65', null],
    ['within one per cent of what exercise brings', '24000.0,650,1,65,1,1,65', 65000],
    ['below it by more', '24000.0,640,1,65,1,1,65', null],
    ['above the underlying', '24900.0,25200,1,65,1,1,65', null],
    ['no price', '24900.0,0.0,1,65,1,1,65', null],
  ])('NSEFILE-5: a last price that cannot be of this moment is null: %s', (_, row, last) => {
    const strike = row.slice(0, 5);
    const { events, facts } = recordText(snapshot([row]));
    expect(bodyOf(events, 'Stats', `NSE:FO:NIFTY26203${strike}CE`).last).toBe(last);
    const stale = last === null && !row.includes(',0.0,');
    expect(facts.map(([code]) => code)).toEqual(stale ? ['QL_NSE_STALE_LAST'] : []);
  });

  test('NSEFILE-5: a dash is null and a fact, other text costs its leg', () => {
    const { events, facts, capture } = recordText(snapshot(['24900.0,-,650,1300,x,130,65']));
    expect(bodyOf(events, 'Stats', CE)).toMatchObject({ last: null, openInterest: 650 });
    expect(facts.map(([code]) => code)).toEqual(['QL_NSE_VALUE', 'QL_FIXED_SYNTAX']);
    expect(capture.stats).toMatchObject({ contracts: 1, refusedContracts: 1 });
  });

  test('NSEFILE-4: one stamp, one spot, each strike once, no expiry in the past', () => {
    const other = snapshot([good]).split('\n')[1] as string;
    const rows = [
      other,
      other.replace('24900.0', '25000.0').replace('12:24:59', '12:25:00'),
      other.replace('24900.0', '25100.0').replace('24897.9', '24897.8'),
      other.replace('2026-02-03', '2026-01-27'),
    ];
    const { facts, capture } = recordText(snapshot([good]) + rows.join('\n'));
    expect(facts.map(([code]) => code).sort()).toEqual([
      'QL_NSE_DUPLICATE',
      'QL_NSE_ROW',
      'QL_NSE_ROW',
      'QL_NSE_STAMP',
    ]);
    expect(capture.stats).toMatchObject({ rows: 5, refusedRows: 4, contracts: 2 });
  });

  test('NSEFILE-7: volumes prove the lot where there are enough of them', () => {
    const rows = (n: number, lot: number): string[] =>
      Array.from({ length: n }, (_, i) => `${24000 + 50 * i}.0,0,0,${lot * (i + 3)},0,0,0`);
    const lotsOf = (text: string): number[] => [
      ...new Set(
        eventsOf(recordText(text).events, 'Instrument')
          .filter(({ body }) => body.class === 'option')
          .map(({ body }) => (body.inferred ? body.lot : 0)),
      ),
    ];
    expect(lotsOf(snapshot(rows(32, 65)))).toEqual([65]);
    expect(lotsOf(snapshot(rows(31, 65)))).toEqual([1]);
  });
});

const HEADER =
  'CALL_OI,CALL_CHNG IN OI,CALL_VOLUME,CALL_IV,CALL_LTP,CALL_CHNG,CALL_BID QTY,CALL_BID,' +
  'CALL_ASK,CALL_ASK QTY,STRIKE,PUT_BID QTY,PUT-BID,PUT_ASK,PUT_ASK QTY,PUT_CHNG,PUT_LTP,' +
  'PUT_IV,PUT_VOLUME,PUT_CHNG IN OI,PUT_OI';
const EXPORT = 'option-chain-ED-NIFTY-10-Jul-2025.csv';
const LINE =
  '76,-,-,-,"2,484.45",-0.15,150,"2,473.65","2,587.75",150,"22,950.00","14,625",1.05,1.1,' +
  '"16,725",-0.1,1.05,30.68,"1,64,984","19,170","31,381"';

const nifty = (lot: number): InstrumentBody => ({
  ...{ base: 'NIFTY', class: 'option', expiry: Date.UTC(2025, 6, 10, 10) * 1000, inferred: false },
  ...{ instrumentId: 'NSE:FO:NIFTY2571022950PE', inverse: false, lot, maxQty: null },
  ...{ minNotional: null, minQty: lot, multiplier: '1', priceExponent: -2, qtyExponent: 0 },
  ...{ quote: 'INR', right: 'put', segment: 'FO', settle: 'INR', status: 'trading' },
  ...{ strike: 2295000, symbol: 'NIFTY2571022950PE', tick: 5, validTo: null, venue: 'NSE' },
});

describe('export', () => {
  const put = 'NSE:FO:NIFTY2571022950PE';
  const call = 'NSE:FO:NIFTY2571022950CE';

  test('NSEFILE-6: grouped digits are read, in places of India only', () => {
    const options = { url: EXPORT, instruments: [nifty(75)] };
    const { events, facts } = recordText(`${HEADER}\n${LINE}\n`, options);
    expect(bodyOf(events, 'Quote', put)).toEqual({
      ...{ bid: 105, bidQty: 14_625, ask: 110, askQty: 16_725, venueSeq: null, inst: put },
    });
    expect(bodyOf(events, 'Stats', put)).toMatchObject({
      ...{ last: 105, volume: 164_984 * 75, openInterest: 31_381 * 75 },
    });
    expect(bodyOf(events, 'Quote', call)).toMatchObject({ bid: 247_365, ask: 258_775 });
    expect(facts.map(([code]) => code)).toEqual(['QL_NSE_STALE_LAST']);
    for (const wrong of ['"164,984,1"', '"1,649,84"', '"16,49,84"', '"1 64 984"', '"1,64,984."']) {
      const changed = LINE.replace('"1,64,984"', wrong);
      const { capture } = recordText(`${HEADER}\n${changed}\n`, options);
      expect(capture.stats.refusedContracts, wrong).toBe(1);
    }
  });

  test('NSEFILE-7: without a lot contracts are not counted in units, and a fact says so', () => {
    const { events, facts } = recordText(`${HEADER}\n${LINE}\n`, { url: EXPORT });
    expect(bodyOf(events, 'Stats', put)).toMatchObject({ volume: null, openInterest: null });
    expect(facts.map(([code]) => code).sort()).toEqual([
      'QL_NSE_LOT',
      'QL_NSE_LOT',
      'QL_NSE_STALE_LAST',
    ]);
    const [, one] = eventsOf(events, 'Instrument');
    expect(one?.body).toMatchObject({ lot: 1, inferred: true });
  });

  test('NSEFILE-5: a dash is no volume, not a volume of 0', () => {
    const { events } = recordText(`${HEADER}\n${LINE}\n`, {
      ...{ url: EXPORT, instruments: [nifty(75)] },
    });
    expect(bodyOf(events, 'Stats', call)).toMatchObject({ volume: null, last: null });
  });

  test('NSEFILE-3: a file whose name says neither underlying nor expiry is refused', () => {
    const { facts, capture } = recordText(`${HEADER}\n${LINE}\n`, { url: 'chain.csv' });
    expect(facts).toEqual([['QL_NSE_FILE', 'chain.csv']]);
    expect(capture.stats.contracts).toBe(0);
  });
});

const leg = (fields: JsonLeg['fields'] = {}): string =>
  chainJson([{ strike: 1400, side: 'CE', fields }]);
const RELIANCE = 'NSE:FO:RELIANCE25JUL1400CE';
const manyLegs = (n: number): JsonLeg[] =>
  Array.from({ length: n }, (_, i) => ({
    ...{ strike: 1000 + 10 * i, side: 'PE' },
    fields: { bidQty: 500 * (i + 1), totalBuyQuantity: 500 * (i + 1) },
  }));

describe('JSON', () => {
  test('NSEFILE-1: Instrument, Quote and Stats at the time of the exchange', () => {
    const { events, facts } = recordText(chainJson(manyLegs(40)));
    const inst = 'NSE:FO:RELIANCE25JUL1100PE';
    expect(bodyOf(events, 'Quote', inst)).toMatchObject({
      ...{ bid: 190, bidQty: 5500, ask: 255, askQty: 1000 },
    });
    expect(bodyOf(events, 'Stats', inst)).toMatchObject({
      ...{ last: 265, volume: 1500, openInterest: 2000 },
    });
    const time = Date.UTC(2025, 6, 17, 10) * 1000;
    const market = events.filter(({ t }) => t === 'Quote' || t === 'Stats');
    expect(market.every(({ rx, ts }) => rx === time && ts === time)).toBe(true);
    expect(bodyOf(events, 'Stats', 'NSE:EQ:RELIANCE').last).toBe(147_870);
    expect(facts).toEqual([]);
  });

  test('NSEFILE-7: fractions of contracts are the units they came from', () => {
    const units = (openInterest: string): unknown => {
      const fields = { openInterest: 987_654_321 };
      const text = chainJson([{ strike: 3000, side: 'CE', fields }, ...manyLegs(40)]);
      const { events, facts } = recordText(text.replace('987654321', openInterest));
      if (facts.length > 0) return facts[0]?.[0];
      return bodyOf(events, 'Stats', 'NSE:FO:RELIANCE25JUL3000CE').openInterest;
    };
    expect(units('4.334')).toBe(2167);
    expect(units('0.666')).toBe(333);
    expect(units(String(1001 / 500))).toBe(1001);
    expect(units('4.3333')).toBe('QL_NSE_VALUE');
    expect(units('4.33400000000001')).toBe('QL_NSE_VALUE');
    expect(units('-4')).toBe('QL_NSE_VALUE');
    expect(units('4e0')).toBe('QL_FIXED_SYNTAX');
  });

  test.each<[string, JsonLeg['fields'], string[], object | null]>([
    ['no offer', { askPrice: 0, askQty: 0 }, [], { ask: null, askQty: 0, bid: 190 }],
    ['no bid', { bidprice: 0, bidQty: 0 }, [], { bid: null, bidQty: 0, ask: 255 }],
    ['a price without a quantity', { askQty: 0 }, ['QL_NSE_QUOTE'], { ask: null, askQty: 0 }],
    ['a quantity without a price', { bidprice: 0 }, ['QL_NSE_QUOTE'], { bid: null, bidQty: 0 }],
    ['locked', { bidprice: 2.55 }, ['QL_NSE_QUOTE'], null],
    ['crossed', { bidprice: 2.6 }, ['QL_NSE_QUOTE'], null],
  ])('NSEFILE-5: sides of a quote: %s', (_, fields, codes, quote) => {
    const { events, facts } = recordText(leg(fields));
    expect(facts.map(([code]) => code).filter((code) => code !== 'QL_NSE_LOT')).toEqual(codes);
    const quotes = eventsOf(events, 'Quote').map(({ body }) => body);
    if (quote === null) expect(quotes).toEqual([]);
    else expect(quotes[0]).toMatchObject(quote);
    expect(bodyOf(events, 'Stats', RELIANCE).last).toBe(265);
  });

  test.each<[string, string]>([
    ['identifier', leg({ identifier: 'OPTSTKRELIANCE31-07-2025CE1410.00' })],
    ['strike', leg({ strikePrice: 1410 })],
    ['expiry', leg({ expiryDate: '28-Aug-2025' })],
    ['underlying', leg({ underlying: 'TCS' })],
    ['kind', leg({ identifier: 'FUTSTKRELIANCE31-07-2025CE1400.00' })],
    [
      'expiry in the past',
      chainJson([{ strike: 1400, side: 'CE' }], { expiries: ['10-Jul-2025'] }),
    ],
    ['a leg that is none', chainJson([]).replace('"data":[]', '"data":[{"CE":7}]')],
    ['a row that is none', chainJson([]).replace('"data":[]', '"data":[7]')],
    ['nothing but a price', leg().replace('"openInterest":4,', '')],
  ])('NSEFILE-4: a leg that contradicts itself is left out: %s', (_, text) => {
    const { events, facts } = recordText(text);
    expect(facts.map(([code]) => code)).toEqual(['QL_NSE_ROW']);
    expect(eventsOf(events, 'Quote')).toEqual([]);
  });

  test.each<[string, string, string]>([
    ['not JSON', '{"records":', 'QL_JSON_SYNTAX'],
    ['a key twice', '{"records":{},"records":{}}', 'QL_JSON_DUPLICATE_KEY'],
    ['no records', '{}', 'QL_NSE_FILE'],
    ['no rows', '{"records":{"expiryDates":[],"timestamp":"17-Jul-2025 15:30:00"}}', 'QL_NSE_FILE'],
    ['no time', leg().replace('17-Jul-2025 15:30:00', '17-Jul-2025 25:30:00'), 'QL_NSE_STAMP'],
    ['a prototype', '{"__proto__":{}}', 'QL_JSON_KEY'],
    ['deep', `{"records":${'['.repeat(50)}`, 'QL_JSON_DEPTH'],
  ])('NSEFILE-8: a file that is no chain is one fact: %s', (_, text, code) => {
    const { events, facts, capture } = recordText(text);
    expect(facts.map(([one]) => one)).toEqual([code]);
    expect(capture.stats.refusedFiles).toBe(1);
    expect(events.map(({ t }) => t)).toEqual(['Session', 'Session']);
  });

  test('NSEFILE-5: a last price without trades is of an earlier day', () => {
    const { events, facts } = recordText(leg({ totalTradedVolume: 0, openInterest: 0 }));
    expect(bodyOf(events, 'Stats', RELIANCE).last).toBe(null);
    expect(facts).toEqual([['QL_NSE_STALE_LAST', '2.65']]);
  });
});
