/** The HTTP server and WebSocket endpoint on loopback under a local venue. @module */
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { VenueSocket } from './venue-socket.js';
import { LOOPBACK } from '../loopback.js';
import type { Answered, Asked } from './dialect.js';

/** What the host tells its venue. */
export interface HostHandlers {
  /** An attempt to connect: accept, answer with a refusal, or reset. */
  attempt(url: URL, request: IncomingMessage): 'accept' | 'reset' | Answered;
  /** The handshake of an accepted attempt is done. */
  accepted(ws: VenueSocket, socket: Socket, url: URL): void;
  /** A whole HTTP request. */
  request(asked: Asked): Answered;
}

/** A listening host. */
export interface Host {
  readonly port: number;
  close(): Promise<void>;
}

/** Longest message of a client, bytes: subscriptions only. */
const MESSAGE_BYTES_MAX = 1 << 20;

function refusal({ status, headers, body }: Answered): string {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`, 'Connection: close'];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  lines.push(`Content-Length: ${new TextEncoder().encode(body).length}`, '', body);
  return lines.join('\r\n');
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: string[] = [];
  request.setEncoding('utf8');
  for await (const part of request) parts.push(part as string);
  return parts.join('');
}

function urlOf(request: IncomingMessage): URL {
  return new URL(request.url ?? '/', `http://${LOOPBACK}`);
}

class LoopbackHost {
  readonly #handlers: HostHandlers;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #sockets = new Set<Socket>();
  readonly #upgrader = new WebSocketServer({
    noServer: true,
    // A half-open socket must leave pings unanswered, so the venue answers them.
    autoPong: false,
    perMessageDeflate: false,
    maxPayload: MESSAGE_BYTES_MAX,
  });
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy());
  });

  constructor(handlers: HostHandlers) {
    this.#handlers = handlers;
    this.#server.on('connection', (socket) => {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      // A client that resets its connection is no error of the venue.
      socket.on('error', () => {});
    });
    this.#server.on('upgrade', (request, stream, head) => this.#upgrade(request, stream, head));
  }

  async listen(): Promise<Host> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, LOOPBACK, resolve);
    });
    const { port } = this.#server.address() as AddressInfo;
    return { port, close: () => this.#close() };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', headers } = request;
    const body = await readBody(request);
    const answered = this.#handlers.request({ method, url: urlOf(request), headers, body });
    const send = (): void => {
      response.writeHead(answered.status, { ...answered.headers });
      response.end(answered.body);
    };
    if (answered.delayMs <= 0) return send();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      send();
    }, answered.delayMs);
    this.#timers.add(timer);
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const socket = stream as Socket;
    const url = urlOf(request);
    const verdict = this.#handlers.attempt(url, request);
    if (verdict === 'reset') socket.resetAndDestroy();
    else if (verdict !== 'accept') socket.end(refusal(verdict));
    else {
      this.#upgrader.handleUpgrade(request, socket, head, (ws) => {
        this.#handlers.accepted(ws, socket, url);
      });
    }
  }

  #close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** Listens on a free port of the loopback address. */
export function openHost(handlers: HostHandlers): Promise<Host> {
  return new LoopbackHost(handlers).listen();
}
