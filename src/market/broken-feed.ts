/**
 * Facts after which nothing that was known of a book holds any more.
 * @module
 */
import type { SessionBody } from '../events/index.js';

/** Gaps in what a book is made of; one of a sequence the book itself finds out. */
const BOOK_GAPS: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'QL_FEED_RESTARTED',
  'QL_KITE_TICK',
]);

/**
 * True for a fact that cuts a feed: a lost connection, a capture that went on after its process
 * ended, or a depth that was refused. Books of the instrument it names (all, where it names none)
 * are invalid until their next snapshot.
 *
 * @param body - fact of a session
 * @example
 * ```ts
 * import { breaksFeed } from 'quantlaxmi/market';
 *
 * breaksFeed({ kind: 'disconnected', code: 'QL_FEED_CLOSED', inst: null, details: {} }); // => true
 * breaksFeed({ kind: 'clock', code: 'QL_VENUE_CLOCK_STEP', inst: null, details: {} }); // => false
 * ```
 */
export function breaksFeed({ code, kind }: SessionBody): boolean {
  return kind === 'disconnected' || (kind === 'gap' && BOOK_GAPS.has(code));
}
