import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Secret } from 'quantlaxmi/core';
import { livePorts } from 'quantlaxmi/node';
import { manualClock } from 'quantlaxmi/testing';
import { istTimeUs, KITE_RATES, kiteRest } from 'quantlaxmi/venues/zerodha';
import { describe, expect, test } from 'vitest';
import { pace } from '../../../../src/venues/zerodha/rest/pace.js';
import { type Answer, type Asked, answering, refusal } from './venue.js';

const MOCKS = '../shared/data/kite/kiteconnect-mocks';
const shared = existsSync(`${MOCKS}/quote.json`);
if (!shared && process.env['REQUIRE_SHARED'] !== undefined) throw new Error(`${MOCKS} is missing`);
if (!shared) console.warn(`SKIPPED: ${MOCKS} is missing; the answers of the official mock set`);

const accessToken = new Secret('t0ken-secret');

const using = async <T>(
  answer: (asked: Asked) => Answer,
  use: (rest: ReturnType<typeof kiteRest>, asked: Asked[]) => Promise<T>,
): Promise<T> => {
  const venue = await answering(answer);
  try {
    return await use(
      kiteRest({ apiKey: 'k3y', accessToken, root: venue.root }, livePorts()),
      venue.asked,
    );
  } finally {
    await venue.close();
  }
};

const success = (data: unknown): Answer => ({
  status: 200,
  body: JSON.stringify({ status: 'success', data }),
});

describe('requests', () => {
  test('each request is the one of the documents, signed by header', async () => {
    const answers: readonly (readonly [string, unknown])[] = [
      ['/quote', {}],
      ['/instruments/historical', { candles: [] }],
      ['/portfolio/positions', { net: [], day: [] }],
      ['/user/margins', { enabled: true, net: 0, available: {}, utilised: {} }],
    ];
    await using(
      ({ url }) => success(answers.find(([path]) => url.startsWith(path))?.[1] ?? []),
      async (rest, asked) => {
        await rest.quote(['NSE:INFY', 'NFO:M&M26AUGFUT']);
        await rest.orders();
        await rest.orderHistory('2021/1');
        await rest.trades();
        await rest.trades('1');
        await rest.positions();
        await rest.holdings();
        await rest.margins('equity');
        await rest.profile();
        const fromUs = istTimeUs('2019-12-04 09:15:00');
        const query = { token: 256265, interval: 'minute', fromUs, toUs: fromUs } as const;
        await rest.candles({ ...query, openInterest: true });
        expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
          'GET /quote?i=NSE%3AINFY&i=NFO%3AM%26M26AUGFUT',
          'GET /orders',
          'GET /orders/2021%2F1',
          'GET /trades',
          'GET /orders/1/trades',
          'GET /portfolio/positions',
          'GET /portfolio/holdings',
          'GET /user/margins/equity',
          'GET /user/profile',
          'GET /instruments/historical/256265/minute?from=2019-12-04%2009%3A15%3A00&' +
            'to=2019-12-04%2009%3A15%3A00&continuous=0&oi=1',
        ]);
        for (const { headers } of asked) {
          expect(headers.authorization).toBe('token k3y:t0ken-secret');
          expect(headers['x-kite-version']).toBe('3');
        }
      },
    );
  });

  test('more instruments than one request may name are refused before they are sent', async () => {
    const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `NSE:S${i}`);
    await using(
      () => success({}),
      async (rest, asked) => {
        await expect(rest.quote(names(501))).rejects.toThrow(/501 instruments.*1 to 500/);
        await expect(rest.ohlc(names(1_001))).rejects.toThrow(/1 to 1000/);
        await expect(rest.ltp([])).rejects.toThrow(/1 to 1000/);
        expect(asked).toEqual([]);
        // Control: the limits themselves pass.
        await expect(rest.quote(names(500))).resolves.toEqual([]);
        expect(new URL(asked[0]?.url ?? '', 'http://x').searchParams.getAll('i')).toHaveLength(500);
      },
    );
  });

  test('the dump of an exchange comes as it was, though it was packed', async () => {
    const csv = 'instrument_token,exchange_token\n1,2\n';
    await using(
      () => ({
        status: 200,
        body: gzipSync(csv),
        headers: { 'content-type': 'text/csv', 'content-encoding': 'gzip' },
      }),
      async (rest, asked) => {
        expect(new TextDecoder().decode(await rest.instruments('NFO'))).toBe(csv);
        expect(asked[0]?.url).toBe('/instruments/NFO');
      },
    );
  });

  test.skipIf(!shared)('numbers of answers are the digits that the venue wrote', async () => {
    const files: Record<string, string> = {
      '/quote': 'quote.json',
      '/quote/ltp': 'ltp.json',
      '/portfolio/positions': 'positions.json',
      '/instruments/historical/1/minute': 'historical_oi.json',
      '/orders': 'orders.json',
      '/trades': 'trades.json',
      '/portfolio/holdings': 'holdings.json',
      '/user/margins/equity': 'margins_equity.json',
      '/user/profile': 'profile.json',
    };
    const body = ({ url }: Asked): Answer => ({
      status: 200,
      body: readFileSync(`${MOCKS}/${files[url.split('?')[0] ?? '']}`),
    });
    await using(body, async (rest) => {
      expect(await rest.quote(['NSE:INFY'])).toMatchObject([
        { token: 408065, last: '1412.95', high: '1421.75' },
      ]);
      expect(await rest.ltp(['NSE:INFY'])).toMatchObject([{ token: 408065, last: '1074.35' }]);
      const { net } = await rest.positions();
      expect(net[0]).toMatchObject({ token: 53496327, averagePrice: '161.05' });
      const query = { token: 1, interval: 'minute', fromUs: 0, toUs: 0 } as const;
      expect((await rest.candles(query))[0]).toMatchObject({ open: '12009.9', low: '12001.25' });
      expect((await rest.orders()).length).toBeGreaterThan(0);
      expect((await rest.trades()).length).toBe(4);
      expect((await rest.holdings()).length).toBeGreaterThan(0);
      expect(await rest.margins('equity')).toMatchObject({ enabled: true });
      expect(await rest.profile()).toMatchObject({ user_id: 'AB1234' });
    });
  });

  test('an answer that is none is refused, and the token is in no error', async () => {
    const bodies = ['', '{', '[]', '{"status":"success"}', '{"status":"error","data":[]}'];
    for (const body of bodies) {
      await using(
        () => ({ status: 200, body }),
        async (rest) => {
          const error = await rest.orders().catch((thrown: unknown) => thrown);
          expect(error).toMatchObject({ code: 'QL_KITE_REST', context: { status: 200 } });
        },
      );
    }
    await using(
      () => refusal(403, 'TokenException', 'token k3y:t0ken-secret has expired'),
      async (rest) => {
        const error = (await rest.orders().catch((thrown: unknown) => thrown)) as Error;
        expect(error).toMatchObject({ code: 'QL_KITE_TOKEN' });
        expect(`${error.message}${error.stack}`).not.toContain('t0ken-secret');
        expect(error.message).toContain('token k3y:[secret] has expired');
      },
    );
  });
});

