/** A small HTTP endpoint with the metrics as Prometheus text. @module */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { QuantlaxmiError } from '../core/index.js';
import {
  type ExpositionFormat,
  type MetricRegistry,
  OPENMETRICS_CONTENT_TYPE,
  PROMETHEUS_CONTENT_TYPE,
  renderPrometheusSlices,
  noCorrelation,
  type TelemetrySink,
} from '../observability/index.js';

/** Options of {@link prometheusExporter}. */
export interface PrometheusExporterOptions {
  readonly registry: MetricRegistry;
  /** Address to listen on; `127.0.0.1` unless a scraper on another machine needs it. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** What to do when the address cannot be had: report it and run on without, or throw. */
  readonly onListenError: 'report' | 'throw';
  /** Gets one record when the exporter fails to listen. */
  readonly sink?: TelemetrySink;
  /** Longest body, bytes; default 4 MiB. */
  readonly bodyBytesMax?: number;
  /** Most connections at a time, default 16; more are closed. */
  readonly connectionsMax?: number;
  /** A connection that is idle, or does not take its answer, this long is cut; default 5 s. */
  readonly timeoutMs?: number;
  /** A rendered body is given to all scrapes within this time; default 250 ms. */
  readonly cacheMs?: number;
}

/** A running (or failed) exporter. It does not keep the process alive. */
export interface PrometheusExporter {
  /** `http://host:port/metrics`; empty when it could not listen. */
  readonly url: string;
  /** Why it does not listen; null when it does. */
  readonly problem: string | null;
  /** Errors that were swallowed: broken requests, cut connections, failed renderings. */
  readonly errors: () => number;
  /** Stops listening and cuts open connections. Calling it again is harmless. */
  readonly close: () => Promise<void>;
}

interface Settings {
  readonly registry: MetricRegistry;
  readonly bodyBytesMax: number;
  readonly connectionsMax: number;
  readonly timeoutMs: number;
  readonly cacheMs: number;
  readonly failed: () => void;
}

