import {
  type KiteVenue,
  kiteVenue,
  type ScriptedFault,
  syntheticKite,
} from 'quantlaxmi/testing/node';
import { decodeTicks } from 'quantlaxmi/venues/zerodha';
import { afterEach, describe, expect, test } from 'vitest';
import { type Client, connect } from './client.js';

const open: KiteVenue[] = [];

afterEach(async () => {
  for (const venue of open.splice(0)) await venue.close();
});

const SOURCE = syntheticKite({ seed: 8n, tokens: [408065], durationUs: 5_000_000 });
const COUNT = [...SOURCE.frames].length;

async function start(script: readonly ScriptedFault[]): Promise<readonly [KiteVenue, Client]> {
  const venue = await kiteVenue({ source: SOURCE, script, heartbeatMs: null });
  open.push(venue);
  const client = await connect(`${venue.url.ws}/?api_key=local-key&access_token=local-token`);
  client.send({ a: 'subscribe', v: [408065] });
  client.send({ a: 'mode', v: ['full', [408065]] });
  await venue.until(() => venue.connections[0]?.received.length === 2);
  return [venue, client];
}

async function played(script: readonly ScriptedFault[]): Promise<readonly [KiteVenue, Client]> {
  const [venue, client] = await start(script);
  await venue.release(COUNT);
  await venue.settled();
  return [venue, client];
}

const texts = (client: Client): string[] =>
  client.binaries.map((bytes) => Buffer.from(bytes).toString('hex'));

describe('faults of a local Kite', () => {
  test('TESTING-7: duplicate, drop and reorder binary frames', async () => {
    const [, control] = await played([]);
    const whole = texts(control);
    expect(whole).toHaveLength(COUNT);
    const [, client] = await played([
      { at: { frames: 1 }, fault: { kind: 'duplicate', count: 1 } },
      { at: { frames: 3 }, fault: { kind: 'drop', count: 1 } },
      { at: { frames: 5 }, fault: { kind: 'reorder', count: 2 } },
    ]);
    const [a, b, c, , e, f, g, ...rest] = whole;
    expect(texts(client)).toEqual([a, b, b, c, e, g, f, ...rest]);
  });

  test.each(['truncate', 'garbage'] as const)(
    'TESTING-7: malform, %s: a binary frame that is not what was played',
    async (how) => {
      const script = [{ at: { frames: 2 }, fault: { kind: 'malform', how, count: 1 } }] as const;
      const [, client] = await played(script);
      const [, control] = await played([]);
      const same = texts(client).filter((text, i) => text === texts(control)[i]);
      expect(same).toHaveLength(COUNT - 1);
      expect(client.binaries).toHaveLength(COUNT);
      if (how === 'truncate') expect(() => decodeTicks(client.binaries[2] ?? bad())).toThrow();
    },
  );

  test('TESTING-7: a refused command is an error text, and nothing is done', async () => {
    const [venue, client] = await start([
      { at: { messages: 0 }, fault: { kind: 'subscribeError', count: 1, code: 0, message: 'no' } },
    ]);
    await venue.release(COUNT);
    await venue.settled();
    expect(client.texts).toEqual(['{"type":"error","data":"no"}']);
    expect(client.binaries).toEqual([]);
  });

  test('TESTING-7: clock drift is in the times of the ticks', async () => {
    const drift = { at: { frames: 0 }, fault: { kind: 'clockDrift', us: 60_000_000 } } as const;
    const [[, off], [, control]] = [await played([drift]), await played([])];
    const times = (client: Client): (number | null)[] =>
      client.binaries.flatMap((bytes) => decodeTicks(bytes).map((tick) => tick.exchangeTime));
    expect(times(off)).toEqual(times(control).map((time) => (time ?? 0) + 60));
  });

  test('TESTING-7: an ended token: REST and new connections refused, open ones stay', async () => {
    const [venue, client] = await start([{ at: { frames: 3 }, fault: { kind: 'tokenExpired' } }]);
    const headers = { authorization: 'token local-key:local-token' };
    const status = async (): Promise<number> =>
      (await fetch(`${venue.url.http}/orders`, { headers })).status;
    expect(await status()).toBe(200);
    await venue.release(COUNT);
    await venue.settled();
    expect(await status()).toBe(403);
    expect(client.binaries).toHaveLength(COUNT);
    expect(venue.faults).toEqual({ tokenExpired: 1 });
  });

  test('TESTING-7: disconnects, half-open sockets, refused requests, as at Binance', async () => {
    const [venue, client] = await played([
      { at: { frames: 4 }, fault: { kind: 'disconnect', code: 'reset' } },
      { at: { requests: 0 }, fault: { kind: 'http429', count: 1, retryAfterS: 1 } },
    ]);
    expect((await client.closed).code).toBe(1006);
    expect(client.binaries).toHaveLength(4);
    const answer = await fetch(`${venue.url.http}/orders`);
    expect([answer.status, ((await answer.json()) as { error_type: string }).error_type]).toEqual([
      429,
      'NetworkException',
    ]);
    const [silent, dead] = await played([{ at: { frames: 4 }, fault: { kind: 'halfOpen' } }]);
    expect(silent.faults).toEqual({ halfOpen: 1 });
    expect(dead.ws.readyState).toBe(dead.ws.OPEN);
    expect(silent.connections[0]?.sentCount).toBe(4);
  });
});

function bad(): never {
  throw new Error('no frame');
}
