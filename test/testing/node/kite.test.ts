import { existsSync } from 'node:fs';
import { sha256Hex } from 'quantlaxmi/core';
import {
  type KiteFrame,
  type KiteVenue,
  type KiteVenueOptions,
  kiteTickCsv,
  kiteVenue,
  syntheticKite,
} from 'quantlaxmi/testing/node';
import { decodeTicks, type KiteTick } from 'quantlaxmi/venues/zerodha';
import { afterEach, describe, expect, test } from 'vitest';
import { type Client, connect } from './client.js';

const open: KiteVenue[] = [];

afterEach(async () => {
  for (const venue of open.splice(0)) await venue.close();
});

const TOKENS = [408065, 256265, 12683010];
const SOURCE = syntheticKite({ seed: 3n, tokens: TOKENS, durationUs: 10_000_000 });
const LOGIN = '/?api_key=local-key&access_token=local-token';

async function venueOf(options: Partial<KiteVenueOptions> = {}): Promise<KiteVenue> {
  const venue = await kiteVenue({ source: SOURCE, heartbeatMs: null, ...options });
  open.push(venue);
  return venue;
}

async function ticker(venue: KiteVenue, modes: Readonly<Record<number, string>>): Promise<Client> {
  const client = await connect(venue.url.ws + LOGIN);
  const tokens = Object.keys(modes).map(Number);
  client.send({ a: 'subscribe', v: tokens });
  for (const token of tokens) client.send({ a: 'mode', v: [modes[token], [token]] });
  const conn = venue.connections.at(-1);
  await venue.until(() => conn?.received.length === tokens.length + 1);
  return client;
}

const ticksOf = (client: Client): KiteTick[] => client.binaries.flatMap((b) => decodeTicks(b));
const played = (): KiteTick[] =>
  [...SOURCE.frames].flatMap((frame: KiteFrame) => (frame.stream === 'ticks' ? frame.ticks : []));

describe('ticker', () => {
  test('TESTING-6: ticks come in the mode of their token, others not at all', async () => {
    const venue = await venueOf();
    const client = await ticker(venue, { 408065: 'full', 256265: 'ltp' });
    await venue.release(Number.MAX_SAFE_INTEGER);
    await venue.settled();
    const got = ticksOf(client);
    const equity = played().filter((tick) => tick.token === 408065);
    expect(got.filter((tick) => tick.token === 408065)).toEqual(equity);
    const index = got.filter((tick) => tick.token === 256265);
    expect(new Set(index.map((tick) => tick.mode))).toEqual(new Set(['ltp']));
    expect(index).toHaveLength(played().filter((tick) => tick.token === 256265).length);
    expect(got.some((tick) => tick.token === 12683010)).toBe(false);
  });

  test('a new subscription streams quote, and unsubscribe ends it', async () => {
    const venue = await venueOf();
    const client = await connect(venue.url.ws + LOGIN);
    client.send({ a: 'subscribe', v: [408065] });
    await venue.until(() => venue.connections[0]?.received.length === 1);
    await venue.release(10);
    client.send({ a: 'unsubscribe', v: [408065] });
    await venue.until(() => venue.connections[0]?.received.length === 2);
    await venue.settled();
    const before = ticksOf(client);
    expect(new Set(before.map((tick) => tick.mode))).toEqual(new Set(['quote']));
    await venue.release(10);
    await venue.settled();
    expect(ticksOf(client)).toHaveLength(before.length);
  });

  test('a heartbeat is one byte; a text message goes to all', async () => {
    const venue = await venueOf();
    const [one, two] = [await ticker(venue, {}), await ticker(venue, {})];
    venue.heartbeat();
    venue.text('{"type":"order","data":{}}');
    await venue.settled();
    for (const client of [one, two]) {
      expect(client.binaries.map((bytes) => bytes.length)).toEqual([1]);
      expect(client.texts).toEqual(['{"type":"order","data":{}}']);
    }
  });

  test('a heartbeat comes by itself at its interval', async () => {
    const venue = await venueOf({ heartbeatMs: 5 });
    const client = await ticker(venue, {});
    await new Promise<void>((resolve) => client.ws.once('message', () => resolve()));
    expect(client.binaries[0]).toEqual(Uint8Array.of(0));
  });

  test('a wrong token, an ended token and a fourth connection are refused', async () => {
    const venue = await venueOf();
    const wrong = await connect(`${venue.url.ws}/?api_key=local-key&access_token=no`);
    expect(wrong.errors).toEqual(['Unexpected server response: 403']);
    for (let i = 0; i < 3; i++) expect((await connect(venue.url.ws + LOGIN)).errors).toEqual([]);
    const fourth = await connect(venue.url.ws + LOGIN);
    expect(fourth.errors).toEqual(['Unexpected server response: 429']);
    venue.inject({ kind: 'tokenExpired' });
    const ended = await connect(venue.url.ws + LOGIN);
    expect(ended.errors).toEqual(['Unexpected server response: 403']);
    expect(JSON.stringify(venue.connections.map((c) => c.path))).not.toContain('local-token');
  });

  test('a token too many and a wrong command are told, and change nothing', async () => {
    const venue = await venueOf({ limits: { tokensMax: 2 } });
    const client = await connect(venue.url.ws + LOGIN);
    client.send({ a: 'subscribe', v: [1, 2, 3] });
    client.send({ a: 'mode', v: ['fast', [1]] });
    client.send('{');
    await venue.until(() => venue.connections[0]?.received.length === 3);
    await venue.settled();
    expect(client.texts.map((text) => (JSON.parse(text) as { type: string }).type)).toEqual([
      'error',
      'error',
      'error',
    ]);
    expect(venue.connections[0]?.subscriptions).toEqual([]);
  });

  test('the recorded ticks of a contract come back as the CSV has them', async () => {
    const path = '../shared/data/kite/ticks/kiteconnect_nifty_futures_ticks.csv';
    if (!existsSync(path) && process.env['REQUIRE_SHARED'] !== '1') return;
    const venue = await venueOf({ source: await kiteTickCsv(path) });
    const client = await ticker(venue, { 12683010: 'full' });
    expect(await venue.release(1_000)).toBe(271);
    await venue.settled();
    const ticks = ticksOf(client);
    expect(ticks).toHaveLength(271);
    expect(ticks[0]).toMatchObject({
      last: 2_597_850,
      volume: 3_332_925,
      exchangeTime: 1766992620,
    });
    expect(ticks[0]?.bids?.[4]).toEqual({ price: 2_597_500, qty: 3_525, orders: 23 });
  });
});

