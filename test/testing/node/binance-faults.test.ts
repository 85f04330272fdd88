import {
  type BinanceVenue,
  type BinanceVenueOptions,
  binanceFrames,
  binanceVenue,
  type Fault,
  type ScriptedFault,
} from 'quantlaxmi/testing/node';
import { afterEach, describe, expect, test } from 'vitest';
import { ask, type Client, connect } from './client.js';
import { chain } from './frames.js';

const FRAMES = chain(20);
const TEXTS = FRAMES.map((frame) => frame.data);
const open: BinanceVenue[] = [];

afterEach(async () => {
  for (const venue of open.splice(0)) await venue.close();
});

async function start(
  script: readonly ScriptedFault[],
  options: Partial<BinanceVenueOptions> = {},
): Promise<BinanceVenue> {
  const source = binanceFrames({ market: 'spot', frames: FRAMES });
  const venue = await binanceVenue({ source, script, pingMs: null, ...options });
  open.push(venue);
  return venue;
}

interface Run {
  readonly venue: BinanceVenue;
  readonly client: Client;
}

/** Everything played to one raw client, which then has read all of it. */
async function played(script: readonly ScriptedFault[]): Promise<Run> {
  const venue = await start(script);
  const client = await connect(`${venue.url.ws}/ws/btcusdt@depth@100ms`);
  await venue.release(FRAMES.length);
  await venue.settled();
  return { venue, client };
}

/** What a client sees with a fault at frame 5, and its control: what it sees without. */
async function both(fault: Fault): Promise<readonly [Run, Run]> {
  return [await played([{ at: { frames: 5 }, fault }]), await played([])];
}

const pong = (client: Client): Promise<void> =>
  new Promise((resolve) => {
    client.ws.once('pong', () => resolve());
    client.ws.ping();
  });

describe('frames', () => {
  test('TESTING-7: duplicate: the next frames come twice', async () => {
    const [run, control] = await both({ kind: 'duplicate', count: 2 });
    const twice = TEXTS.flatMap((text, i) => (i === 5 || i === 6 ? [text, text] : [text]));
    expect(run.client.texts).toEqual(twice);
    expect(run.venue.faults).toEqual({ duplicate: 2 });
    expect(control.client.texts).toEqual(TEXTS);
    expect(control.venue.faults).toEqual({});
  });

  test('TESTING-7: drop: the next frames do not come', async () => {
    const [run, control] = await both({ kind: 'drop', count: 3 });
    expect(run.client.texts).toEqual(TEXTS.filter((_, i) => i < 5 || i > 7));
    expect(run.venue.faults).toEqual({ drop: 3 });
    expect(run.venue.sent().get('btcusdt@depth@100ms')).toMatchObject({
      played: 20,
      delivered: 17,
    });
    expect(control.client.texts).toEqual(TEXTS);
  });

  test('TESTING-7: reorder: the next frames come in another order', async () => {
    const [run, control] = await both({ kind: 'reorder', count: 4 });
    const { texts } = run.client;
    expect(texts).not.toEqual(TEXTS);
    expect(texts.slice(0, 5)).toEqual(TEXTS.slice(0, 5));
    expect(texts.slice(9)).toEqual(TEXTS.slice(9));
    expect([...texts].sort()).toEqual([...TEXTS].sort());
    expect(run.venue.faults).toEqual({ reorder: 4 });
    expect(control.client.texts).toEqual(TEXTS);
  });

  test('TESTING-7: reorder at the end: what is held goes out', async () => {
    const { client } = await played([{ at: { frames: 18 }, fault: { kind: 'reorder', count: 9 } }]);
    expect(client.texts.slice(18)).toEqual([TEXTS[19], TEXTS[18]]);
  });

  test.each(['truncate', 'bitFlip', 'garbage'] as const)(
    'TESTING-7: malform, %s: a frame is not what was recorded',
    async (how) => {
      const [run, control] = await both({ kind: 'malform', how, count: 1 });
      const { texts } = run.client;
      expect(texts).toHaveLength(20);
      expect(texts[5]).not.toBe(TEXTS[5]);
      if (how === 'truncate') expect(TEXTS[5]?.startsWith(texts[5] ?? '?')).toBe(true);
      else expect(texts[5]).toHaveLength(TEXTS[5]?.length ?? 0);
      expect(texts.filter((_, i) => i !== 5)).toEqual(TEXTS.filter((_, i) => i !== 5));
      expect(run.client.ws.readyState).toBe(run.client.ws.OPEN);
      expect(control.client.texts).toEqual(TEXTS);
    },
  );

  test('TESTING-7: malform, notUtf8: a client closes with 1007', async () => {
    const [run, control] = await both({ kind: 'malform', how: 'notUtf8', count: 1 });
    await run.venue.until(() => run.venue.connections[0]?.open === false);
    expect(run.client.errors).toEqual(['Invalid WebSocket frame: invalid UTF-8 sequence']);
    expect(run.venue.connections[0]?.closed?.code).toBe(1007);
    expect(run.client.texts).toEqual(TEXTS.slice(0, 5));
    expect(control.client.errors).toEqual([]);
  });

  test('TESTING-7: a fault is for the stream and the connection it names', async () => {
    const source = binanceFrames({ market: 'spot', frames: [...chain(4), ...chain(4, 'ethusdt')] });
    const fault = { kind: 'drop', count: 2, conn: 2, stream: 'ethusdt' } as const;
    const venue = await start([{ at: { frames: 0 }, fault }], { source });
    const path = `${venue.url.ws}/stream?streams=btcusdt@depth/ethusdt@depth`;
    const [one, two] = [await connect(path), await connect(path)];
    await venue.release(8);
    await venue.settled();
    expect([one.texts.length, two.texts.length]).toEqual([8, 6]);
    expect(two.texts.filter((text) => text.includes('"stream":"ethusdt'))).toHaveLength(2);
    expect(venue.faults).toEqual({ drop: 2 });
  });

  test('TESTING-7: the same seed damages the same bits, another seed others', async () => {
    const script = [
      { at: { frames: 0 }, fault: { kind: 'malform', how: 'bitFlip', count: 20 } },
    ] as const;
    const texts: string[] = [];
    for (const seed of [1n, 1n, 2n]) {
      const venue = await start(script, { seed });
      const client = await connect(`${venue.url.ws}/ws/btcusdt@depth`);
      await venue.release(20);
      await venue.settled();
      texts.push(client.texts.join('\n'));
    }
    expect(texts[1]).toBe(texts[0]);
    expect(texts[2]).not.toBe(texts[0]);
  });
});

