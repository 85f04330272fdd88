import { createHash } from 'node:crypto';
import { eventSchema } from 'quantlaxmi/events';
import { parseMantissa } from 'quantlaxmi/fixed-point';
import { createInstrumentRegistry } from 'quantlaxmi/market';
import {
  istTimeUs,
  type KiteInstrument,
  parseInstruments,
  readInstruments,
} from 'quantlaxmi/venues/zerodha';
import { describe, expect, test } from 'vitest';
import { codeOf, csvRows, haveKite, kiteBytes } from './shared.js';

const DUMP = 'instruments/instruments_NFO_BFO_20260821.csv';
const HEAD =
  'instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,' +
  'lot_size,instrument_type,segment,exchange';
const NIFTY = '14866434,58072,NIFTY26AUGFUT,NIFTY,0.0,2026-08-25,0.0,0.1,65,FUT,NFO-FUT,NFO';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const dump = (...rows: string[]): Uint8Array => utf8([HEAD, ...rows, ''].join('\n'));

/** What the file says of an instrument, put together from its text in another way. */
function expectRow(row: Record<string, string>, one: KiteInstrument): void {
  const { body } = one;
  const type = row['instrument_type'] ?? '';
  expect(`${one.token} ${one.exchangeToken}`).toBe(
    `${row['instrument_token']} ${row['exchange_token']}`,
  );
  expect(body.instrumentId).toBe(
    `${row['exchange'] === 'NFO' ? 'NSE' : 'BSE'}:FO:${row['tradingsymbol']}`,
  );
  expect([body.base, body.symbol]).toEqual([row['name'], row['tradingsymbol']]);
  expect([body.lot, body.minQty, body.priceExponent, body.qtyExponent]).toEqual([
    parseMantissa(row['lot_size'] ?? '', 0),
    parseMantissa(row['lot_size'] ?? '', 0),
    -2,
    0,
  ]);
  expect(body.tick).toBe(parseMantissa(row['tick_size'] ?? '', -2));
  expect(body.strike).toBe(type === 'FUT' ? null : parseMantissa(row['strike'] ?? '', -2));
  expect([body.class, body.right]).toEqual(
    { FUT: ['future', null], CE: ['option', 'call'], PE: ['option', 'put'] }[type],
  );
  // 15:30 IST is 10:00 UTC of the same day; the day ends at 18:30 UTC.
  expect(new Date((body.expiry ?? 0) / 1000).toISOString()).toBe(`${row['expiry']}T10:00:00.000Z`);
  expect(new Date((body.validTo ?? 0) / 1000).toISOString()).toBe(`${row['expiry']}T18:30:00.000Z`);
}

