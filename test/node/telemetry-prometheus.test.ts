import { spawnSync } from 'node:child_process';
import { connect, createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  type LogRecord,
  type MetricRegistry,
  correlate,
  metricRegistry,
  noCorrelation,
  STANDARD_METRICS,
} from 'quantlaxmi/observability';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type PrometheusExporter,
  type PrometheusExporterOptions,
  prometheusExporter,
} from '../../src/node/prometheus.js';
import { parseExposition, parseOpenMetrics } from '../observability/parse-exposition.js';

const registry = () =>
  metricRegistry({ definitions: STANDARD_METRICS, seriesMax: 100_000, labelLengthMax: 64 });

const open: PrometheusExporter[] = [];
async function start(options: Partial<PrometheusExporterOptions> = {}) {
  const exporter = await prometheusExporter({
    registry: registry(),
    host: '127.0.0.1',
    port: 0,
    onListenError: 'throw',
    cacheMs: 0,
    ...options,
  });
  open.push(exporter);
  return exporter;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((exporter) => exporter.close()));
});

const portOf = (url: string): number => Number(new URL(url).port);

/** Waits until the exporter has swallowed an error or cut a connection. */
const cutOff = async (exporter: PrometheusExporter): Promise<void> => {
  while (exporter.errors() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
};

/** Sends raw bytes and gives back everything until the peer closes. */
const raw = (port: number, request: string | Uint8Array): Promise<string> =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', () => resolve(answer));
  });

