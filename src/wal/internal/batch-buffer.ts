/** Events encoded and waiting for their commit. */
import { LIMITS } from '../../core/index.js';
import type { EventInput } from '../../events/index.js';
import { encodeEventPrefix } from '../../events/index.js';
import { walError } from '../errors.js';
import { TAIL_BYTES } from '../format.js';
import { writeTail } from './lines.js';

const START_BYTES = 8_192;
/** Room kept behind the events for their commit line. */
const COMMIT_ROOM = 512;

/** A place to come back to when a batch is refused. */
export interface Mark {
  readonly length: number;
  readonly n: number;
  readonly rx0: number;
  readonly rx1: number;
}

/** Encoded event lines of one commit. */
export class BatchBuffer {
  bytes: Uint8Array = new Uint8Array(START_BYTES);
  length = 0;
  n = 0;
  rx0 = 0;
  rx1 = 0;

  /** Encodes one event; on a throw nothing has changed. */
  add(event: EventInput, seq: number, rxBefore: number): void {
    const start = this.length;
    let pos = encodeEventPrefix(event, seq, this.bytes, start);
    while (pos < 0 || pos + TAIL_BYTES + COMMIT_ROOM > this.bytes.length) {
      if (pos < 0 && this.bytes.length - start > LIMITS.lineBytes) throw lineTooLong(event, seq);
      this.#grow();
      if (pos < 0) pos = encodeEventPrefix(event, seq, this.bytes, start);
    }
    if (pos + TAIL_BYTES - start > LIMITS.lineBytes) throw lineTooLong(event, seq);
    if (event.rx < rxBefore) {
      throw walError(
        'WAL_RX_ORDER',
        `event ${event.t} due as seq ${seq} has rx ${event.rx}, before rx ${rxBefore} of the ` +
          'event ahead of it; receive times never go back within a log, log a clock fact instead',
        { context: { seq, rx: event.rx, rxBefore } },
      );
    }
    this.length = writeTail(this.bytes, start, pos);
    if (this.n === 0) this.rx0 = event.rx;
    this.rx1 = event.rx;
    this.n += 1;
  }

  mark(): Mark {
    return { length: this.length, n: this.n, rx0: this.rx0, rx1: this.rx1 };
  }

  rollBack(mark: Mark): void {
    this.length = mark.length;
    this.n = mark.n;
    this.rx0 = mark.rx0;
    this.rx1 = mark.rx1;
  }

  clear(): void {
    this.length = 0;
    this.n = 0;
  }

  #grow(): void {
    const grown = new Uint8Array(this.bytes.length * 2);
    grown.set(this.bytes.subarray(0, this.length));
    // The line just encoded lies behind `length`; copy it too, so that it need not be made again.
    grown.set(this.bytes.subarray(this.length), this.length);
    this.bytes = grown;
  }
}

function lineTooLong(event: EventInput, seq: number) {
  return walError(
    'WAL_LINE_TOO_LONG',
    `event ${event.t} due as seq ${seq} needs a line of more than ${LIMITS.lineBytes} bytes; ` +
      'nothing was appended. Split it, for instance a snapshot into fewer levels',
    { context: { seq, type: event.t, lineBytes: LIMITS.lineBytes } },
  );
}
