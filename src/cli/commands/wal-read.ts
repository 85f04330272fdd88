/**
 * `quantlaxmi wal dump` and `tail`: events as JSON lines.
 * @module
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { escapeControl } from '../../core/index.js';
import { encodeEventJson, type Event } from '../../events/index.js';
import { nodeSha256 } from '../../node/index.js';
import { readWal, tailWal } from '../../wal/index.js';
import type { CommonOptions, Outcome } from '../outcome.js';
import { storeOf } from './wal-log.js';

/** Options of `wal dump` and `wal tail`. */
export interface WalReadOptions extends CommonOptions {
  readonly from?: number;
  readonly to?: number;
  readonly type?: string;
}

/** Writes to stdout and waits while its reader is slow, so that memory stays flat. */
const print = async (text: string): Promise<void> => {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
};

const lines = (events: readonly Event[], types: ReadonlySet<string> | null): string => {
  let text = '';
  for (const event of events) {
    if (types === null || types.has(event.t)) text += `${escapeControl(encodeEventJson(event))}\n`;
  }
  return text;
};

/** Prints committed events as JSON lines. */
export const walDump = async (dir: string, options: WalReadOptions): Promise<Outcome> => {
  const types = options.type === undefined ? null : new Set(options.type.split(','));
  const read = readWal(storeOf(dir), {
    hasher: nodeSha256,
    upTo: 'commit',
    ...(options.from === undefined ? {} : { fromSeq: options.from }),
    ...(options.to === undefined ? {} : { toSeq: options.to }),
  });
  for await (const events of read) await print(lines(events, types));
  return { exitCode: 0, document: {}, text: '' };
};

const TAIL_PERIOD_MS = 100;

/** Follows a log until interrupted. */
export const walTail = async (dir: string, options: WalReadOptions): Promise<Outcome> => {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const follow = tailWal(storeOf(dir), {
    hasher: nodeSha256,
    wait: () => sleep(TAIL_PERIOD_MS),
    signal: stop.signal,
    ...(options.from === undefined ? {} : { fromSeq: options.from }),
  });
  for await (const events of follow) await print(lines(events, null));
  return { exitCode: 0, document: {}, text: '' };
};
