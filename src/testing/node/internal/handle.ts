/** The face of a local venue over its core. @module */
import type { LocalVenue } from '../local-venue.js';
import { urlOf, type VenueCore } from './core.js';
import type { PlayableFrame } from './dialect.js';

/** What a user of a local venue holds. */
export function venueHandle<F extends PlayableFrame>(core: VenueCore<F>): LocalVenue {
  const url = urlOf(core.port);
  return {
    url,
    get connections() {
      return core.connections;
    },
    get attempts() {
      return core.attempts;
    },
    get requests() {
      return core.requests;
    },
    get faults() {
      return core.script.counts;
    },
    get framesPlayed() {
      return core.playback.played;
    },
    get finished() {
      return core.playback.finished;
    },
    sent: () => core.sent(),
    release: (frames) => core.playback.release(frames),
    stepTo: (frames) => core.playback.release(frames - core.playback.played),
    play: ({ speed }) => core.playback.play(speed),
    pause: () => core.playback.pause(),
    settled: () => core.settled(),
    until: (condition) => core.until(condition),
    inject: (fault) => core.inject(fault),
    close: () => core.close(),
  };
}