describe('the dump of NFO and BFO', () => {
  test.runIf(haveKite(DUMP))('KITE-3: 39,941 instruments, each as its row says', () => {
    const rows = csvRows(DUMP);
    const all = parseInstruments(kiteBytes(DUMP));
    expect([all.length, rows.length]).toEqual([39941, 39941]);
    // 39,941 rows of a dozen checks would take seconds in `expect`: one text per row, one sum each.
    const sum = (lines: Iterable<string>): string => {
      const hash = createHash('sha256');
      for (const line of lines) hash.update(`${line}\n`);
      return hash.digest('hex');
    };
    const told = function* (): Generator<string> {
      for (const row of rows) {
        const future = row['instrument_type'] === 'FUT';
        yield [
          row['instrument_token'],
          row['exchange'] === 'NFO' ? 'NSE' : 'BSE',
          row['tradingsymbol'],
          row['expiry'],
          future ? null : parseMantissa(row['strike'] ?? '', -2),
          parseMantissa(row['tick_size'] ?? '', -2),
          row['lot_size'],
          row['instrument_type'],
        ].join();
      }
    };
    const read = function* (): Generator<string> {
      for (const { token, body } of all) {
        const type = body.right === 'call' ? 'CE' : body.right === 'put' ? 'PE' : 'FUT';
        const day = new Date((body.expiry ?? 0) / 1000).toISOString().slice(0, 10);
        const { venue, symbol, strike, tick, lot } = body;
        yield [token, venue, symbol, day, strike, tick, lot, type].join();
      }
    };
    expect(sum(read())).toBe(sum(told()));
    for (let i = 0; i < rows.length; i += 97) {
      expectRow(rows[i] as Record<string, string>, all[i] as KiteInstrument);
    }
    // Control: a row checked against its neighbour is seen.
    const [first, second] = [rows[0] as Record<string, string>, all[1] as KiteInstrument];
    expect(() => expectRow(first, second)).toThrow();
  });

  test.runIf(haveKite(DUMP))('KITE-3: lots and expiry days of the index contracts', () => {
    const all = parseInstruments(kiteBytes(DUMP));
    const days = new Map<string, Set<number>>();
    const lots = new Map<string, Set<number>>();
    const schema = eventSchema();
    const registry = createInstrumentRegistry();
    for (const { token, body } of all) {
      const weekday = new Date((body.expiry ?? 0) / 1000).getUTCDay();
      const nearest = (body.expiry ?? 0) < istTimeUs('2026-09-20 00:00:00');
      if (nearest) days.set(body.base, (days.get(body.base) ?? new Set()).add(weekday));
      if (body.class === 'future')
        lots.set(body.base, (lots.get(body.base) ?? new Set()).add(body.lot));
      registry.add(body, 1);
      if (token % 97 !== 0) continue;
      const event = { seq: 1, t: 'Instrument', sv: 1, rx: 1, ts: null, src: 'ZERODHA', body };
      expect(schema.safeParse(event).success).toBe(true);
    }
    expect(registry.ids().length).toBe(39941);
    expect([days.get('NIFTY'), lots.get('NIFTY')]).toEqual([new Set([2]), new Set([65])]);
    expect([days.get('BANKNIFTY'), lots.get('BANKNIFTY')]).toEqual([new Set([2]), new Set([30])]);
    expect([days.get('SENSEX'), lots.get('SENSEX')]).toEqual([new Set([4]), new Set([20])]);
    expect(all.every(({ token, exchangeToken }) => Math.floor(token / 256) === exchangeToken)).toBe(
      true,
    );
  });
});

describe('the mock dumps', () => {
  const ALL = 'kiteconnect-mocks/instruments_all.csv';
  const NSE = 'kiteconnect-mocks/instruments_nse.csv';

  test.runIf(haveKite(ALL) && haveKite(NSE))('KITE-3: equities, bonds and old options', () => {
    const all = parseInstruments(kiteBytes(ALL));
    const nse = parseInstruments(kiteBytes(NSE));
    expect([all.length, nse.length]).toEqual([csvRows(ALL).length, csvRows(NSE).length]);
    const named = new Map([...all, ...nse].map((one) => [one.body.instrumentId, one.body]));
    const bank = named.get('NSE:FO:BANKNIFTY18JAN23500CE');
    expect([bank?.strike, bank?.lot, bank?.right, bank?.base]).toEqual([2350000, 40, 'call', '']);
    const bond = named.get('BSE:EQ:828GOI27-ML');
    expect([bond?.tick, bond?.lot, bond?.class]).toEqual([25, 500000, 'equity']);
    expect(named.get('NSE:EQ:ADANIPORTS')?.expiry).toBe(null);
    expect(named.get('NSE:EQ:ADANIPORTS')?.tick).toBe(5);
  });
});

