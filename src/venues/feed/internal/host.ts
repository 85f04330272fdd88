/**
 * What the parts of a feed ask of the feed they are part of.
 * @module
 */
import type { SessionBody } from '../../../events/index.js';
import type { FeedPorts, SocketEnd } from '../ports.js';
import type { FeedCommand, FeedProtocol } from '../protocol.js';
import type { FeedOptions } from '../types.js';
import type { FeedTime } from './feed-time.js';
import type { RateWindow } from './rate-window.js';
import type { TimerSet } from './timer-set.js';

/** The feed, as its links and connections see it. */
export interface FeedHost {
  readonly ports: FeedPorts;
  readonly options: FeedOptions;
  readonly protocol: FeedProtocol;
  readonly time: FeedTime;
  /** Called off when the feed ends. */
  readonly timers: TimerSet;
  /** Of connections that are being closed; they outlive the feed by a little. */
  readonly closers: TimerSet;
  readonly connects: RateWindow;
  /** True while nothing is to be read from the network. */
  readonly paused: boolean;
  /** True when facts of a connection must name its instruments. */
  readonly manyLinks: boolean;
  /** Runs what a port called, in order and with errors seen to. */
  enter(run: () => void): void;
  /** A message came on connection `conn`. */
  frame(conn: number, bytes: Uint8Array, binary: boolean): void;
  /** Records a fact. */
  fact(body: SessionBody): void;
  /** Carries out what the protocol answered. */
  command(commands: readonly FeedCommand[]): void;
  /** The number of the next connection. */
  nextConn(): number;
  /** Counts signs of life over all connections, to tell which came first. */
  nextBeat(): number;
  /** True when a watched stream of the link is silent. */
  hasSilentStream(link: string): boolean;
  linkChanged(link: string): void;
  retrying(link: string, waitUs: number, end: SocketEnd): void;
}
