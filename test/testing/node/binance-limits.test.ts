import {
  type BinanceVenue,
  type BinanceVenueOptions,
  binanceFrames,
  binanceVenue,
} from 'quantlaxmi/testing/node';
import { afterEach, describe, expect, test } from 'vitest';
import { ask, type Client, connect } from './client.js';
import { chain } from './frames.js';

const open: BinanceVenue[] = [];

afterEach(async () => {
  for (const venue of open.splice(0)) await venue.close();
});

async function start(options: Partial<BinanceVenueOptions> = {}): Promise<BinanceVenue> {
  const source = binanceFrames({ market: 'spot', frames: chain(5) });
  const venue = await binanceVenue({ source, pingMs: null, nowMs: () => 0, ...options });
  open.push(venue);
  return venue;
}

async function answers(client: Client, venue: BinanceVenue, sent: unknown[]): Promise<string[]> {
  const conn = venue.connections.at(-1);
  const before = conn?.received.length ?? 0;
  for (const value of sent) client.send(value);
  await venue.until(() => conn?.received.length === before + sent.length);
  await venue.settled();
  return client.texts.splice(0);
}

describe('commands', () => {
  test('subscribe, list, unsubscribe, properties, as documented', async () => {
    const venue = await start({ limits: { messagesPerSecond: 99 } });
    const client = await connect(`${venue.url.ws}/ws`);
    const got = await answers(client, venue, [
      { method: 'SUBSCRIBE', params: ['btcusdt@depth', 'btcusdt@trade'], id: 1 },
      { method: 'UNSUBSCRIBE', params: ['btcusdt@trade'], id: 'a-1' },
      { method: 'LIST_SUBSCRIPTIONS', id: 3 },
      { method: 'GET_PROPERTY', params: ['combined'], id: null },
      { method: 'SET_PROPERTY', params: ['combined', true], id: 5 },
    ]);
    expect(got).toEqual([
      '{"result":null,"id":1}',
      '{"result":null,"id":"a-1"}',
      '{"result":["btcusdt@depth"],"id":3}',
      '{"result":false,"id":null}',
      '{"result":null,"id":5}',
    ]);
    await venue.release(1);
    await venue.settled();
    expect(client.texts[0]?.startsWith('{"stream":"btcusdt@depth","data":{')).toBe(true);
  });

  test('the documented errors', async () => {
    const venue = await start({ limits: { messagesPerSecond: 99, streamsMax: 1 } });
    const client = await connect(`${venue.url.ws}/ws`);
    const got = await answers(client, venue, [
      '{"method"',
      {},
      { method: 'SUBSCRIBE', params: ['a@trade'] },
      { method: 'SUBSCRIB', id: 1 },
      { method: 'LIST_SUBSCRIPTIONS', params: ['x'], id: 2 },
      { method: 'SET_PROPERTY', params: ['combined', 'yes'], id: 3 },
      { method: 'GET_PROPERTY', params: ['speed'], id: 4 },
      { method: 'GET_PROPERTY', params: [], id: 5 },
      { method: 'SUBSCRIBE', params: ['a@trade', 'b@trade'], id: 6 },
    ]);
    const codes = got.map((text) => JSON.parse(text) as { code: number; msg: string; id?: number });
    expect(codes.map(({ code, id }) => [code, id])).toEqual([
      [3, undefined],
      [2, undefined],
      [2, undefined],
      [2, undefined],
      [2, 2],
      [1, 3],
      [0, 4],
      [2, 5],
      [4, 6],
    ]);
    expect(codes[3]?.msg).toContain('unknown variant `SUBSCRIB`, expected one of `SUBSCRIBE`');
    expect(venue.connections[0]?.subscriptions).toEqual([]);
  });

  test('a sixth message in a second closes a spot connection', async () => {
    let now = 0;
    const venue = await start({ nowMs: () => now });
    const client = await connect(`${venue.url.ws}/ws`);
    const list = { method: 'LIST_SUBSCRIPTIONS', id: 1 };
    await answers(client, venue, [list, list, list, list]);
    client.ws.ping();
    await venue.until(() => venue.connections[0]?.pings === 1);
    now = 999;
    client.send(list);
    expect(await client.closed).toEqual({ code: 1008, reason: 'Too many requests' });
    const control = await connect(`${venue.url.ws}/ws`);
    await answers(control, venue, [list, list, list, list, list]);
    now = 2_000;
    expect(await answers(control, venue, [list])).toHaveLength(1);
  });
});

