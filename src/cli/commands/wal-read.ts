/**
 * `quantlaxmi wal dump` and `tail`: events as JSON lines.
 * @module
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { escapeControl, QuantlaxmiError } from '../../core/index.js';
import { encodeEventJson, EVENT_TYPES, type Event, isEventType } from '../../events/index.js';
import { nodeSha256, readLog, removedFrontOf, sealedManifestOf } from '../../node/index.js';
import { tailWal } from '../../wal/index.js';
import type { CommonOptions, Outcome } from '../outcome.js';
import { storeOf } from './wal-log.js';

/** Options of `wal dump` and `wal tail`. */
export interface WalReadOptions extends CommonOptions {
  readonly from?: number;
  readonly to?: number;
  readonly fromTime?: number;
  readonly toTime?: number;
  readonly type?: string;
}

/** Event types asked for; null for all. */
const typesOf = ({ type }: WalReadOptions): ReadonlySet<string> | null => {
  const types = type?.split(',') ?? [];
  const unknown = types.find((one) => !isEventType(one));
  if (unknown !== undefined) {
    const known = EVENT_TYPES.join(', ');
    throw new QuantlaxmiError('QL_BAD_INPUT', `--type ${unknown}: the types are ${known}`);
  }
  return type === undefined ? null : new Set(types);
};

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
  const types = typesOf(options);
  const { fromTime, toTime } = options;
  const read = readLog(dir, {
    ...(fromTime === undefined ? {} : { fromRx: fromTime }),
    ...(toTime === undefined ? {} : { toRx: toTime }),
    ...(options.from === undefined ? {} : { fromSeq: options.from }),
    ...(options.to === undefined ? {} : { toSeq: options.to }),
  });
  for await (const events of read) await print(lines(events, types));
  return { exitCode: 0, document: {}, text: '' };
};

const TAIL_PERIOD_MS = 100;

/** Follows a log until interrupted. */
export const walTail = async (dir: string, options: WalReadOptions): Promise<Outcome> => {
  const types = typesOf(options);
  const { fromTime } = options;
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const store = storeOf(dir);
  const manifest = await sealedManifestOf(dir);
  const after = manifest === null ? null : await removedFrontOf(manifest);
  const follow = tailWal(store, {
    hasher: nodeSha256,
    wait: () => sleep(TAIL_PERIOD_MS),
    signal: stop.signal,
    ...(after === null ? {} : { after }),
    ...(fromTime === undefined ? {} : { fromRx: fromTime }),
    ...(options.from === undefined ? {} : { fromSeq: options.from }),
  });
  for await (const events of follow) await print(lines(events, types));
  return { exitCode: 0, document: {}, text: '' };
};
