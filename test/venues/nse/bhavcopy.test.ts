/** F&O bhavcopies in UDiFF, made here row by row. */
import { describe, expect, test } from 'vitest';
import { encodeUtf8 } from 'quantlaxmi/core';
import { nseFileKind, nseFileTime } from 'quantlaxmi/venues/nse';
import {
  BHAVCOPY_COLUMNS,
  type BhavcopyFields,
  bhavcopy,
  bodyOf,
  eventsOf,
  FUTURE,
  recordText,
} from './files.js';

const CALL = 'NSE:FO:NIFTY2620324900CE';
const codes = (row: BhavcopyFields): string[] =>
  recordText(bhavcopy([row])).facts.map(([code]) => code);

describe('bhavcopy', () => {
  test('NSEFILE-1: an option and a future become Instrument and Stats, volume in units', () => {
    const { events, capture } = recordText(bhavcopy([{}, FUTURE]));
    expect(eventsOf(events, 'Stats').map(({ body }) => body)).toEqual([
      {
        ...{ close: 2489790, high: null, last: null, low: null, open: null },
        ...{ openInterest: null, turnover: null, volume: null, inst: 'NSE:INDEX:NIFTY 50' },
      },
      {
        ...{ close: 10100, high: 12050, last: 10150, low: 9005, open: 10000 },
        ...{ openInterest: 6500, turnover: '16250325.50', volume: 650, inst: CALL },
      },
      {
        ...{ close: 2495000, high: 2500000, last: 2495500, low: 2480000, open: 2490000 },
        ...{ openInterest: 6500, turnover: '16217500.00', volume: 650 },
        inst: 'NSE:FO:NIFTY26FEBFUT',
      },
    ]);
    const [, call, future] = eventsOf(events, 'Instrument').map(({ body }) => body);
    expect(call).toMatchObject({
      ...{ class: 'option', strike: 2490000, right: 'call', lot: 65, minQty: 65, tick: 5 },
      ...{ base: 'NIFTY', inferred: false, priceExponent: -2, qtyExponent: 0, settle: 'INR' },
      expiry: Date.UTC(2026, 1, 3, 10) * 1000,
    });
    expect(future).toMatchObject({ class: 'future', strike: null, right: null });
    expect(capture.stats).toMatchObject({ rows: 2, contracts: 2, malformed: 0 });
    // The file has a date, no time: it could be known at the end of that day.
    expect(events.every(({ rx, ts }) => rx === Date.UTC(2026, 1, 2, 18, 30) * 1000 && !ts)).toBe(
      true,
    );
  });

  test('NSEFILE-3: columns are found by name, in any order', () => {
    const turned = [...BHAVCOPY_COLUMNS].reverse();
    const { events } = recordText(bhavcopy([{}, FUTURE], turned));
    expect(events).toEqual(recordText(bhavcopy([{}, FUTURE])).events);
    // Control: the names moved without their fields change the events.
    const [, ...rows] = bhavcopy([{}, FUTURE]).split('\n');
    const misnamed = recordText([turned.join(','), ...rows].join('\n'));
    expect(misnamed.capture.stats.contracts).toBe(0);
  });

  test('NSEFILE-3: a column that is missing, repeated or unknown is named', () => {
    const without = BHAVCOPY_COLUMNS.filter((name) => name !== 'SttlmPric');
    const missing = recordText(bhavcopy([{}], without));
    expect(missing.capture.stats).toMatchObject({ refusedFiles: 1, contracts: 0 });
    const [fact] = eventsOf(missing.events, 'Session').filter(({ body }) => body.code !== '');
    expect(fact?.body.code).toBe('QL_NSE_HEADER');
    expect(fact?.body.details['expected']).toBe('a column SttlmPric');

    const twice = recordText(bhavcopy([{}], [...BHAVCOPY_COLUMNS, 'ClsPric']));
    expect(twice.capture.stats.refusedFiles).toBe(1);

    const extra = recordText(bhavcopy([{}], [...BHAVCOPY_COLUMNS, 'Grk']));
    expect(extra.facts).toEqual([['QL_NSE_HEADER', 'Grk']]);
    expect(extra.capture.stats.contracts).toBe(1);
    const fewer = recordText(
      bhavcopy(
        [{}],
        BHAVCOPY_COLUMNS.filter((n) => n !== 'ISIN'),
      ),
    );
    expect(fewer.facts).toEqual([['QL_NSE_HEADER', '']]);
    expect(fewer.capture.stats.contracts).toBe(1);
  });

  test.each<[string, BhavcopyFields]>([
    ['name of another strike', { FinInstrmNm: 'NIFTY2620325900CE' }],
    ['name of the other right', { OptnTp: 'PE' }],
    ['name of another day', { FininstrmActlXpryDt: '2026-02-10' }],
    ['high below open', { HghPric: '95.00' }],
    ['close above high', { ClsPric: '121.00' }],
    ['last below low', { LastPric: '90.00' }],
    ['turnover too low', { TtlTrfVal: '1625.00' }],
    ['turnover too high', { TtlTrfVal: '162503255.00' }],
    ['volume of another day', { TtlTradgVol: '11' }],
    ['trades without prices', { LwPric: '0.00' }],
    ['prices without trades', { TtlTradgVol: '0' }],
    ['more open interest new than there is', { ChngInOpnIntrst: '6501' }],
    ['expired before the day', { XpryDt: '2026-01-27', FininstrmActlXpryDt: '2026-01-27' }],
    ['settled at expiry elsewhere', { TradDt: '2026-02-03', SttlmPric: '24000.00' }],
    ['lot 0', { NewBrdLotQty: '0' }],
    ['another segment', { Sgmt: 'CM' }],
    ['another exchange', { Src: 'BSE' }],
    ['an unknown type', { FinInstrmTp: 'IDX' }],
    ['a future with a strike', { FinInstrmTp: 'IDF' }],
  ])('NSEFILE-4: a row that contradicts itself is left out: %s', (_, row) => {
    expect(codes(row)).toEqual(['QL_NSE_ROW']);
    expect(eventsOf(recordText(bhavcopy([row])).events, 'Stats')).toEqual([]);
  });

  test.each<[string, BhavcopyFields, string]>([
    ['exponent', { OpnPric: '1e2' }, 'QL_FIXED_SYNTAX'],
    ['third decimal', { OpnPric: '100.005' }, 'QL_FIXED_INEXACT'],
    ['grouping', { OpnPric: '1,00.00' }, 'QL_NSE_ROW'],
    ['nothing', { OpnPric: '' }, 'QL_FIXED_SYNTAX'],
    ['negative price', { OpnPric: '-100.00' }, 'QL_NSE_VALUE'],
    ['beyond any price', { HghPric: '99999999999.00' }, 'QL_NSE_VALUE'],
    ['fraction of a contract', { TtlTradgVol: '10.5' }, 'QL_FIXED_INEXACT'],
    ['no such day', { XpryDt: '2026-02-30' }, 'QL_NSE_VALUE'],
    ['a symbol with a space', { TckrSymb: 'NIFTY 50' }, 'QL_NSE_VALUE'],
    ['beyond 2^53', { OpnIntrst: '9007199254740993' }, 'QL_FIXED_OVERFLOW'],
  ])('NSEFILE-1: digits or nothing: %s', (_, row, code) => {
    expect(codes(row)).toEqual([code]);
  });

  test('NSEFILE-4: one day, one price of the underlying and each contract once in a file', () => {
    const put = { OptnTp: 'PE', FinInstrmNm: 'NIFTY2620324900PE' };
    expect(codes({})).toEqual([]);
    const twice = recordText(bhavcopy([{}, {}]));
    expect(twice.facts.map(([code]) => code)).toEqual(['QL_NSE_DUPLICATE']);
    const spots = recordText(bhavcopy([{}, { ...put, UndrlygPric: '24897.95' }]));
    expect(spots.facts).toEqual([['QL_NSE_ROW', '24897.95']]);
    const days = recordText(bhavcopy([{}, { ...put, TradDt: '2026-02-01' }]));
    expect(days.facts).toEqual([['QL_NSE_ROW', '2026-02-01']]);
    expect(recordText(bhavcopy([{}, put])).capture.stats.contracts).toBe(2);
  });

  test('NSEFILE-5: without trades there is no last price; the close stands', () => {
    const none = { OpnPric: '0.00', HghPric: '0.00', LwPric: '0.00', TtlTrfVal: '0.00' };
    const row = { ...none, TtlTradgVol: '0', LastPric: '97.00' };
    const { events, facts } = recordText(bhavcopy([row]));
    expect(bodyOf(events, 'Stats', CALL)).toMatchObject({
      ...{ open: null, high: null, low: null, last: null, close: 10100, volume: 0 },
      turnover: '0.00',
    });
    expect(facts).toEqual([]);
    const unpriced = recordText(bhavcopy([{ UndrlygPric: '0.00' }]));
    expect(unpriced.facts).toEqual([['QL_NSE_SPOT', '0']]);
    expect(eventsOf(unpriced.events, 'Stats').map(({ body }) => body.inst)).toEqual([CALL]);
  });

  test('NSEFILE-8: broken lines cost their own row', () => {
    const [header, row] = bhavcopy([{}]).trimEnd().split('\n');
    const put = (row ?? '').replace(',CE,NIFTY2620324900CE', ',PE,NIFTY2620324900PE');
    const text = [header, `a"${row}`, `${row},1`, '"x"y', '', put, '"'].join('\r\n');
    const { facts, capture } = recordText(text);
    expect(facts.map(([code]) => code)).toEqual(['QL_CSV', 'QL_NSE_ROW', 'QL_CSV', 'QL_CSV']);
    expect(capture.stats).toMatchObject({ rows: 5, refusedRows: 4, contracts: 1 });
  });

  test('NSEFILE-9: an instrument is declared again only when it changed', () => {
    const { events } = recordText(bhavcopy([{}]));
    expect(eventsOf(events, 'Instrument').length).toBe(2);
    const { capture } = recordText(bhavcopy([{}]));
    const again = (row: BhavcopyFields, rx: number) =>
      capture
        .record({
          ...{ kind: 'answer', rx, tookUs: 0, status: 200, url: 'next' },
          bytes: encodeUtf8(bhavcopy([{ TradDt: '2026-02-03', SttlmPric: '24897.90', ...row }])),
        })
        .map(({ t }) => t);
    const rx = Date.UTC(2026, 1, 3, 18, 30) * 1000;
    expect(again({}, rx)).toEqual(['Stats', 'Stats']);
    const lot = { NewBrdLotQty: '13', TtlTradgVol: '50' };
    expect(again(lot, rx + 1)).toEqual(['Stats', 'Instrument', 'Stats']);
  });

  test('NSEFILE-9: what a file is and when it could be known come from its content', () => {
    const bytes = encodeUtf8(bhavcopy([{}]));
    expect(nseFileKind(bytes)).toBe('bhavcopy');
    expect(nseFileTime(bytes, 'bhavcopy')).toBe(Date.UTC(2026, 1, 2, 18, 30) * 1000);
    expect(nseFileTime(encodeUtf8(bhavcopy([])), 'bhavcopy')).toBe(null);
    expect(nseFileKind(encodeUtf8('Date,Open,High\n'))).toBe(null);
  });
});