/** Renders in slices, so that a run with many series goes on in between. */
async function render(settings: Settings, format: ExpositionFormat): Promise<Buffer> {
  const slices = renderPrometheusSlices(settings.registry, settings.bodyBytesMax, format);
  for (;;) {
    const { done, value } = slices.next();
    if (done === true) return Buffer.concat(value.map((part) => Buffer.from(part, 'utf8')));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Renders at most once per `cacheMs`: a flood of scrapes shares one body. */
function cachedBody(settings: Settings, format: ExpositionFormat): () => Promise<Buffer> {
  let body: Promise<Buffer> | null = null;
  let startedAt = 0;
  let rendering = false;
  return () => {
    const now = performance.now();
    if (body === null || (!rendering && now - startedAt >= settings.cacheMs)) {
      startedAt = now;
      rendering = true;
      body = render(settings, format).finally(() => {
        rendering = false;
      });
    }
    return body;
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  bodies: Readonly<Record<ExpositionFormat, () => Promise<Buffer>>>,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0];
  const plain = (status: number, text: string, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
    response.end(request.method === 'HEAD' ? undefined : `${text}\n`);
  };
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    plain(405, 'only GET and HEAD', { allow: 'GET, HEAD' });
  } else if (path !== '/metrics') plain(404, 'metrics are at /metrics');
  else {
    const open = (request.headers.accept ?? '').includes('application/openmetrics-text');
    const body = await bodies[open ? 'openmetrics' : 'prometheus']();
    response.writeHead(200, {
      'content-type': open ? OPENMETRICS_CONTENT_TYPE : PROMETHEUS_CONTENT_TYPE,
      'content-length': body.length,
      'cache-control': 'no-store',
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }
}

function makeServer(settings: Settings): Server {
  const { failed, timeoutMs } = settings;
  const bodies = {
    prometheus: cachedBody(settings, 'prometheus'),
    openmetrics: cachedBody(settings, 'openmetrics'),
  };
  const limits = { maxHeaderSize: 8192, connectionsCheckingInterval: timeoutMs };
  const server = createServer(limits, (request, response) => {
    request.on('error', failed);
    response.on('error', failed);
    // An absolute bound: a client that takes one byte per second is never idle.
    const cutOff = setTimeout(() => {
      failed();
      request.socket.destroy();
    }, timeoutMs * 2);
    cutOff.unref();
    response.on('close', () => clearTimeout(cutOff));
    response.on('timeout', () => {
      failed();
      request.socket.destroy();
    });
    // The body of a request is of no interest; reading it to nowhere frees the socket.
    request.resume();
    answer(request, response, bodies).catch(() => {
      failed();
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.maxConnections = settings.connectionsMax;
  server.headersTimeout = timeoutMs;
  server.requestTimeout = timeoutMs;
  server.keepAliveTimeout = timeoutMs;
  server.timeout = timeoutMs;
  server.on('connection', (socket) => {
    socket.unref();
    socket.on('error', failed);
  });
  server.on('clientError', (_error, socket) => {
    failed();
    socket.destroy();
  });
  server.on('drop', failed);
  return server;
}

function listen(server: Server, port: number, host: string): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const refuse = (error: NodeJS.ErrnoException): void => resolve(error);
    server.once('error', refuse);
    try {
      server.listen({ port, host }, () => {
        server.off('error', refuse);
        resolve(null);
      });
    } catch (error) {
      resolve(error as NodeJS.ErrnoException);
    }
  });
}

function notListening(
  options: PrometheusExporterOptions,
  error: NodeJS.ErrnoException,
): PrometheusExporter {
  const problem = `cannot listen on ${options.host}:${options.port}: ${error.code ?? error.message}`;
  if (options.onListenError === 'throw') {
    throw new QuantlaxmiError(
      'QL_EXPORTER_LISTEN',
      `Prometheus exporter ${problem}; expected a free port and an address of this machine; ` +
        'choose another port, 0 for any, or onListenError "report" to run without',
      { cause: error, context: { host: options.host, port: options.port } },
    );
  }
  try {
    options.sink?.log({
      level: 'error',
      message: 'Prometheus exporter does not listen',
      atUs: Date.now() * 1000,
      ids: noCorrelation,
      fields: { host: options.host, port: options.port, reason: error.code ?? error.message },
    });
  } catch {
    // A sink that fails here must not stop the run either; the caller still sees `problem`.
  }
  return { url: '', problem, errors: () => 1, close: async () => undefined };
}

/**
 * Serves a registry at `/metrics`; as OpenMetrics with exemplars to a scraper that accepts it. It
 * cannot stop a run: errors are swallowed and counted, the body, the connections and their time are
 * bounded, and the server does not keep the process alive. A client that reads slowly holds a copy
 * of one body, never the event loop.
 *
 * @param options - registry, address, and what to do when the address is taken
 * @returns the exporter, listening; or, with `onListenError: 'report'`, one with a `problem`
 * @throws QL_EXPORTER_LISTEN when it cannot listen and `onListenError` is `throw`
 * @example
 * ```ts
 * import { prometheusExporter } from 'quantlaxmi/node';
 * import { metricRegistry, STANDARD_METRICS } from 'quantlaxmi/observability';
 *
 * const registry = metricRegistry({
 *   definitions: STANDARD_METRICS, seriesMax: 1000, labelLengthMax: 64 });
 * const exporter = await prometheusExporter({
 *   registry, host: '127.0.0.1', port: 0, onListenError: 'throw' });
 * (await fetch(exporter.url)).status; // => 200
 * await exporter.close();
 * ```
 */
export async function prometheusExporter(
  options: PrometheusExporterOptions,
): Promise<PrometheusExporter> {
  let errors = 0;
  const failed = (): void => {
    errors += 1;
  };
  const server = makeServer({
    registry: options.registry,
    bodyBytesMax: options.bodyBytesMax ?? 4 * 1024 * 1024,
    connectionsMax: options.connectionsMax ?? 16,
    timeoutMs: options.timeoutMs ?? 5000,
    cacheMs: options.cacheMs ?? 250,
    failed,
  });
  const problem = await listen(server, options.port, options.host);
  if (problem !== null) return notListening(options, problem);
  server.on('error', failed);
  server.unref();
  const { address, port, family } = server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  return {
    url: `http://${host}:${port}/metrics`,
    problem: null,
    errors: () => errors,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
