/**
 * Answers over HTTP that are no market data of a stream: told apart by the path they came from.
 * @module
 */
import { QuantlaxmiError } from '../../../core/index.js';
import type { RawAnswer } from '../../feed/index.js';
import type { Instruments } from './instruments.js';
import { scanObject, Fields, SLOT } from './fields.js';
import { refuse, skipBlank } from './json-scan.js';
import type { Sheet } from './sheet.js';
import { readTimeUs } from './values.js';

/** What {@link AnswerReader} works with. */
export interface AnswerReaderInput {
  readonly instruments: Instruments;
  readonly sheet: Sheet;
}

/** Last part of the path of an address: `/api/v3/depth?symbol=BTCUSDT` → `depth`. */
export function endpointOf(url: string): string {
  const path = url.split('?', 1)[0] as string;
  return path.slice(path.lastIndexOf('/') + 1);
}

export class AnswerReader {
  readonly #sheet: Sheet;
  readonly #fields = new Fields();

  constructor(input: AnswerReaderInput) {
    this.#sheet = input.sheet;
  }

  /** Takes an answer; false when it is one that reads as a message does. */
  take(answer: RawAnswer): boolean {
    const endpoint = endpointOf(answer.url);
    if (endpoint === 'depth' || endpoint === 'exchangeInfo') return false;
    const span = { start: 0, end: answer.bytes.length };
    try {
      if (endpoint === 'time') this.#time(answer);
      else this.#sheet.unknown('unknownStream', endpoint);
    } catch (error) {
      this.#sheet.malformed(error, answer.bytes, span);
    }
    return true;
  }

  /**
   * The venue's clock less ours, taken in the middle of the request: half the round trip is the
   * most it can be wrong by (and a millisecond, in which the venue tells its time).
   */
  #time({ bytes, rx, tookUs }: RawAnswer): void {
    const fields = this.#fields;
    fields.clear();
    const end = scanObject(bytes, skipBlank(bytes, 0), bytes.length, fields);
    if (skipBlank(bytes, end) < bytes.length) refuse(end, 'the end of the answer');
    if (!fields.has(SLOT.serverTime)) refuse(0, 'a field "serverTime"');
    const serverUs = readTimeUs(bytes, fields.start(SLOT.serverTime), fields.end(SLOT.serverTime));
    const offsetUs = serverUs - (rx - Math.floor(tookUs / 2));
    if (!Number.isSafeInteger(offsetUs)) {
      throw new QuantlaxmiError('QL_VENUE_FRAME', `Server time ${serverUs} µs: out of range.`);
    }
    const details = { offsetUs, roundTripUs: tookUs };
    this.#sheet.push({ kind: 'clock', code: 'QL_VENUE_CLOCK_OFFSET', inst: null, details });
  }
}
