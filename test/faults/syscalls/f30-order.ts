/** F30: the order of system calls that makes names durable before anything is promised. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FaultCase, FaultContext, FaultOutcome } from '../lib/case.js';
import { bundle } from './bundle.js';
import type { WriterSpec } from './program/spec.js';
import { runWriter } from './run-writer.js';
import { Tally } from './tally.js';
import { readTrace, straceOf, type TracedCall } from './trace.js';

const NAMING = new Set(['link', 'linkat', 'rename', 'renameat', 'renameat2']);
const SYNCING = new Set(['fdatasync', 'fsync']);

/** What a trace has of one file that was written under a temporary name. */
interface Naming {
  readonly at: number;
  readonly from: string;
  readonly to: string;
}

const plain = (path: string): string => path.replace(/\(deleted\)$/, '');

/** `link("a", "b")`, `rename("a", "b")`. */
function namings(calls: readonly TracedCall[], within: string): readonly Naming[] {
  return calls.flatMap(({ name, text, failed }, at) => {
    const [from = '', to = ''] = [...text.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? '');
    return !NAMING.has(name) || failed || !to.startsWith(within) ? [] : [{ at, from, to }];
  });
}

/** First call at or after `from` that `which` takes; -1 for none. */
function next(calls: readonly TracedCall[], from: number, which: (call: TracedCall) => boolean) {
  return calls.findIndex((call, at) => at >= from && which(call));
}

const isSyncOf = (path: string) => (call: TracedCall) =>
  SYNCING.has(call.name) && plain(call.path) === path && !call.failed;

const isWriteTo = (path: string) => (call: TracedCall) =>
  call.name === 'pwrite64' && plain(call.path) === path;

/** A promise to the world: a line on standard output. */
const isPromise = ({ name, text }: TracedCall): boolean =>
  name === 'write' && /^write\(1</.test(text) && !text.includes('/log/');

/** Why the order is not write, sync, name, sync of the folder, promise; null when it is. */
function wrongOrder(calls: readonly TracedCall[], { at, from, to }: Naming): string | null {
  const made = next(
    calls,
    0,
    ({ name, text, path }) => name === 'openat' && path === from && text.includes('O_CREAT'),
  );
  const created = made < 0 ? 0 : made;
  const written = next(calls, created, isWriteTo(from));
  if (written < 0 || written > at) return `${to} was named before its first bytes were written`;
  const synced = next(calls, written, isSyncOf(from));
  if (synced < 0 || synced > at) return `${to} was named before its bytes were synced`;
  const folder = next(calls, at + 1, isSyncOf(dirname(to)));
  const promised = next(calls, at + 1, isPromise);
  if (folder < 0) return `the folder of ${to} was never synced after it was named`;
  if (promised >= 0 && promised < folder) return `${to} was relied on before its folder was synced`;
  return null;
}

/** Data written to a segment after the last sync of it, when a promise is made. */
function unsyncedPromises(calls: readonly TracedCall[], within: string): number {
  const dirty = new Set<string>();
  let found = 0;
  for (const call of calls) {
    const path = plain(call.path);
    if (call.name === 'pwrite64' && path.startsWith(within) && path.includes('.wal.')) {
      dirty.add(path);
    } else if (SYNCING.has(call.name)) dirty.delete(path);
    else if (isPromise(call) && dirty.size > 0) found += 1;
  }
  return found;
}

interface Ordered {
  readonly named: number;
  readonly wrong: readonly string[];
  readonly unsynced: number;
  readonly promises: number;
}

function ordered(trace: string, within: string): Ordered {
  const calls = readTrace(trace);
  const named = namings(calls, within);
  const wrong = named.flatMap((naming) => wrongOrder(calls, naming) ?? []);
  const promises = calls.filter(isPromise).length;
  return { named: named.length, wrong, unsynced: unsyncedPromises(calls, within), promises };
}

async function traceWriter(
  program: string,
  { scratch }: FaultContext,
  spec: Omit<WriterSpec, 'dir'> & { readonly name: string },
): Promise<Ordered> {
  const { name, ...rest } = spec;
  const dir = join(scratch, name, 'log');
  mkdirSync(dirname(dir));
  const trace = join(scratch, `${name}.trace`);
  const told = await runWriter(program, { ...rest, dir }, { under: straceOf(trace) });
  if (!told.closed) throw new Error(`the traced run failed: ${told.lines.join(' / ')}`);
  return ordered(trace, `${dir}/`);
}

function traceManifests(program: string, { scratch }: FaultContext, count: number): Ordered {
  const dir = join(scratch, 'manifests');
  mkdirSync(dir);
  const trace = join(scratch, 'manifests.trace');
  const [command, ...args] = [...straceOf(trace), process.execPath, program, dir, String(count)];
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' };
  spawnSync(command as string, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  return ordered(trace, `${dir}/`);
}

async function run(context: FaultContext): Promise<FaultOutcome> {
  const { scratch, scale } = context;
  const full = scale === 'full';
  const program = await bundle(scratch);
  const tally = new Tally();
  const flushes = full ? 200 : 8;
  const spec = { flushes, rotateEvents: 9 };
  const log = await traceWriter(program, context, { ...spec, name: 'fresh' });
  // Opened again, the last segment is rewritten and renamed over.
  const again = full
    ? await traceWriter(program, context, { ...spec, flushes: 20, name: 'next' })
    : log;
  const manifests = traceManifests(await bundle(scratch, 'manifests'), context, full ? 20 : 2);
  const all = full ? [log, again, manifests] : [log, manifests];
  for (const { named, wrong, unsynced, promises } of all) {
    tally.injected += named;
    tally.acknowledged += promises;
    for (const text of wrong) tally.misclassify(text);
    if (unsynced > 0) tally.fail(`${unsynced} promises were made over unsynced bytes`);
    if (named === 0) tally.fail('no file was named in the trace');
  }
  tally.count('namings in order', tally.injected - tally.misclassified);
  const lax = await traceWriter(program, context, {
    ...spec,
    flushes: 8,
    name: 'lax',
    wrong: 'noFolderSync',
  });
  tally.controls.push({
    name: 'leaves out the sync of the folder',
    caught: lax.wrong.length === lax.named && lax.named > 0,
    detail: `${lax.wrong.length} of ${lax.named} namings out of order`,
  });
  const early = await traceWriter(program, context, {
    ...spec,
    flushes: 8,
    name: 'dry',
    wrong: 'noSync',
  });
  tally.controls.push({
    name: 'leaves out the sync of the data',
    caught: early.unsynced > 0,
    detail: `${early.unsynced} of ${early.promises} promises over unsynced bytes`,
  });
  return tally.finish(
    `${log.named} segments and ${manifests.named} manifests: write, fsync, link or rename, fsync of ` +
      `the folder, then the first of ${tally.acknowledged} promises`,
  );
}

export const F30: FaultCase = {
  id: 'F30',
  title: 'A missing sync of the folder after link or rename',
  method: 'the order of calls in traces of whole runs; nothing fails in them',
  expected:
    'Every segment and manifest: bytes written, synced, named, and the folder synced, before a ' +
    'promise is made that needs them. No promise is made over unsynced bytes.',
  needs: ['linux', 'strace', 'flock'],
  injectedMin: 90,
  slice: true,
  run,
};
