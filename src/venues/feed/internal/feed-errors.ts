/**
 * What a feed fails with by itself.
 * @module
 */
import { QuantlaxmiError } from '../../../core/index.js';
import type { FeedRequest } from '../protocol.js';

/** Something that the feed calls threw. */
export function broken(protocol: string, cause: unknown): QuantlaxmiError {
  const found = cause instanceof Error ? `${cause.name}: ${cause.message}` : typeof cause;
  return new QuantlaxmiError(
    'QL_FEED_BROKEN',
    `feed ${protocol}: its protocol, its capture or a listener threw ${found}. ` +
      'The feed ended; what was received before is handed on.',
    { cause, context: { protocol } },
  );
}

/** Two links have one name. */
export function twice(protocol: string, link: string): QuantlaxmiError {
  return new QuantlaxmiError(
    'QL_BAD_INPUT',
    `feed ${protocol}: two links are named ${link}; expected names unique within the feed`,
    { context: { protocol, link } },
  );
}

/** The feed cannot start without the answer to this request. */
export function notOpened(request: FeedRequest, found: string): QuantlaxmiError {
  const { key, recordedUrl } = request;
  return new QuantlaxmiError(
    'QL_FEED_REQUEST',
    `opening request ${key} (${recordedUrl}): ${found}; expected status 200. ` +
      'Nothing was connected; the answer is in the raw record.',
    { context: { key, url: recordedUrl, found } },
  );
}
