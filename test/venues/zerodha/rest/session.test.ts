import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { isQuantlaxmiError, type QuantlaxmiError, Secret } from 'quantlaxmi/core';
import { httpPort } from 'quantlaxmi/node';
import {
  istTimeText,
  istTimeUs,
  kiteLoginUrl,
  kiteLogout,
  kiteSession,
  tokenExpiryUs,
} from 'quantlaxmi/venues/zerodha';
import { describe, expect, test } from 'vitest';
import { type Answer, type Asked, answering, refusal } from './venue.js';

const MOCK = '../shared/data/kite/kiteconnect-mocks/generate_session.json';
const shared = existsSync(MOCK);
if (!shared && process.env['REQUIRE_SHARED'] !== undefined) throw new Error(`${MOCK} is missing`);
if (!shared) console.warn(`SKIPPED: ${MOCK} is missing; the session of the official mock set`);

const ACCESS = 'acc3ss-t0ken+/=secret';
const KEYS = {
  apiKey: 'k3y',
  apiSecret: new Secret('s3cr3t&value'),
  requestToken: new Secret('r3quest=token'),
};
const DATA = {
  user_id: 'AB1234',
  user_name: 'A B',
  access_token: ACCESS,
  public_token: 'pub',
  login_time: '2026-08-24 08:55:00',
  exchanges: ['NSE', 'NFO'],
};
const granted = (data: object): Answer => ({
  status: 200,
  body: JSON.stringify({ status: 'success', data }),
});

const withVenue = async <T>(
  answer: (asked: Asked) => Answer,
  use: (root: string, asked: Asked[]) => Promise<T>,
): Promise<T> => {
  const venue = await answering(answer);
  try {
    return await use(venue.root, venue.asked);
  } finally {
    await venue.close();
  }
};

const failure = async (run: Promise<unknown>): Promise<QuantlaxmiError> => {
  const error = await run.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (!isQuantlaxmiError(error)) throw error;
  return error;
};

/** Everything a log or a crash report could show of an error. */
const shownOf = (error: QuantlaxmiError): string =>
  [error.message, error.stack, JSON.stringify(error.context), inspect(error, { depth: 9 })].join();

const SECRETS = [
  ...[KEYS.apiSecret.reveal(), KEYS.requestToken.reveal(), ACCESS],
  ...[encodeURIComponent(KEYS.requestToken.reveal()), encodeURIComponent(ACCESS)],
];
const leaks = (shown: string): string[] => SECRETS.filter((secret) => shown.includes(secret));

describe('login', () => {
  test('the login address is the one of the documents', () => {
    expect(kiteLoginUrl('a&b')).toBe('https://kite.zerodha.com/connect/login?v=3&api_key=a%26b');
  });

  test('the request holds the checksum over the secret, not the secret', async () => {
    await withVenue(
      () => granted(DATA),
      async (root, asked) => {
        const session = await kiteSession({ ...KEYS, root }, httpPort());
        const sum = createHash('sha256').update('k3yr3quest=tokens3cr3t&value').digest('hex');
        const [one] = asked;
        expect([one?.method, one?.url]).toEqual(['POST', '/session/token']);
        expect(one?.headers['x-kite-version']).toBe('3');
        expect(one?.headers['content-type']).toBe('application/x-www-form-urlencoded');
        expect(Object.fromEntries(new URLSearchParams(one?.body))).toEqual({
          api_key: 'k3y',
          request_token: 'r3quest=token',
          checksum: sum,
        });
        expect(one?.body).not.toContain(KEYS.apiSecret.reveal());
        expect(session.accessToken.reveal()).toBe(ACCESS);
        expect(session.loginUs).toBe(Date.parse('2026-08-24T03:25:00Z') * 1000);
        expect(session.expiresUs).toBe(Date.parse('2026-08-25T00:30:00Z') * 1000);
        expect(session.exchanges).toEqual(['NSE', 'NFO']);
        // However the session is printed, the token is not.
        expect(leaks(JSON.stringify(session) + inspect(session, { depth: 9 }))).toEqual([]);
      },
    );
  });

  test.skipIf(!shared)('the session of the official mock set is read', async () => {
    await withVenue(
      () => ({ status: 200, body: readFileSync(MOCK) }),
      async (root) => {
        const session = await kiteSession({ ...KEYS, root }, httpPort());
        expect(session).toMatchObject({
          userId: 'XX0000',
          userName: 'Kite Connect',
          publicToken: 'XXXXXXXX',
          loginUs: Date.parse('2021-01-01T10:45:14Z') * 1000,
          exchanges: ['NSE', 'NFO', 'BFO', 'CDS', 'BSE', 'MCX', 'BCD', 'MF'],
        });
        expect(session.accessToken.reveal()).toBe('XXXXXX');
      },
    );
  });

  test('an answer that is no session is refused without being shown', async () => {
    const { user_id: _, ...rest } = DATA;
    const bodies = [granted(rest).body, `{"data":"${ACCESS}`, `[${JSON.stringify(DATA)}]`];
    for (const body of bodies) {
      await withVenue(
        () => ({ status: 200, body }),
        async (root) => {
          const error = await failure(kiteSession({ ...KEYS, root }, httpPort()));
          expect(error.code).toBe('QL_KITE_REST');
          expect(error.message).toContain('data.');
          expect(leaks(shownOf(error))).toEqual([]);
        },
      );
    }
  });

  test('logout deletes the session of key and token', async () => {
    await withVenue(
      () => ({ status: 200, body: '{"status":"success","data":true}' }),
      async (root, asked) => {
        const accessToken = new Secret(ACCESS);
        await kiteLogout({ apiKey: 'k3y', accessToken, root }, httpPort());
        const [one] = asked;
        expect(one?.method).toBe('DELETE');
        const url = new URL(one?.url ?? '', root);
        expect(url.pathname).toBe('/session/token');
        expect(Object.fromEntries(url.searchParams)).toEqual({
          api_key: 'k3y',
          access_token: ACCESS,
        });
      },
    );
  });
});

