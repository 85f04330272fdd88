/** Plays frames one by one, by hand or by their times. @module */
import type { PlayableFrame } from './dialect.js';

/** What a playback drives. */
export interface PlaybackSink<F> {
  /** Sends one frame. */
  frame(frame: F, index: number): void;
  /** The last frame was sent. */
  finished(): void;
  /** True while sockets hold so much that playing on would only fill memory. */
  full(): boolean;
  /** Ends once the sockets took all that was sent. */
  drained(): Promise<void>;
  /** True while frames are sent without regard to their times. */
  bursting(): boolean;
}

/** Between two looks at the clock, ms. */
const TICK_MS = 4;
/** Frames between two looks at the event loop. */
const SLICE = 256;

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class Playback<F extends PlayableFrame> {
  readonly #frames: Iterator<F>;
  readonly #sink: PlaybackSink<F>;
  #next: F | null;
  #played = 0;
  /** Counts calls of play: a call ends when it is no longer the newest. */
  #run = 0;
  #timer: { readonly handle: NodeJS.Timeout; readonly wake: () => void } | null = null;

  constructor(frames: Iterable<F>, sink: PlaybackSink<F>) {
    this.#frames = frames[Symbol.iterator]();
    this.#sink = sink;
    this.#next = this.#pull();
  }

  get played(): number {
    return this.#played;
  }

  get finished(): boolean {
    return this.#next === null;
  }

  async release(frames: number): Promise<number> {
    let count = 0;
    while (count < frames && this.#step()) {
      count += 1;
      if (count % SLICE === 0 && this.#sink.full()) await this.#sink.drained();
    }
    await this.#sink.drained();
    return count;
  }

  async play(speed: number): Promise<void> {
    this.pause();
    this.#run += 1;
    const run = this.#run;
    const startMs = performance.now();
    let startUs = this.#next?.atUs ?? 0;
    while (run === this.#run && this.#next !== null) {
      const { atUs } = this.#next;
      const nowUs = startUs + (performance.now() - startMs) * 1000 * speed;
      if (atUs > nowUs && speed !== Number.POSITIVE_INFINITY) {
        if (!this.#sink.bursting()) {
          await this.#sleep();
          continue;
        }
        // The clock of the playback is where its newest frame is: what came early is not awaited.
        startUs += atUs - nowUs;
      }
      this.#step();
      if (this.#played % SLICE === 0) await this.#breathe();
    }
    await this.#sink.drained();
  }

  pause(): void {
    this.#run += 1;
    if (this.#timer === null) return;
    clearTimeout(this.#timer.handle);
    this.#timer.wake();
  }

  /** Time of the next frame, µs; null when there is none. */
  get nextUs(): number | null {
    return this.#next?.atUs ?? null;
  }

  async #breathe(): Promise<void> {
    if (this.#sink.full()) await this.#sink.drained();
    await nextTurn();
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#timer = null;
        resolve();
      };
      this.#timer = { handle: setTimeout(wake, TICK_MS), wake };
    });
  }

  #pull(): F | null {
    const next = this.#frames.next();
    return next.done === true ? null : next.value;
  }

  #step(): boolean {
    const frame = this.#next;
    if (frame === null) return false;
    this.#sink.frame(frame, this.#played);
    this.#played += 1;
    this.#next = this.#pull();
    if (this.#next === null) this.#sink.finished();
    return true;
  }
}