describe('rates', () => {
  test('KITE-22: no window of a rate holds more requests than the venue allows', async () => {
    const arrivals = fc.array(fc.integer({ min: 0, max: 700_000 }), { maxLength: 40 });
    const rates = fc.constantFrom(KITE_RATES.quote, KITE_RATES.historical, KITE_RATES.other);
    await fc.assert(
      fc.asyncProperty(rates, arrivals, async (rate, gaps) => {
        const clock = manualClock(1_000_000);
        const due: { at: number; run: () => void }[] = [];
        const timers = {
          after: (delayUs: number, run: () => void) => {
            due.push({ at: clock.nowUs() + delayUs, run });
            return () => undefined;
          },
        };
        const next = pace(rate, clock, timers);
        const started: number[] = [];
        let latest = 1_000_000;
        for (const gap of gaps) {
          clock.advance(gap);
          const before = due.length;
          const turn = next();
          const at = due.length > before ? (due.at(-1)?.at ?? 0) : clock.nowUs();
          started.push(at);
          latest = Math.max(latest, at);
          if (due.length > before) due.at(-1)?.run();
          await turn;
        }
        for (const [i, at] of started.entries()) {
          const within = started.filter((other) => other >= at && other < at + rate.perUs);
          expect(within.length, `request ${i}`).toBeLessThanOrEqual(rate.count);
          // Served in order, and no earlier than asked for.
          expect(at).toBeGreaterThanOrEqual(started[i - 1] ?? 0);
        }
        // Control: a rate that is not kept would let all start when they arrive.
        if (gaps.length > rate.count && gaps.every((gap) => gap === 0)) {
          expect(new Set(started).size).toBeGreaterThan(1);
        }
      }),
      { seed: 7, numRuns: 100 },
    );
  });
});