describe('connections', () => {
  test('TESTING-7: disconnect with a code, and by TCP reset', async () => {
    const [run, control] = await both({ kind: 'disconnect', code: 1012, reason: 'restart' });
    expect(await run.client.closed).toEqual({ code: 1012, reason: 'restart' });
    expect(run.client.texts).toEqual(TEXTS.slice(0, 5));
    expect(control.client.ws.readyState).toBe(control.client.ws.OPEN);
    const [cut] = await both({ kind: 'disconnect', code: 'reset' });
    expect((await cut.client.closed).code).toBe(1006);
    expect(cut.venue.faults).toEqual({ disconnect: 1 });
  });

  test('TESTING-7: half-open: the socket stays, pings and commands have no answer', async () => {
    const venue = await start([{ at: { frames: 5 }, fault: { kind: 'halfOpen', conn: 1 } }]);
    const path = `${venue.url.ws}/ws/btcusdt@depth@100ms`;
    const [dead, alive] = [await connect(path), await connect(path)];
    let pongs = 0;
    dead.ws.on('pong', () => {
      pongs += 1;
    });
    await venue.release(20);
    dead.ws.ping();
    dead.send({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
    // The control answers all of it; after that, the other has had its time.
    await pong(alive);
    await venue.settled();
    expect(alive.texts).toEqual(TEXTS);
    expect(dead.texts).toEqual(TEXTS.slice(0, 5));
    expect([pongs, venue.connections[0]?.pings, venue.connections[1]?.pings]).toEqual([0, 0, 1]);
    expect(dead.ws.readyState).toBe(dead.ws.OPEN);
    expect(venue.connections[0]?.open).toBe(true);
  });

  test('TESTING-7: stalled reads: what the client says is not heard, frames flow', async () => {
    const venue = await start([{ at: { frames: 5 }, fault: { kind: 'stallReads', conn: 1 } }]);
    const path = `${venue.url.ws}/ws/btcusdt@depth@100ms`;
    const [stalled, control] = [await connect(path), await connect(path)];
    await venue.release(10);
    for (const client of [stalled, control]) client.send({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
    await venue.until(() => venue.connections[1]?.received.length === 1);
    await venue.release(10);
    await pong(control);
    await new Promise<void>((resolve) => {
      const look = (): void => (stalled.texts.length === 20 ? resolve() : void setTimeout(look, 1));
      look();
    });
    expect(venue.connections[0]?.received).toEqual([]);
  });

  test('TESTING-7: the end of 24 hours: announced, and closed after the notice', async () => {
    const fault = { kind: 'close24h', announce: true, noticeFrames: 3 } as const;
    const venue = await start([{ at: { frames: 5 }, fault }]);
    const raw = await connect(`${venue.url.ws}/ws/btcusdt@depth`);
    const combined = await connect(`${venue.url.ws}/stream?streams=btcusdt@depth`);
    await venue.release(6);
    const later = await connect(`${venue.url.ws}/ws/btcusdt@depth`);
    await venue.release(14);
    await venue.settled();
    expect((await raw.closed).code).toBe(1001);
    await combined.closed;
    const E = 1_700_000_000_004;
    const event = { e: 'serverShutdown', E };
    expect(JSON.parse(raw.texts[5] ?? '')).toEqual(event);
    expect(JSON.parse(combined.texts[5] ?? '')).toEqual({ stream: '!serverShutdown', data: event });
    expect(raw.texts).toHaveLength(9);
    expect(later.texts).toEqual(TEXTS.slice(6));
    expect(venue.faults).toEqual({ close24h: 2 });
  });

  test('TESTING-7: refused attempts: by a status, by a reset, then accepted', async () => {
    const venue = await start([
      { at: { attempts: 1 }, fault: { kind: 'refuseConnect', count: 1, status: 503 } },
      { at: { attempts: 2 }, fault: { kind: 'refuseConnect', count: 1, status: 'reset' } },
    ]);
    const errors: string[][] = [];
    for (let i = 0; i < 4; i++) errors.push((await connect(`${venue.url.ws}/ws`)).errors);
    expect(errors[0]).toEqual([]);
    expect(errors[1]).toEqual(['Unexpected server response: 503']);
    expect(errors[2]).toHaveLength(1);
    expect(errors[3]).toEqual([]);
    expect([venue.attempts, venue.connections.length]).toEqual([4, 2]);
    expect(venue.faults).toEqual({ refuseConnect: 2 });
  });

  test('TESTING-7: a burst is sent without regard to the times', async () => {
    const counts: number[] = [];
    for (const script of [[{ at: { frames: 4 }, fault: { kind: 'burst', frames: 10 } }], []]) {
      const venue = await start(script as ScriptedFault[]);
      const client = await connect(`${venue.url.ws}/ws/btcusdt@depth`);
      await venue.release(4);
      // At this speed a ms of the recording lasts years; only the next frame is due at once.
      const playing = venue.play({ speed: 1e-12 });
      await venue.settled();
      venue.pause();
      await playing;
      await venue.settled();
      counts.push(client.texts.length);
    }
    expect(counts).toEqual([14, 5]);
  });
});

describe('commands', () => {
  const subscribe = { method: 'SUBSCRIBE', params: ['btcusdt@depth'], id: 7 };

  async function commanded(script: readonly ScriptedFault[]): Promise<Run> {
    const venue = await start(script);
    const client = await connect(`${venue.url.ws}/ws`);
    client.send(subscribe);
    await venue.until(() => venue.connections[0]?.received.length === 1);
    await venue.release(1);
    await venue.settled();
    return { venue, client };
  }

  test('TESTING-7: a lost acknowledgement: the command is done all the same', async () => {
    const { client, venue } = await commanded([
      { at: { messages: 0 }, fault: { kind: 'ackLost', count: 1 } },
    ]);
    expect(client.texts).toEqual([TEXTS[0]]);
    expect(venue.faults).toEqual({ ackLost: 1 });
    const control = await commanded([]);
    expect(control.client.texts).toEqual(['{"result":null,"id":7}', TEXTS[0]]);
  });

  test('TESTING-7: a refused command: an error, and nothing is done', async () => {
    const fault = { kind: 'subscribeError', count: 1, code: 4, message: 'no' } as const;
    const { client, venue } = await commanded([{ at: { messages: 0 }, fault }]);
    expect(client.texts).toEqual(['{"code":4,"msg":"no","id":7}']);
    expect(venue.connections[0]?.subscriptions).toEqual([]);
  });
});

describe('requests', () => {
  const DEPTH = '/api/v3/depth?symbol=BTCUSDT&limit=10';

  test.each([
    [{ kind: 'http429', count: 1, retryAfterS: 3 }, 429, '3'],
    [{ kind: 'http418', count: 1, retryAfterS: 120 }, 418, '120'],
    [{ kind: 'http5xx', count: 1, status: 502 }, 502, null],
  ] as const)('TESTING-7: %o: one request has that answer', async (fault, status, retry) => {
    const venue = await start([{ at: { requests: 1 }, fault }]);
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await ask(venue.url.http + DEPTH));
    expect(answers.map((answer) => answer.status)).toEqual([200, status, 200]);
    expect(answers[1]?.headers.get('retry-after')).toBe(retry);
    expect(venue.requests.map((request) => request.status)).toEqual([200, status, 200]);
    expect(venue.faults).toEqual({ [fault.kind]: 1 });
  });

  test('TESTING-7: a fault for a path leaves other paths alone', async () => {
    const fault = { kind: 'http5xx', count: 9, status: 500, path: '/depth' } as const;
    const venue = await start([{ at: { requests: 0 }, fault }]);
    expect((await ask(`${venue.url.http}/api/v3/time`)).status).toBe(200);
    expect((await ask(venue.url.http + DEPTH)).status).toBe(500);
  });

  test('TESTING-7: a slow snapshot is the book of the time of its request', async () => {
    const fault = { kind: 'slowSnapshot', count: 1, delayMs: 20 } as const;
    const venue = await start([{ at: { requests: 0 }, fault }]);
    await venue.release(3);
    const slow = ask(venue.url.http + DEPTH);
    await venue.until(() => venue.requests.length === 1);
    await venue.release(4);
    const fast = await ask(venue.url.http + DEPTH);
    expect(await slow).toMatchObject({ status: 200, json: { lastUpdateId: 3 } });
    expect(fast).toMatchObject({ json: { lastUpdateId: 7 } });
  });

  test('TESTING-7: a snapshot can be slower than everything else; close ends it', async () => {
    const fault = { kind: 'slowSnapshot', count: 1, delayMs: 3_600_000 } as const;
    const venue = await start([{ at: { requests: 0 }, fault }]);
    const slow = ask(venue.url.http + DEPTH).catch(() => 'no answer');
    await venue.until(() => venue.requests.length === 1);
    expect((await ask(venue.url.http + DEPTH)).status).toBe(200);
    await venue.close();
    expect(await slow).toBe('no answer');
  });

  test('TESTING-7: a stale snapshot is the book of when the fault took effect', async () => {
    const fault = { kind: 'staleSnapshot', count: 1 } as const;
    const venue = await start([{ at: { frames: 2 }, fault }]);
    await venue.release(9);
    const [stale, control] = [await ask(venue.url.http + DEPTH), await ask(venue.url.http + DEPTH)];
    expect(stale.json).toMatchObject({ lastUpdateId: 2 });
    expect(control.json).toMatchObject({ lastUpdateId: 9 });
    expect(venue.faults).toEqual({ staleSnapshot: 1 });
  });

  test('TESTING-7: clock drift is in event times and in the time of the venue', async () => {
    const { venue, client } = await played([
      { at: { us: 5_000 }, fault: { kind: 'clockDrift', us: 250_000 } },
    ]);
    const off = client.texts.map((text, i) => {
      const { E } = JSON.parse(text) as { E: number };
      return E - (JSON.parse(TEXTS[i] ?? '') as { E: number }).E;
    });
    expect(off).toEqual(TEXTS.map((_, i) => (i <= 5 ? 0 : 250)));
    const { json } = await ask(`${venue.url.http}/api/v3/time`);
    expect(json).toEqual({ serverTime: 1_700_000_000_019 + 250 });
  });
});
