import { gzipSync } from 'node:zlib';
import { httpPort, livePorts, systemTimers } from 'quantlaxmi/node';
import type { HttpRequest } from 'quantlaxmi/venues/feed';
import { expect, test } from 'vitest';
import { httpServer, refusing } from './loopback-server.js';

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  ...{ method: 'GET', url, headers: {}, body: null, timeoutUs: 20_000_000, bytesMax: 100_000 },
  ...more,
});

async function failure(request: HttpRequest): Promise<string> {
  const error = await httpPort()
    .request(request)
    .then(
      () => new Error('answered'),
      (reason: Error & { code?: string }) => reason,
    );
  expect((error as { code?: string }).code).toBe('QL_FEED_REQUEST');
  const all = `${error.message} ${JSON.stringify(error)} ${String(error.cause)} ${error.stack}`;
  expect(all).not.toContain('secret');
  return error.message;
}

test('NODE-27: an answer is an answer whatever its status, with names in lower case', async () => {
  const seen: string[] = [];
  const host = await httpServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['x-key']}`);
    const chunks: string[] = [];
    request.setEncoding('utf8').on('data', (part: string) => chunks.push(part));
    request.on('end', () => {
      response.writeHead(429, { 'Retry-After': '7', 'X-MBX-USED-WEIGHT-1M': '12' });
      response.end(`got ${chunks.join('')}`);
    });
  });
  const headers = { 'x-key': 'k' };
  const request = get(`http://${host}/a?b=1`, { method: 'POST', headers, body: 'c=2' });
  const answer = await httpPort().request(request);
  expect(answer.status).toBe(429);
  expect(answer.headers['retry-after']).toBe('7');
  expect(answer.headers['x-mbx-used-weight-1m']).toBe('12');
  expect(new TextDecoder().decode(answer.body)).toBe('got c=2');
  expect(seen).toEqual(['POST /a?b=1 k']);
});

test('NODE-27: a redirect is handed on and not followed', async () => {
  let asked = 0;
  const host = await httpServer((_, response) => {
    asked += 1;
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  expect((await httpPort().request(get(`http://${host}/`))).status).toBe(302);
  expect(asked).toBe(1);
});

test('NODE-27: a body longer than allowed is no answer, inflated or not', async () => {
  const host = await httpServer((request, response) => {
    const long = Buffer.alloc(request.url === '/ok' ? 100_000 : 100_001, 0x61);
    if (request.url === '/gzip') response.setHeader('content-encoding', 'gzip');
    response.end(request.url === '/gzip' ? gzipSync(long) : long);
  });
  expect((await httpPort().request(get(`http://${host}/ok`))).body).toHaveLength(100_000);
  for (const path of ['/plain', '/gzip']) {
    const message = await failure(get(`http://${host}${path}?signature=secret`));
    expect(message).toContain(`GET ${host}${path}: no answer (longer than 100000 bytes)`);
  }
});

test('NODE-27: the time covers the whole body', async () => {
  const host = await httpServer((request, response) => {
    if (request.url === '/half') response.writeHead(200).write('begun');
  });
  for (const path of ['/none', '/half']) {
    const message = await failure(get(`http://${host}${path}`, { timeoutUs: 60_000 }));
    expect(message).toContain('none within 60000 µs');
  }
});

test('NODE-27: no failure of a request shows a key', async () => {
  const closed = await refusing();
  expect(await failure(get(`http://${closed}/x?signature=secret`))).toContain('ECONNREFUSED');
  // A port that the runtime itself will not call.
  await failure(get('http://127.0.0.1:1/x?signature=secret'));
  await failure(get('no address secret'));
  await failure(get('http://127.0.0.1:1/', { headers: { 'x-key': 'secret\n' } }));
  const host = await httpServer((request) => request.socket.destroy());
  await failure(get(`http://${host}/y?key=secret`));
});

test('NODE-27: timers run once, can be called off, and hold waits of any length', async () => {
  const timers = systemTimers();
  const ran: string[] = [];
  timers.after(0, () => ran.push('off'))();
  // Thirty days do not fit the runtime's own timer, which would fire at once.
  const callOff = timers.after(30 * 86_400 * 1_000_000, () => ran.push('late'));
  await new Promise<void>((resolve) => timers.after(20_000, resolve));
  callOff();
  expect(ran).toEqual([]);
});

test('NODE-27: the jitter of waits is seeded', () => {
  const draw = (seed: bigint): number => livePorts({ seed }).rng.u32();
  expect(draw(1n)).toBe(draw(1n));
  expect(draw(1n)).not.toBe(draw(2n));
});