describe('refusals', () => {
  const echo = (status: number, type: string): Answer =>
    refusal(status, type, `no: ${SECRETS.join(' ')}`);

  test('KITE-20: a token that ended is QL_KITE_TOKEN, which says where to log in', async () => {
    await withVenue(
      () => refusal(403, 'TokenException', 'Token is invalid or has expired.'),
      async (root) => {
        const error = await failure(kiteSession({ ...KEYS, root }, httpPort()));
        expect(error.code).toBe('QL_KITE_TOKEN');
        expect(error.message).toContain(kiteLoginUrl('k3y'));
        expect(error.message).toContain('Token is invalid or has expired.');
        expect(error.context).toMatchObject({ errorType: 'TokenException', status: 403 });
      },
    );
  });

  test.each([
    [400, 'InputException'],
    [403, 'PermissionException'],
    [429, 'NetworkException'],
    [500, 'GeneralException'],
    [500, 'OrderException'],
    [502, 'DataException'],
  ])('HTTP %i %s is QL_KITE_REST with type and status', async (status, errorType) => {
    await withVenue(
      () => refusal(status, errorType, 'said the venue'),
      async (root) => {
        const error = await failure(kiteSession({ ...KEYS, root }, httpPort()));
        expect(error.code).toBe('QL_KITE_REST');
        expect(error.context).toMatchObject({ errorType, status });
        expect(error.message).toContain('said the venue');
      },
    );
  });

  test('a page of a proxy is a refusal too', async () => {
    await withVenue(
      () => ({ status: 502, body: `<html>\x1b[2J${'x'.repeat(5_000)}` }),
      async (root) => {
        const error = await failure(kiteSession({ ...KEYS, root }, httpPort()));
        expect(error.context).toMatchObject({ errorType: '', status: 502 });
        expect(error.message.length).toBeLessThan(500);
        expect(error.message).not.toContain('\x1b');
      },
    );
  });

  test('KITE-21: no secret is in an error, whatever the venue or the machine says', async () => {
    const logout = (root: string): Promise<void> =>
      kiteLogout({ apiKey: 'k3y', accessToken: new Secret(ACCESS), root }, httpPort());
    for (const type of ['TokenException', 'InputException', 'Weird Type']) {
      await withVenue(
        () => echo(403, type),
        async (root) => {
          const login = shownOf(await failure(kiteSession({ ...KEYS, root }, httpPort())));
          expect(leaks(login).filter((secret) => !secret.startsWith('acc3ss'))).toEqual([]);
          const ended = shownOf(await failure(logout(root)));
          expect(ended).not.toContain(ACCESS);
          expect(ended).not.toContain(encodeURIComponent(ACCESS));
          // Control: the venue did echo the secrets, and the rest of its text is shown.
          expect(leaks(String(echo(403, type).body)).length).toBeGreaterThan(3);
          expect(login).toContain('no: ');
        },
      );
    }
    const quoting = {
      request: ({ url, body }: { url: string; body: string | null }) =>
        Promise.reject(new Error(`could not fetch ${url} with ${body}`)),
    };
    const thrown = await failure(kiteSession(KEYS, quoting));
    expect(thrown.code).toBe('QL_FEED_REQUEST');
    expect(leaks(shownOf(thrown))).toEqual([]);
    expect(thrown.message).toContain('could not fetch');
  });
});

describe('times', () => {
  test('the first 06:00 IST after the login ends the token', () => {
    const ends = (login: string): string => istTimeText(tokenExpiryUs(istTimeUs(login)));
    expect(ends('2026-08-24 08:55:00')).toBe('2026-08-25 06:00:00');
    expect(ends('2026-08-24 23:59:59')).toBe('2026-08-25 06:00:00');
    expect(ends('2026-08-25 05:59:59')).toBe('2026-08-25 06:00:00');
    expect(ends('2026-08-25 06:00:00')).toBe('2026-08-26 06:00:00');
    expect(ends('2026-12-31 10:00:00')).toBe('2027-01-01 06:00:00');
  });

  test('times of IST agree with the calendar of the runtime', () => {
    const seconds = fc.integer({ min: 31_536_000, max: 7_258_118_399 });
    fc.assert(
      fc.property(seconds, (s) => {
        const ist = new Date((s + 19_800) * 1000).toISOString();
        const text = ist.slice(0, 19).replace('T', ' ');
        expect(istTimeText(s * 1_000_000)).toBe(text);
        expect(istTimeUs(text)).toBe(s * 1_000_000);
        const end = tokenExpiryUs(s * 1_000_000);
        expect(istTimeText(end).slice(11)).toBe('06:00:00');
        expect(end > s * 1_000_000 && end <= (s + 86_400) * 1_000_000).toBe(true);
      }),
      { seed: 20_260_824, numRuns: 300 },
    );
  });

  test('what no calendar has is refused', () => {
    const bad = [
      ...['2026-02-29 10:00:00', '2026-13-01 10:00:00', '2026-00-10 10:00:00'],
      ...['2026-01-00 10:00:00', '2026-01-01 24:00:00', '2026-01-01 10:60:00'],
      ...['2026-01-01T10:00:00', '2026-01-01 10:00', '', '09:16:39'],
    ];
    for (const text of bad) expect(() => istTimeUs(text), text).toThrow(/expected yyyy-mm-dd/);
    expect(() => istTimeUs('2028-02-29 10:00:00')).not.toThrow();
  });
});
