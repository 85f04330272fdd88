/**
 * What a log says, apart from the log itself: one digest over its event lines.
 * @module
 */
import { createHash } from 'node:crypto';
import { createEncoder, type Event } from '../../events/index.js';
import { isOfLog } from './restart.js';

const LINE_END = new Uint8Array([0x7d, 0x0a]);

/** Takes events in order and gives their digest. */
export interface EventLines {
  add(events: readonly Event[]): void;
  /** Digest of all taken, hex; nothing can be taken afterwards. */
  digest(): string;
}

/** A running digest; see {@link eventLinesSha256}. */
export const eventLines = (): EventLines => {
  const hash = createHash('sha256');
  const encoder = createEncoder(4096);
  let seq = 0;
  return {
    add(events) {
      for (const event of events) {
        if (isOfLog(event)) continue;
        seq += 1;
        hash.update(encoder.encode(event, seq)).update(LINE_END);
      }
    },
    digest: () => hash.digest('hex'),
  };
};

/**
 * SHA-256 (hex) over the event lines of a log, without what belongs to the log: checksums, commits,
 * chain, segments, its id. The `recovered` facts a log writes of itself are left out and the `seq`
 * of the others closes up. Where there are none, it is what `wal dump DIR | sha256sum` gives for
 * events whose text needs no escape.
 *
 * Two captures of the same raw records have the same digest, whatever happened to their logs.
 *
 * @param batches - the events of a log, from its first one: `session.read()`
 * @returns 64 hex digits; O(bytes), flat memory
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { createSession, eventLinesSha256 } from 'quantlaxmi/node';
 *
 * const digests = new Set<string>();
 * for (const name of ['one', 'two']) {
 *   const writer = await createSession(join(mkdtempSync(join(tmpdir(), 'ql-')), name), {
 *     capture: { feed: { name: 'example', version: '1' } },
 *     policy: { kind: 'always' },
 *   });
 *   const body = { code: '', details: {}, inst: null, kind: 'start' } as const;
 *   writer.wal.append({ t: 'Session', sv: 1, rx: 1_000, ts: null, src: 'TEST', body });
 *   const session = await writer.seal();
 *   digests.add(await eventLinesSha256(session.read()));
 * }
 * digests.size; // => 1
 * ```
 */
export const eventLinesSha256 = async (
  batches: AsyncIterable<readonly Event[]>,
): Promise<string> => {
  const lines = eventLines();
  for await (const batch of batches) lines.add(batch);
  return lines.digest();
};
