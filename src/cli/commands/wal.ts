/**
 * `quantlaxmi wal …`: verify, dump, tail, stat. Nothing here writes to a log.
 * @module
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { escapeControl } from '../../core/index.js';
import { encodeEventJson, type Event } from '../../events/index.js';
import {
  compareWithManifest,
  sealedManifestOf,
  findLog,
  fileStore,
  logSummary,
  nodeSha256,
} from '../../node/index.js';
import {
  readWal,
  tailWal,
  verifyWal,
  type WalStore,
  type WalVerification,
  walStat,
} from '../../wal/index.js';
import { facts, grouped, table } from '../format.js';
import type { CommonOptions, Outcome } from '../outcome.js';

const storeOf = (dir: string): WalStore => fileStore(findLog(dir));

const countsText = (perType: Readonly<Record<string, number>>): string =>
  Object.entries(perType)
    .map(([type, n]) => `${type} ${grouped(n)}`)
    .join(', ') || 'none';

const verificationText = (dir: string, v: WalVerification): string => {
  const head = facts([
    ['log', v.walId ?? 'empty'],
    ['events', `${grouped(v.totalEvents)} (${countsText(v.perType)})`],
    ['segments', `${v.segments.length}, ${v.sealed ? 'sealed' : 'not sealed'}`],
    ['last seq', String(v.lastSeq)],
    ['chain head', v.chainHead],
  ]);
  const verdict = v.ok
    ? `${dir}: every line, checksum, sequence number and chain hash holds`
    : `${dir}: the log does not hold`;
  const problems = v.problems.map((p) =>
    escapeControl(`  ${p.code} ${p.file} byte ${p.byte} seq ${p.seq}: ${p.message}`),
  );
  return [verdict, head, ...problems].join('\n');
};

/** Options of `wal verify`. */
export interface WalVerifyOptions extends CommonOptions {
  readonly canonical?: boolean;
  readonly against?: string;
}

/**
 * Verifies a log, and that it is the one a sealed manifest beside it binds; exit 1 when anything is
 * wrong with it.
 */
export const walVerify = async (dir: string, options: WalVerifyOptions): Promise<Outcome> => {
  const verification = await verifyWal(storeOf(dir), {
    hasher: nodeSha256,
    canonical: options.canonical === true,
  });
  const manifest = options.against ?? (await sealedManifestOf(dir));
  const differences = manifest === null ? [] : await compareWithManifest(verification, manifest);
  const ok = verification.ok && differences.length === 0;
  const against = differences.map((line) => escapeControl(`  ${manifest}: ${line}`));
  return {
    exitCode: ok ? 0 : 1,
    document: { ...verification, ok, manifest, differences },
    text: [verificationText(dir, { ...verification, ok }), ...against].join('\n'),
  };
};

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

/** Counts, sizes and hashes of a log. */
export const walStatCommand = async (dir: string, _options: CommonOptions): Promise<Outcome> => {
  const stat = await walStat(storeOf(dir), { hasher: nodeSha256 });
  const summary = await logSummary(dir, stat);
  const rows = stat.segments.map((s) => [
    s.name,
    String(s.first),
    String(s.last),
    grouped(s.bytes),
    s.why ?? 'open',
  ]);
  const text = [
    facts([
      ['log', stat.walId ?? 'empty'],
      ['events', `${grouped(stat.totalEvents)} (${countsText(stat.perType)})`],
      ['gaps', String(summary.gaps)],
      ['malformed', String(summary.malformed)],
      ['received', `${summary.rx.first ?? '-'} to ${summary.rx.last ?? '-'} µs`],
      ['chain head', stat.chainHead],
    ]),
    table(['segment', 'first', 'last', 'bytes', 'sealed'], rows),
  ].join('\n');
  return { exitCode: stat.ok ? 0 : 1, document: summary, text };
};
