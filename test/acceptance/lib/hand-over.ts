/** A long market, played fast, through connections that end of age: nothing may be lost. */
import type { Session } from '../../../src/node/index.js';
import { binanceVenue, syntheticBinance } from '../../../src/testing/node/index.js';
import {
  compareSequences,
  expectBooks,
  fastPorts,
  loggedSequences,
  playUntil,
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
  readonly disconnects: number;
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
      feed: { overlapUs: 5_000_000 },
      links: { lifetimeUs: Math.floor(durationUs * 0.36) },
    });
    await running.until(() => venue.connections.some((one) => one.subscriptions.length > 8));
    await playUntil(venue, running, () => true);
    await venue.play({ speed });
    await venue.settled();
    const session = await running.stop();
    await expectBooks(out, venue, source);
    const found = compareSequences(sequencesOf(source), await loggedSequences(session));
    const codes = running.facts.map(({ code, kind }) => `${kind} ${code}`);
    return {
      ...{ session, ...found },
      handOvers: codes.filter((code) => code === 'config QL_FEED_HANDOVER').length,
      disconnects: codes.filter((code) => code.startsWith('disconnected')).length,
    };
  } finally {
    await venue.close();
  }
}