describe('attempts, pings and weight', () => {
  test('attempts over the limit of five minutes are refused', async () => {
    let now = 0;
    const venue = await start({ nowMs: () => now, limits: { attemptsPer5Minutes: 2 } });
    const errors: (string | undefined)[] = [];
    for (let i = 0; i < 3; i++) errors.push((await connect(`${venue.url.ws}/ws`)).errors[0]);
    now = 300_001;
    errors.push((await connect(`${venue.url.ws}/ws`)).errors[0]);
    const refused = 'Unexpected server response: 429';
    expect(errors).toEqual([undefined, undefined, refused, undefined]);
    expect((await connect(`${venue.url.ws}/other`)).errors).toEqual([
      'Unexpected server response: 404',
    ]);
  });

  test('pings come at their interval; who answers none is dropped', async () => {
    // Pongs count as messages.
    const limits = { messagesPerSecond: 1_000_000 };
    const venue = await start({ pingMs: 5, pongTimeoutMs: 60_000, limits });
    const client = await connect(`${venue.url.ws}/ws`);
    await new Promise<void>((resolve) => client.ws.once('ping', () => resolve()));
    const strict = await start({ pingMs: 5, pongTimeoutMs: 20, limits });
    const deaf = await connect(`${strict.url.ws}/ws`);
    deaf.ws.pause();
    await strict.until(() => strict.connections[0]?.open === false);
    expect(client.ws.readyState).toBe(client.ws.OPEN);
  });

  test('weight is counted by request; over the limit 429, on and on 418', async () => {
    let now = 1_000;
    const limits = { weightPerMinute: 110, bannedAfter: 2, banS: 120 };
    const venue = await start({ nowMs: () => now, limits });
    const depth = (limit: number): string =>
      `${venue.url.http}/api/v3/depth?symbol=BTCUSDT&limit=${limit}`;
    const used: (string | null)[] = [];
    const statuses: number[] = [];
    const asked = async (url: string): Promise<string | null> => {
      const { status, headers } = await ask(url);
      statuses.push(status);
      used.push(headers.get('x-mbx-used-weight-1m'));
      return headers.get('retry-after');
    };
    await asked(depth(1000));
    await asked(depth(1000));
    await asked(depth(5));
    await asked(`${venue.url.http}/api/v3/ping`);
    expect([...used]).toEqual(['50', '100', '105', '106']);
    expect(await asked(depth(100))).toBe('59');
    await asked(depth(100));
    expect(await asked(depth(100))).toBe('120');
    now = 61_000;
    expect(await asked(depth(100))).toBe('60');
    now = 122_000;
    await asked(depth(100));
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429, 418, 418, 200]);
  });
});

describe('requests', () => {
  test('futures endpoints, given answers and errors', async () => {
    const frames = chain(2).map((frame) => ({
      ...frame,
      data: frame.data.replace('"U":1,', '"U":1,"pu":0,').replace('"U":2,', '"U":2,"pu":1,'),
    }));
    const source = binanceFrames({ market: 'usdm', frames });
    const answers = { '/fapi/v1/leverageBracket': '[{"symbol":"BTCUSDT"}]' };
    const venue = await start({ source, answers });
    await venue.release(2);
    const json = async (path: string): Promise<unknown> => (await ask(venue.url.http + path)).json;
    expect(await json('/fapi/v1/ping')).toEqual({});
    expect(await json('/fapi/v1/leverageBracket')).toEqual([{ symbol: 'BTCUSDT' }]);
    expect(await json('/fapi/v1/premiumIndex?symbol=BTCUSDT')).toMatchObject({ symbol: 'BTCUSDT' });
    expect(await json('/fapi/v1/openInterest?symbol=BTCUSDT')).toMatchObject({
      openInterest: '1000.000',
    });
    expect(await json('/fapi/v1/fundingRate?symbol=BTCUSDT')).toHaveLength(1);
    expect(await json('/fapi/v1/depth?symbol=BTCUSDT&limit=5')).toMatchObject({
      E: 1_700_000_000_001,
      lastUpdateId: 2,
    });
    expect(await json('/fapi/v1/depth?symbol=NONE')).toEqual({
      code: -1121,
      msg: 'Invalid symbol.',
    });
    expect(await json('/fapi/v1/depth')).toMatchObject({ code: -1102 });
    expect((await ask(`${venue.url.http}/api/v3/depth?symbol=BTCUSDT`)).status).toBe(404);
  });

  test('times are as recorded, moved to a clock, or in µs, as asked', async () => {
    const shown = async (options: Partial<BinanceVenueOptions>, unit = ''): Promise<string[]> => {
      const venue = await start(options);
      const client = await connect(`${venue.url.ws}/ws/btcusdt@depth${unit}`);
      await venue.release(2);
      await venue.settled();
      return client.texts.map((text) => /"E":(\d+)/.exec(text)?.[1] ?? '');
    };
    expect(await shown({})).toEqual(['1700000000000', '1700000000001']);
    const retime = { nowUs: () => 1_800_000_000_000_000 };
    expect(await shown({ retime })).toEqual(['1800000000000', '1800000000000']);
    expect(await shown({}, '?timeUnit=MICROSECOND')).toEqual([
      '1700000000000000',
      '1700000000001000',
    ]);
  });
});