describe('rows', () => {
  test('currency, commodity and index rows: exponents, closes, what is not told', () => {
    const all = parseInstruments(
      dump(
        '412675,1612,USDINR21JUNFUT,USDINR,0,2021-06-28,0,0.0025,1,FUT,CDS-FUT,CDS',
        '274700806,1073050,USDINR21JUN73CE,USDINR,0,2021-06-25,73.25,0.0025,1,CE,BCD-OPT,BCD',
        '58424839,228222,GOLDPETAL21JUNFUT,GOLDPETAL,0,2021-06-30,0,1,1,FUT,MCX-FUT,MCX',
        '256265,1001,NIFTY 50,NIFTY 50,0,,0,0,0,EQ,INDICES,NSE',
      ),
    ).map(({ body }) => body);
    expect(all.map((body) => body.instrumentId)).toEqual([
      'NSE:CD:USDINR21JUNFUT',
      'BSE:CD:USDINR21JUN73CE',
      'MCX:FO:GOLDPETAL21JUNFUT',
      'NSE:INDEX:NIFTY 50',
    ]);
    expect(all.map((body) => [body.priceExponent, body.tick, body.strike])).toEqual([
      [-7, 25000, null],
      [-4, 25, 732500],
      [-2, 100, null],
      [-2, 1, null],
    ]);
    expect(all.map((body) => body.inferred)).toEqual([true, true, true, true]);
    expect(all[0]?.expiry).toBe(istTimeUs('2021-06-28 12:30:00'));
    expect(all[2]?.expiry).toBe(istTimeUs('2021-06-30 23:55:00'));
    expect([all[3]?.class, all[3]?.status]).toEqual(['index', 'unknown']);
  });

  test('quoted fields, CRLF, columns in another order and new ones are read', () => {
    const csv = utf8(
      'new,exchange,segment,instrument_type,lot_size,tick_size,strike,expiry,last_price,name,' +
        'tradingsymbol,exchange_token,instrument_token\r\n' +
        'x,NSE,NSE,EQ,1,0.05,0,,0,"A, ""B"" Ltd","M&M",2031,519937\r\n',
    );
    const [one] = parseInstruments(csv);
    expect([one?.token, one?.body.instrumentId, one?.body.base]).toEqual([
      519937,
      'NSE:EQ:M&M',
      'M&M',
    ]);
  });

  test('KITE-3: a token or id that comes again is refused, with its line', () => {
    expect(() => parseInstruments(dump(NIFTY, NIFTY))).toThrow(
      /line 3: found instrument_token 14866434 again/,
    );
    const renumbered = NIFTY.replace('14866434,58072', '14866690,58073');
    expect(() => parseInstruments(dump(NIFTY, renumbered))).toThrow(
      /line 3: found NSE:FO:NIFTY26AUGFUT again/,
    );
  });

  test('KITE-3: a row that cannot be used is named and costs that row only', () => {
    const broken: [string, string, RegExp][] = [
      ['65,FUT', '0,FUT', /lot_size "0"/],
      ['0.1,65', '0,65', /tick_size "0"/],
      ['0.1,65', '0.001,65', /tick_size "0.001"/],
      ['0.1,65', '1e-1,65', /tick_size "1e-1"/],
      ['2026-08-25', '2026-02-30', /which no calendar has/],
      ['2026-08-25', '', /expiry "", expected a day/],
      ['FUT,NFO-FUT', 'XX,NFO-FUT', /instrument_type "XX"/],
      ['NFO-FUT,NFO', 'NCO-FUT,NCO', /segment "NCO-FUT"/],
      ['NFO-FUT,NFO', 'CDS-FUT,CDS', /"CDS-FUT" with a token of segment 2/],
      ['14866434', '-1', /instrument_token "-1"/],
      ['14866434', '14866432', /unknown segment 0/],
      ['NIFTY26AUGFUT', '', /no tradingsymbol/],
      [',NFO-FUT,NFO', ',NFO-FUT', /found 11 fields, expected 12/],
      ['NIFTY,0.0', 'NIF"TY,0.0', /quote/],
    ];
    const good = '17512194,68407,NIFTY26SEPFUT,NIFTY,0.0,2026-09-29,0.0,0.1,65,FUT,NFO-FUT,NFO';
    for (const [from, to, message] of broken) {
      const csv = dump(NIFTY.replace(from, to), good);
      expect(() => parseInstruments(csv)).toThrow(message);
      const rows = [...readInstruments(csv)];
      expect(rows.map((row) => row.instrument?.body.symbol)).toEqual([undefined, 'NIFTY26SEPFUT']);
      expect(rows[0]?.line).toBe(2);
    }
    for (const head of ['', 'a,b,c\n', `${HEAD},lot_size\n`]) {
      expect(codeOf(() => parseInstruments(utf8(head)))).toBe('QL_KITE_INSTRUMENTS');
    }
  });

  test('a token that does not hold the exchange token is told, not refused', () => {
    const odd = NIFTY.replace(',58072,', ',58073,');
    expect([...readInstruments(dump(odd))].map((row) => [row.oddToken, row.error])).toEqual([
      [true, null],
    ]);
    expect([...readInstruments(dump(NIFTY))][0]?.oddToken).toBe(false);
  });
});
