/**
 * Books that are no longer asked for: nothing brings their changes any more.
 * @module
 */
import type { EventInput, SessionBody } from '../../events/index.js';
import type { FeedCommand } from './protocol.js';

const NOTHING: readonly FeedCommand[] = [];

function endedFact(inst: string, link: string, reason: string): FeedCommand {
  const body: SessionBody = {
    code: 'QL_FEED_REQUESTED',
    details: { link, reason },
    inst,
    kind: 'disconnected',
  };
  return { t: 'fact', body };
}

/**
 * Tells readers of the log that a book ended when its stream was taken off: a `disconnected` fact
 * of its instrument, code `QL_FEED_REQUESTED`. What was still under way then may bring a whole book
 * once more; the fact follows it again, for no change of that book will come.
 *
 * @example
 * ```ts
 * import { EndedBooks } from 'quantlaxmi/venues/feed';
 *
 * const books = new EndedBooks();
 * books.end('BINANCE:SPOT:BTCUSDT', '0', 'unsubscribed')[0]?.t; // => 'fact'
 * books.after([]); // => []
 * ```
 */
export class EndedBooks {
  /** Link by instrument. */
  readonly #ended = new Map<string, string>();

  /** The instrument's book is asked for, from here on. */
  begin(inst: string): void {
    this.#ended.delete(inst);
  }

  /**
   * The instrument's book is no longer asked for.
   *
   * @param inst - instrument id
   * @param link - connection that brought it
   * @param reason - what was done, for people
   * @returns the fact to record
   */
  end(inst: string, link: string, reason: string): readonly FeedCommand[] {
    this.#ended.set(inst, link);
    return [endedFact(inst, link, reason)];
  }

  /**
   * Looks at what a record became.
   *
   * @param events - events of the record, as the capture made them
   * @returns facts for whole books that came after their end. O(events), nothing while none ended
   */
  after(events: readonly EventInput[]): readonly FeedCommand[] {
    if (this.#ended.size === 0) return NOTHING;
    let commands = NOTHING;
    for (const event of events) {
      if (event.t !== 'BookSnapshot') continue;
      const { inst } = event.body;
      const link = this.#ended.get(inst);
      if (link === undefined) continue;
      commands = [...commands, endedFact(inst, link, 'came after it was taken off')];
    }
    return commands;
  }
}
