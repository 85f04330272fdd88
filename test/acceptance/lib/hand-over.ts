/** A long market, played fast, through connections that end of age: nothing may be lost. */
import type { Session } from '../../../src/node/index.js';
import {
  type BinanceSource,
  type BinanceVenue,
  binanceVenue,
  syntheticBinance,
} from '../../../src/testing/node/index.js';
import {
  compareSequences,
  expectBooks,
  fastPorts,
  loggedSequences,
  playUntil,
  type Running,
  sequencesOf,
  startCapture,
} from './live.js';

/** What {@link playThroughHandOvers} found. */
export interface HandOverTally {
  readonly session: Session;
  /** Messages of the venue, and how many are missing or twice in the log. */
  readonly frames: number;
  readonly lost: number;
  readonly twice: number;
  readonly handOvers: number;
  /** Codes of connections that were lost. */
  readonly disconnects: readonly string[];
}

/**
 * Plays a market of `durationUs` at `speed` times its pace; the connections live for a bit more
 * than a third of it, so that two of them have to be handed over. The capture's clock runs as fast.
 */
export async function playThroughHandOvers(
  out: string,
  options: { readonly durationUs: number; readonly speed: number; readonly changes: number },
): Promise<HandOverTally> {
  const { durationUs, speed } = options;
  const source = syntheticBinance({
    ...{ market: 'usdm', seed: 5n, durationUs, changesPerSecond: options.changes },
  });
  const venue = await binanceVenue({ source, retime: true, log: false });
  try {
    const running = startCapture(venue, source, {
      ...{ out, raw: true, ports: fastPorts(speed) },
      // Deadlines are of the real time that a loaded machine takes, not of the market's.
      feed: { overlapUs: 5_000_000, handshakeTimeoutUs: 20_000_000 * speed },
      binance: { acknowledgeUs: 600_000_000, silence: { depthUs: null } },
      links: { lifetimeUs: Math.floor(durationUs * 0.36) },
    });
    await running.until(() => venue.connections.some((one) => one.subscriptions.length > 8));
    await playUntil(venue, running, () => true);
    await playWaiting(venue, running, { source, speed });
    await venue.settled();
    const session = await running.stop();
    await expectBooks(out, venue, source);
    const found = compareSequences(sequencesOf(source), await loggedSequences(session));
    const codes = running.facts.map(({ code, kind }) => `${kind} ${code}`);
    return {
      ...{ session, ...found },
      handOvers: codes.filter((code) => code === 'config QL_FEED_HANDOVER').length,
      disconnects: codes.filter((code) => code.startsWith('disconnected')),
    };
  } finally {
    await venue.close();
  }
}

/** Plays at a pace, and slower where a loaded machine is late with a hand-over that is due. */
async function playWaiting(
  venue: BinanceVenue,
  running: Running,
  { source, speed }: { readonly source: BinanceSource; readonly speed: number },
): Promise<void> {
  const handOvers = (): number =>
    running.facts.filter(({ code, kind }) => kind === 'config' && code === 'QL_FEED_HANDOVER')
      .length;
  let frames = 0;
  for (const _ of source.frames) frames += 1;
  for (const [due, share] of [
    [1, 0.6],
    [2, 0.9],
  ] as const) {
    const played = venue.play({ speed });
    await running.until(() => handOvers() >= due || venue.framesPlayed >= frames * share);
    venue.pause();
    await played;
    await playUntil(venue, running, () => handOvers() >= due);
  }
  await venue.play({ speed });
}
