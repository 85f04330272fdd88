import { createServer, type Socket } from 'node:net';
import { webSocketPort } from 'quantlaxmi/node';
import type { SocketEnd, SocketHandlers, SocketLink, SocketOptions } from 'quantlaxmi/venues/feed';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { httpServer, socketServer } from './loopback-server.js';

const OPTIONS: SocketOptions = {
  headers: {},
  handshakeTimeoutUs: 20_000_000,
  messageBytesMax: 1_000_000,
};
const PATIENT = { timeout: 30_000, interval: 5 };

interface Client {
  readonly link: SocketLink;
  readonly log: string[];
  readonly messages: { readonly bytes: Uint8Array; readonly binary: boolean }[];
  readonly end: Promise<SocketEnd>;
}

function connect(url: string, options: Partial<SocketOptions> = {}): Client {
  const log: string[] = [];
  const messages: Client['messages'] = [];
  let ended: (end: SocketEnd) => void = () => undefined;
  const end = new Promise<SocketEnd>((resolve) => {
    ended = resolve;
  });
  const handlers: SocketHandlers = {
    opened: () => log.push('opened'),
    message: (bytes, binary) => {
      log.push('message');
      messages.push({ bytes, binary });
    },
    alive: () => log.push('alive'),
    closed: (how) => {
      log.push('closed');
      ended(how);
    },
  };
  const link = webSocketPort().open(url, handlers, { ...OPTIONS, ...options });
  return { link, log, messages, end };
}

/** A server that hands its first connection to the test. */
async function met(
  options: Partial<SocketOptions> = {},
): Promise<{ client: Client; peer: WebSocket; headers: NodeJS.Dict<string | string[]> }> {
  const { server, url } = await socketServer();
  const meeting = new Promise<{ peer: WebSocket; headers: NodeJS.Dict<string | string[]> }>(
    (resolve) => {
      server.on('connection', (peer, request) => resolve({ peer, headers: request.headers }));
    },
  );
  const client = connect(url, options);
  const { peer, headers } = await meeting;
  await vi.waitUntil(() => client.log.includes('opened'), PATIENT);
  return { client, peer, headers };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test('NODE-27: texts and bytes come as they were sent, in order, as byte arrays', async () => {
  const { client, peer, headers } = await met({ headers: { 'x-mode': 'full' } });
  expect(headers['x-mode']).toBe('full');
  expect(headers['sec-websocket-extensions']).toBeUndefined();
  peer.send('{"a":1}');
  peer.send(Uint8Array.of(0, 1, 255));
  // A text that is no UTF-8 is for the decoder to judge, it does not end the connection.
  peer.send(Uint8Array.of(0xc3, 0x28), { binary: false });
  await vi.waitUntil(() => client.messages.length === 3, PATIENT);
  const [first, second, third] = client.messages.map(({ bytes }) => bytes);
  expect(client.messages.map(({ binary }) => binary)).toEqual([false, true, false]);
  expect(text(first as Uint8Array)).toBe('{"a":1}');
  expect([...(second as Uint8Array)]).toEqual([0, 1, 255]);
  expect([...(third as Uint8Array)]).toEqual([0xc3, 0x28]);
  expect(Object.getPrototypeOf(first)).toBe(Uint8Array.prototype);
  const back = new Promise((resolve) =>
    peer.once('message', (data) => resolve((data as Buffer).toString())),
  );
  client.link.send('hello');
  expect(await back).toBe('hello');
});

test('NODE-27: pings are answered and told of; a ping of ours brings a pong', async () => {
  const { client, peer } = await met();
  const ponged = new Promise((resolve) => peer.once('pong', () => resolve('pong')));
  peer.ping();
  expect(await ponged).toBe('pong');
  expect(client.log.filter((what) => what === 'alive')).toHaveLength(1);
  client.link.ping();
  await vi.waitUntil(() => client.log.filter((what) => what === 'alive').length === 2, PATIENT);
});

test('NODE-27: a close by either side is told once, with code and reason, and last', async () => {
  const theirs = await met();
  theirs.peer.close(4001, 'maintenance');
  expect(await theirs.client.end).toEqual({ code: 4001, reason: 'maintenance', error: '' });
  theirs.client.link.send('ignored');
  theirs.client.link.ping();
  theirs.client.link.terminate();
  expect(theirs.client.log.at(-1)).toBe('closed');
  expect(theirs.client.log.filter((what) => what === 'closed')).toHaveLength(1);
  const ours = await met();
  ours.client.link.close();
  expect(await ours.client.end).toEqual({ code: 1000, reason: '', error: '' });
  const cut = await met();
  cut.peer.terminate();
  expect((await cut.client.end).code).toBe(1006);
  const dropped = await met();
  dropped.client.link.terminate();
  expect((await dropped.client.end).code).toBe(1006);
});

test('NODE-27: a message longer than allowed ends the connection with code 1009', async () => {
  const { client, peer } = await met({ messageBytesMax: 1_000 });
  peer.send('x'.repeat(1_000));
  peer.send('x'.repeat(1_001));
  const end = await client.end;
  expect(end).toMatchObject({ code: 1009, error: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' });
  expect(client.messages).toHaveLength(1);
});

test('NODE-27: a refused handshake says its HTTP status', async () => {
  const host = await httpServer((_, response) => response.end());
  const plain = connect(`ws://${host}/`);
  expect(await plain.end).toEqual({ code: 1006, reason: '', error: 'HTTP 200' });
  const { createServer: http } = await import('node:http');
  const server = http();
  server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 429 Too Many Requests\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const limited = connect(`ws://127.0.0.1:${port}/`);
  expect(await limited.end).toEqual({ code: 1006, reason: '', error: 'HTTP 429' });
  expect(limited.log).toEqual(['closed']);
});

test('NODE-27: a server that says nothing is given up after the time of a handshake', async () => {
  const held: Socket[] = [];
  const mute = createServer((socket) => held.push(socket));
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of held) socket.destroy();
    mute.close();
  });
  const { port } = mute.address() as { port: number };
  const client = connect(`ws://127.0.0.1:${port}/?token=secret`, { handshakeTimeoutUs: 50_000 });
  const end = await client.end;
  expect(end.code).toBe(1006);
  expect(end.error).toContain('timed out');
});

