/**
 * What a feed needs of the machine: sockets, requests, timers. `quantlaxmi/node` has the real ones,
 * tests give their own.
 * @module
 */
import type { Clock, Rng } from '../../core/index.js';

/** How a connection ended, or why it could not be made. */
export interface SocketEnd {
  /** WebSocket close code (RFC 6455, 7.4); 1006 when there was no closing handshake. */
  readonly code: number;
  /** Reason the other side gave; empty when none. */
  readonly reason: string;
  /** What failed on this side (`ECONNREFUSED`, status of the handshake); empty when nothing. */
  readonly error: string;
}

/** Told what happens on one connection, in order; {@link SocketHandlers.closed} once and last. */
export interface SocketHandlers {
  /** The handshake is done: messages can be sent. */
  opened(): void;
  /** A whole message. The bytes belong to the handler. */
  message(bytes: Uint8Array, binary: boolean): void;
  /** A ping or pong came: the other side lives. Pings are answered by the port. */
  alive(): void;
  /** The connection is over, or could not be made. Nothing is told after it. */
  closed(end: SocketEnd): void;
}

/** How a connection is made. */
export interface SocketOptions {
  /** Headers of the handshake. */
  readonly headers: Readonly<Record<string, string>>;
  /** Longest wait for the handshake, µs. */
  readonly handshakeTimeoutUs: number;
  /** Longest message accepted, bytes; a longer one ends the connection with code 1009. */
  readonly messageBytesMax: number;
}

/** One connection. */
export interface SocketLink {
  /** Sends a text (string) or binary message. Does nothing once the connection is closing. */
  send(data: string | Uint8Array): void;
  /** Sends a ping, to learn whether the other side still answers. */
  ping(): void;
  /** Stops reading from the network: the venue is slowed by TCP, nothing is dropped. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Closes with a handshake. */
  close(): void;
  /** Drops the connection at once, for one that no longer answers. */
  terminate(): void;
}

/** Opens WebSocket connections. */
export interface SocketPort {
  /** Starts to connect; never throws, failures come by {@link SocketHandlers.closed}. */
  open(url: string, handlers: SocketHandlers, options: SocketOptions): SocketLink;
}

/** A request over HTTP. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Body as text; null for none. */
  readonly body: string | null;
  /** Longest wait for the whole answer, µs. */
  readonly timeoutUs: number;
  /** Longest body accepted, bytes. */
  readonly bytesMax: number;
}

/** An answer over HTTP, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Makes HTTP requests. */
export interface HttpPort {
  /**
   * @throws QuantlaxmiError QL_FEED_REQUEST when there is no answer: timeout, refused, too long
   */
  request(request: HttpRequest): Promise<HttpAnswer>;
}

/** Timers. */
export interface TimerPort {
  /** Calls `run` once after at least `delayUs`; the returned function calls it off. */
  after(delayUs: number, run: () => void): () => void;
}

/** Everything of the machine that a feed touches. */
export interface FeedPorts {
  readonly clock: Clock;
  readonly timers: TimerPort;
  readonly sockets: SocketPort;
  readonly http: HttpPort;
  /** Source of the jitter of waits; nothing that is recorded depends on it. */
  readonly rng: Rng;
}
