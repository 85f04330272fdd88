/**
 * A live capture under the hand of whoever runs the command: signals, progress, outcome.
 * @module
 */
import { captureLive, type CaptureLiveOptions, type CaptureSettings } from '../../node/index.js';
import type { FeedPorts, FeedProtocol, FeedState } from '../../venues/feed/index.js';
import type { CommonOptions, Outcome } from '../outcome.js';
import { liveProgress } from '../progress.js';
import { captureOutcome } from './capture-outcome.js';

/** Flags of every live capture. */
export interface LiveFlags extends CommonOptions {
  readonly out: string;
  readonly raw?: boolean;
  /** Seconds. */
  readonly duration?: number;
  readonly resume?: boolean;
  /** Prints `A <seq>` on stderr whenever events became durable. */
  readonly ack?: boolean;
}

/** What a venue's command adds. */
export interface LiveSource {
  readonly protocol: CaptureLiveOptions['protocol'];
  readonly capture: Omit<CaptureSettings, 'feed'>;
  /** What the feed touches, where it is not the machine as it is. */
  readonly ports?: FeedPorts;
  /** What the venue's capture counted, for the document. */
  readonly stats: (protocol: FeedProtocol) => object;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** As a shell reports a process that such a signal ended. */
const ABANDONED = 130;

/** The first signal ends the capture in order, the second at once: then it can be gone on with. */
const underSignals = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const control = new AbortController();
  const stop = (): void => {
    if (control.signal.aborted) process.exit(ABANDONED);
    process.stderr.write('stopping: closing connections, sealing the session\n');
    control.abort();
  };
  for (const name of SIGNALS) process.on(name, stop);
  try {
    return await work(control.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, stop);
  }
};

/** States in which a link has a connection. */
const CONNECTED: ReadonlySet<FeedState> = new Set(['syncing', 'live', 'stale']);

const NEVER_CONNECTED =
  'no connection was ever made: the session holds facts of the attempts, and no market; look at its Session events ("quantlaxmi wal dump --type Session"), ' +
  'the network and the addresses';

/** Host and port of an address, for the manifest. */
export const hostOf = (url: string): string => new URL(url).host;

/** Records a live feed until it is told to stop. */
export const recordLive = async (flags: LiveFlags, source: LiveSource): Promise<Outcome> => {
  const line = liveProgress();
  let protocol: FeedProtocol | undefined;
  let connected = false;
  const { session, records, resumed } = await underSignals((signal) =>
    captureLive({
      protocol: (sessionId) => {
        protocol = source.protocol(sessionId);
        return protocol;
      },
      ...{ out: flags.out, signal, capture: source.capture },
      ...(flags.raw === undefined ? {} : { raw: flags.raw }),
      durationUs: flags.duration === undefined ? null : flags.duration * 1_000_000,
      resume: flags.resume === true,
      ...(source.ports === undefined ? {} : { ports: source.ports }),
      onFeed: (feed) => {
        feed.on('link', (_, state) => {
          connected ||= CONNECTED.has(state);
        });
      },
      onProgress: (progress) => {
        if (flags.ack === true) process.stderr.write(`A ${progress.seq}\n`);
        line.update(progress);
      },
    }),
  ).finally(() => line.stop());
  return await captureOutcome({
    ...{ session, damage: [], more: { records, resumed, connected } },
    ...(connected ? {} : { failed: NEVER_CONNECTED }),
    stats: source.stats(protocol as FeedProtocol),
  });
};
