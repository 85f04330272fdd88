/** What makes a local venue Binance or Kite. @module */
import type { IncomingHttpHeaders } from 'node:http';
import type { Connection } from './connection.js';

/** A frame of a playback; dialects add what they send. */
export interface PlayableFrame {
  /** Playback time, µs since the epoch; never steps back. */
  readonly atUs: number;
  /** Name of the stream it belongs to. */
  readonly stream: string;
}

/** An HTTP request, whole. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An answer to it. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How long it waits before it goes out, ms. */
  readonly delayMs: number;
}

/** The venue's own rules. */
export interface Dialect<F extends PlayableFrame> {
  /** What a connection gets for a frame: nothing when it did not subscribe. */
  payloads(frame: F, conn: Connection): readonly (string | Uint8Array)[];
  /** A frame was played. */
  played(frame: F): void;
  /** Venue sequence number of a frame. */
  sequence(frame: F): number | null;
  /** Refuses a handshake by an answer; null to accept it. */
  admit(url: URL, headers: IncomingHttpHeaders): Answered | null;
  /** A connection was accepted. */
  opened(conn: Connection, url: URL): void;
  /** A text message came. */
  message(conn: Connection, text: string): void;
  /** A ping, or a pong that answers no ping of {@link Connection}'s owner, came. */
  control(conn: Connection): void;
  /** Answers a request. */
  request(asked: Asked): Answered;
  /** What it would answer now, kept for later. */
  freeze(): (asked: Asked) => Answered;
  /** What announces the end of a connection; null when the venue announces nothing. */
  announcement(conn: Connection): string | null;
  /** Body of a refused request. */
  refusal(status: number): unknown;
  /** Access tokens end; nothing at a venue without any. */
  expire(): void;
  /** Path of a handshake or request without secrets. */
  shownPath(url: URL): string;
}

/** An answer in JSON. */
export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answered {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=UTF-8', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    delayMs: 0,
  };
}