async function call(
  venue: KiteVenue,
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; json: Record<string, unknown>; text: string }> {
  const headers = { authorization: 'token local-key:local-token' };
  const answer = await fetch(venue.url.http + path, { headers, ...init });
  const text = await answer.text();
  const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { status: answer.status, json, text };
}

describe('REST', () => {
  const login = (checksum: string): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `api_key=local-key&request_token=local-request&checksum=${checksum}`,
  });

  test('a login needs the checksum, and its request token works once', async () => {
    const venue = await venueOf();
    const good = sha256Hex('local-keylocal-requestlocal-secret');
    const wrong = await call(venue, '/session/token', login('00'));
    expect([wrong.status, wrong.json['error_type']]).toEqual([403, 'TokenException']);
    const session = await call(venue, '/session/token', login(good));
    const token = (session.json['data'] as { access_token: string }).access_token;
    expect((await call(venue, '/session/token', login(good))).status).toBe(403);
    expect((await call(venue, '/orders')).status).toBe(403);
    const headers = { authorization: `token local-key:${token}` };
    expect((await call(venue, '/orders', { headers })).json['data']).toEqual([]);
  });

  test('quotes, instruments and given answers; nothing without the token', async () => {
    const venue = await venueOf({
      quotes: { 'NSE:INFY': { instrument_token: 408065, last_price: 1.5, ohlc: {}, volume: 7 } },
      instruments: 'instrument_token,exchange\n1,NSE\n2,NFO\n',
      answers: { '/user/profile': { user_id: 'XX0000' } },
    });
    expect((await call(venue, '/quote?i=NSE:INFY&i=NSE:NONE')).json['data']).toEqual({
      'NSE:INFY': { instrument_token: 408065, last_price: 1.5, ohlc: {}, volume: 7 },
    });
    expect((await call(venue, '/quote/ltp?i=NSE:INFY')).json['data']).toEqual({
      'NSE:INFY': { instrument_token: 408065, last_price: 1.5 },
    });
    expect((await call(venue, '/instruments/NFO')).text).toBe('instrument_token,exchange\n2,NFO\n');
    expect((await call(venue, '/user/profile')).json['data']).toEqual({ user_id: 'XX0000' });
    expect((await call(venue, '/quote?i=NSE:INFY', { headers: {} })).status).toBe(403);
  });
});