test('NODE-27: no failure throws, and none shows the address, which may hold a token', async () => {
  for (const url of ['no address secret', 'http://127.0.0.1:1/?t=secret', 'ws://127.0.0.1:1/#s']) {
    const { end, log } = connect(url);
    expect(log).toEqual([]);
    const { code, error } = await end;
    expect(code).toBe(1006);
    expect(error).not.toContain('secret');
    expect(error).not.toBe('');
  }
  // A header that the runtime refuses quotes its value in the runtime's own error.
  const odd = connect('ws://127.0.0.1:1/', { headers: { authorization: 'secret\n' } });
  expect((await odd.end).error).not.toContain('secret');
});

test('NODE-28: a paused connection slows the sender and loses nothing', async () => {
  const { client, peer } = await met();
  client.link.pause();
  const part = 'x'.repeat(100_000);
  let sent = 0;
  // More than the buffers of both sockets hold: the rest has to wait at the sender.
  while (peer.bufferedAmount < 4_000_000) {
    peer.send(`${sent}:${part}`);
    sent += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const stuck = client.messages.length;
  expect(stuck).toBeLessThan(sent);
  client.link.resume();
  await vi.waitUntil(() => client.messages.length === sent, PATIENT);
  const order = client.messages.map(({ bytes }) =>
    Number(text(bytes.subarray(0, 9)).split(':')[0]),
  );
  expect(order).toEqual(Array.from({ length: sent }, (_, i) => i));
});

test('NODE-28: what is paused before it opens stays paused, and can be closed', async () => {
  const { server, url } = await socketServer();
  server.on('connection', (peer) => peer.send('early'));
  const client = connect(url);
  client.link.pause();
  await vi.waitUntil(() => client.log.includes('opened'), PATIENT);
  client.link.close();
  // The answer to the close has to be read, or it would only end by a time-out.
  expect((await client.end).code).not.toBe(1006);
});
