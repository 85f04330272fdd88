/** WebSocket connections over `ws`. @module */
import WebSocket from 'ws';
import type { SocketEnd, SocketHandlers, SocketLink, SocketPort } from '../../venues/feed/index.js';

/** How long the other side may take to answer a close, ms; then the connection is dropped. */
const CLOSE_TIMEOUT_MS = 2_000;
/** RFC 6455, 7.4.1: no closing handshake. */
const NO_HANDSHAKE = 1006;
/** RFC 6455, 7.4.1: message too big. */
const TOO_BIG = 1009;
const EMPTY = new Uint8Array(0);

/** Error codes of `ws` that stand for a close code the other side is never told in time. */
const CODE_OF_ERROR: Readonly<Record<string, number>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: TOO_BIG,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: TOO_BIG,
};

/** What failed, without the address: it may hold a token. */
function nameOf(error: Error, url: string): string {
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === 'string') return code;
  return error.message.replaceAll(url, 'the address').slice(0, 200);
}

/** A copy-free plain view: `slice` of a Buffer would not copy, that of a Uint8Array does. */
function bytesOf(data: WebSocket.RawData): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (!Array.isArray(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(Buffer.concat(data));
}

/** A connection that could not even be begun. */
function refused(handlers: SocketHandlers, error: string): SocketLink {
  setImmediate(() => handlers.closed({ code: NO_HANDSHAKE, reason: '', error }));
  const nothing = (): void => undefined;
  return {
    ...{ send: nothing, ping: nothing, pause: nothing, resume: nothing },
    ...{ close: nothing, terminate: nothing },
  };
}

/** Hands on what a connection tells, until it is closed. */
function listen(socket: WebSocket, url: string, handlers: SocketHandlers): void {
  let failed = '';
  let closeCode: number | undefined;
  socket.on('message', (data, binary) => handlers.message(bytesOf(data), binary));
  socket.on('ping', () => handlers.alive());
  socket.on('pong', () => handlers.alive());
  socket.on('unexpected-response', (_request, response) => {
    failed = `HTTP ${response.statusCode ?? 0}`;
    socket.terminate();
  });
  socket.on('error', (error) => {
    // The first one says why; those after it are of the end itself.
    if (failed !== '') return;
    failed = nameOf(error, url);
    closeCode = CODE_OF_ERROR[failed];
  });
  socket.on('close', (code, reason) => {
    const end: SocketEnd = {
      code: closeCode ?? code,
      reason: reason.toString('utf8'),
      error: failed,
    };
    handlers.closed(end);
  });
}

/**
 * WebSocket connections over the package `ws`: no compression, pings answered by themselves, texts
 * handed on as the bytes that came (what is no UTF-8 is for the decoder to judge), no redirects.
 * A closing handshake that is not answered within 2 s ends in a drop.
 *
 * @example
 * ```ts
 * import { webSocketPort } from 'quantlaxmi/node';
 *
 * const end = await new Promise((resolve) => {
 *   const handlers = { opened() {}, message() {}, alive() {}, closed: resolve };
 *   const options = { headers: {}, handshakeTimeoutUs: 1_000_000, messageBytesMax: 1_000_000 };
 *   webSocketPort().open('ws://127.0.0.1:1/', handlers, options);
 * });
 * end; // => { code: 1006, reason: '', error: 'ECONNREFUSED' }
 * ```
 */
export function webSocketPort(): SocketPort {
  return {
    open(url, handlers, options) {
      let socket: WebSocket;
      try {
        const given = {
          headers: { ...options.headers },
          handshakeTimeout: Math.ceil(options.handshakeTimeoutUs / 1000),
          maxPayload: options.messageBytesMax,
          perMessageDeflate: false,
          skipUTF8Validation: true,
          followRedirects: false,
          closeTimeout: CLOSE_TIMEOUT_MS,
        };
        socket = new WebSocket(url, given);
      } catch (error) {
        return refused(handlers, error instanceof SyntaxError ? 'invalid address' : 'bad options');
      }
      listen(socket, url, handlers);
      return linkOf(socket, handlers);
    },
  };
}

function linkOf(socket: WebSocket, handlers: SocketHandlers): SocketLink {
  let paused = false;
  const open = (): boolean => socket.readyState === WebSocket.OPEN;
  socket.on('open', () => {
    if (paused) socket.pause();
    handlers.opened();
  });
  const resume = (): void => {
    paused = false;
    if (socket.isPaused) socket.resume();
  };
  return {
    send(data) {
      // What cannot be sent shows as the end of the connection.
      if (open()) socket.send(data, () => undefined);
    },
    ping() {
      if (open()) socket.ping(EMPTY, undefined, () => undefined);
    },
    pause() {
      paused = true;
      socket.pause();
    },
    resume,
    close() {
      // The answer to a close is not read on a connection that is paused.
      resume();
      socket.close(1000);
    },
    terminate: () => socket.terminate(),
  };
}
