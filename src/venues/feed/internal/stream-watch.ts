/**
 * Silence of single streams, as facts.
 * @module
 */
import type { SessionBody } from '../../../events/index.js';
import type { WatchedStream } from '../protocol.js';

interface Watched {
  readonly link: string;
  lastRx: number;
  /** Active time of its last sign, µs. */
  sinceUs: number;
  silent: boolean;
}

const CODE = 'QL_FEED_STREAM_SILENT';

/** Remembers when each watched stream last flowed, in time in which it could have. */
export class StreamWatch {
  readonly #streams = new Map<string, Watched>();

  /** True when a stream of the link is silent. */
  hasSilent(link: string): boolean {
    for (const watched of this.#streams.values()) {
      if (watched.silent && watched.link === link) return true;
    }
    return false;
  }

  /**
   * Facts about streams that fell silent or flow again. `isConnected` tells whether anything could
   * come on a link: where not, the lost connection is the fact.
   */
  check(
    streams: readonly WatchedStream[],
    activeUs: number,
    isConnected: (link: string) => boolean,
  ): SessionBody[] {
    const facts: SessionBody[] = [];
    const known = new Set<string>();
    for (const stream of streams) {
      const key = `${stream.link} ${stream.stream}`;
      known.add(key);
      let watched = this.#streams.get(key);
      if (watched === undefined) {
        const { lastRx, link } = stream;
        watched = { link, lastRx, sinceUs: activeUs, silent: false };
        this.#streams.set(key, watched);
      }
      const fact = step(watched, stream, activeUs, isConnected(stream.link));
      if (fact !== null) facts.push(fact);
    }
    for (const key of this.#streams.keys()) if (!known.has(key)) this.#streams.delete(key);
    return facts;
  }
}

function step(
  watched: Watched,
  { inst, lastRx, silenceUs, stream }: WatchedStream,
  activeUs: number,
  connected: boolean,
): SessionBody | null {
  const flowed = lastRx !== watched.lastRx;
  watched.lastRx = lastRx;
  const silentUs = activeUs - watched.sinceUs;
  if (flowed || !connected) watched.sinceUs = activeUs;
  if (watched.silent) {
    if (!flowed) return null;
    watched.silent = false;
    return { code: CODE, details: { stream }, inst, kind: 'resync' };
  }
  if (flowed || !connected || silentUs < silenceUs) return null;
  watched.silent = true;
  return { code: CODE, details: { silentUs, stream }, inst, kind: 'gap' };
}