describe('scrapes', () => {
  test('OBSERVABILITY-5: a scrape over a real socket reads back what was recorded', async () => {
    const metrics = registry();
    const exporter = await start({ registry: metrics });
    metrics.add('quantlaxmi_events_total', { type: 'Quote', venue: 'a"b\\c\nd' }, 3);
    const response = await fetch(exporter.url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const { samples } = parseExposition(await response.text());
    expect(samples.find((sample) => sample.name === 'quantlaxmi_events_total')).toEqual({
      name: 'quantlaxmi_events_total',
      labels: { session_id: '', run_id: '', venue: 'a"b\\c\nd', type: 'Quote' },
      value: 3,
    });
    metrics.add('quantlaxmi_events_total', { type: 'Quote', venue: 'a"b\\c\nd' }, 1);
    expect(await (await fetch(exporter.url)).text()).toContain('} 4\n');
  });

  test('OBSERVABILITY-2: a scraper that accepts OpenMetrics gets exemplars', async () => {
    const metrics = registry();
    const exporter = await start({ registry: metrics });
    const ids = correlate(noCorrelation, { run_id: 'run-1', order_id: 'ord-1' });
    metrics.add('quantlaxmi_fills_total', { liquidity: 'maker' }, 1, ids);
    const accept = 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5';
    const response = await fetch(exporter.url, { headers: { accept } });
    expect(response.headers.get('content-type')).toMatch(/^application\/openmetrics-text/);
    const { samples } = parseOpenMetrics(await response.text());
    const fills = samples.find((sample) => sample.name === 'quantlaxmi_fills_total');
    expect(fills?.exemplar).toEqual({ order_id: 'ord-1' });
    expect(fills?.labels['run_id']).toBe('run-1');
  });

  test('HEAD has the length and no body; other paths and methods are refused', async () => {
    const exporter = await start();
    const head = await fetch(exporter.url, { method: 'HEAD' });
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100);
    expect(await head.text()).toBe('');
    expect((await fetch(new URL('/', exporter.url))).status).toBe(404);
    expect((await fetch(`${exporter.url}?x=1`)).status).toBe(200);
    const post = await fetch(exporter.url, { method: 'POST', body: 'x'.repeat(100_000) });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('a body is rendered once for scrapes close together', async () => {
    let renderings = 0;
    const metrics = registry();
    const counting: MetricRegistry = {
      ...metrics,
      read: () => {
        renderings += 1;
        return metrics.read();
      },
    };
    const exporter = await start({ registry: counting, cacheMs: 60_000 });
    for (let i = 0; i < 5; i++) await fetch(exporter.url);
    expect(renderings).toBe(1);
  });
});

describe('faults', () => {
  test('OBSERVABILITY-6: a registry that throws gives 500 and a count', async () => {
    const metrics = registry();
    let broken = true;
    const failing: MetricRegistry = {
      ...metrics,
      read: () => {
        if (broken) throw new Error('broken');
        return metrics.read();
      },
    };
    const exporter = await start({ registry: failing });
    expect((await fetch(exporter.url)).status).toBe(500);
    expect(exporter.errors()).toBe(1);
    broken = false;
    expect((await fetch(exporter.url)).status).toBe(200);
  });

  test('OBSERVABILITY-6: what is no HTTP is dropped and counted', async () => {
    const exporter = await start();
    const port = portOf(exporter.url);
    const requests = [
      'not http at all\r\n\r\n',
      new Uint8Array(4096).fill(255),
      `GET /metrics HTTP/1.1\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
      'GET /metrics HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
    ];
    for (const request of requests) expect(await raw(port, request)).not.toContain('200 OK');
    expect(exporter.errors()).toBeGreaterThanOrEqual(requests.length);
    expect((await fetch(exporter.url)).status).toBe(200);
  });

  /** More than the kernel buffers of a loopback connection hold. */
  const largeRegistry = () => {
    const metrics = metricRegistry({
      definitions: [{ kind: 'gauge', name: 'x', help: '', labelNames: ['a'] }],
      seriesMax: 2000,
      labelLengthMax: 8192,
    });
    for (let i = 0; i < 2000; i++) metrics.set('x', { a: `${i}${'y'.repeat(8000)}` }, i);
    return { registry: metrics, bodyBytesMax: 64 * 1024 * 1024 };
  };
  /** A client that asks for the metrics and does not read the answer. */
  const askAndStall = async (exporter: PrometheusExporter) => {
    const socket = connect(portOf(exporter.url), '127.0.0.1');
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await new Promise((resolve) => socket.on('connect', resolve));
    socket.write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n');
    socket.pause();
    return { socket, closed };
  };

  test('OBSERVABILITY-6: a client that never reads does not hold the others up', async () => {
    const exporter = await start({ ...largeRegistry(), timeoutMs: 60_000 });
    const { socket } = await askAndStall(exporter);
    const body = await (await fetch(exporter.url)).text();
    expect(body.length).toBeGreaterThan(16_000_000);
    expect(socket.destroyed).toBe(false);
  });

  test('OBSERVABILITY-6: a client that never reads is cut off', async () => {
    const exporter = await start({ ...largeRegistry(), timeoutMs: 200 });
    const { socket, closed } = await askAndStall(exporter);
    await cutOff(exporter);
    socket.resume();
    await closed;
  });

  test('OBSERVABILITY-6: a client that sends no request is cut off', async () => {
    const exporter = await start({ timeoutMs: 100 });
    expect(await raw(portOf(exporter.url), '')).not.toContain('200 OK');
  });

  test('OBSERVABILITY-6: more connections than allowed are closed, the rest served', async () => {
    const exporter = await start({ connectionsMax: 2, timeoutMs: 60_000 });
    const port = portOf(exporter.url);
    const idle = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
    await Promise.all(idle.map((socket) => new Promise((done) => socket.on('connect', done))));
    expect(await raw(port, 'GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n')).toBe('');
    expect(exporter.errors()).toBeGreaterThanOrEqual(1);
    const closed = idle.map((socket) => new Promise((done) => socket.on('close', done)));
    for (const socket of idle) socket.destroy();
    await Promise.all(closed);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await fetch(exporter.url)).status).toBe(200);
  });

  test('OBSERVABILITY-6: closing cuts open connections and may be repeated', async () => {
    const exporter = await start();
    const socket = connect(portOf(exporter.url), '127.0.0.1');
    await new Promise((resolve) => socket.on('connect', resolve));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await exporter.close();
    await closed;
    await exporter.close();
    await expect(fetch(exporter.url)).rejects.toThrow();
  });
});

describe('a port that is taken', () => {
  const occupy = (): Promise<{ server: Server; port: number }> =>
    new Promise((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        resolve({ server, port: (server.address() as { port: number }).port });
      });
    });

  test('OBSERVABILITY-6: is a record and a problem when asked to report', async () => {
    const { server, port } = await occupy();
    const seen: LogRecord[] = [];
    const exporter = await start({
      port,
      onListenError: 'report',
      sink: { log: (record) => void seen.push(record) },
    });
    expect(exporter.problem).toContain('EADDRINUSE');
    expect(exporter.url).toBe('');
    expect(seen[0]).toMatchObject({ level: 'error', fields: { port, reason: 'EADDRINUSE' } });
    const throwing = await start({
      port,
      onListenError: 'report',
      sink: {
        log: () => {
          throw new Error('sink');
        },
      },
    });
    expect(throwing.problem).toContain('EADDRINUSE');
    server.close();
  });

  test('OBSERVABILITY-6: is an error with a code when asked to throw', async () => {
    const { server, port } = await occupy();
    await expect(start({ port, onListenError: 'throw' })).rejects.toMatchObject({
      code: 'QL_EXPORTER_LISTEN',
    });
    await expect(start({ host: '203.0.113.1' })).rejects.toMatchObject({
      code: 'QL_EXPORTER_LISTEN',
    });
    await expect(start({ port: 70_000 })).rejects.toMatchObject({ code: 'QL_EXPORTER_LISTEN' });
    server.close();
  });
});

test('OBSERVABILITY-6: a process with a listening exporter ends by itself', () => {
  const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));
  const script = `
    import { prometheusExporter } from ${JSON.stringify(source('node/prometheus.ts'))};
    import { metricRegistry } from ${JSON.stringify(source('observability/index.ts'))};
    const registry = metricRegistry({ definitions: [], seriesMax: 1, labelLengthMax: 1 });
    const exporter = await prometheusExporter({
      registry, host: '127.0.0.1', port: 0, onListenError: 'throw' });
    const response = await fetch(exporter.url, { headers: { connection: 'close' } });
    console.log((await response.text()).length > 0 ? 'scraped' : 'empty');`;
  const run = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script],
    { encoding: 'utf8', timeout: 30_000 },
  );
  expect([run.status, run.stdout.trim(), run.stderr]).toEqual([0, 'scraped', '']);
});
