/** A fault at every system call that the writer makes on its log, one run each. */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkLog } from './check.js';
import type { WriterSpec } from './program/spec.js';
import { runWriter } from './run-writer.js';
import type { Tally } from './tally.js';
import type { Told } from './told.js';
import { callsAfterFailure, readTrace, straceOf, type TracedCall } from './trace.js';

/** The `index`-th call of `syscall` on one of `paths`. */
export interface Site {
  readonly syscall: string;
  readonly index: number;
  readonly paths: readonly string[];
  /** The call as it went without a fault. */
  readonly text: string;
  /** Closes a folder that was listed, or the lock at the very end: it may fail unreported. */
  readonly harmless: boolean;
}

export interface Sweep {
  readonly program: string;
  /** Folder of the sweep; the log is `log` in it. */
  readonly dir: string;
  readonly spec: Omit<WriterSpec, 'dir'>;
  /** A log to start each run from, and what was acknowledged of it; none for a new log. */
  readonly base?: { readonly dir: string; readonly acknowledged: number };
  /** `error=EIO`, `signal=KILL`. */
  readonly what: string;
  /** Which sites; all of them by default. */
  readonly choose?: (site: Site) => boolean;
  /** True when the writer may go on after the fault. */
  readonly goesOn?: boolean;
  /** What must hold of a run besides the log; empty when it does. */
  readonly judge: (told: Told, site: Site) => string | null;
}

/** The first `n` sites that `which` takes: what a slice or a control has time for. */
export function firstOf(n: number, which: (site: Site) => boolean): (site: Site) => boolean {
  let taken = 0;
  return (site) => {
    if (taken >= n || !which(site)) return false;
    taken += 1;
    return true;
  };
}

/** True for a call that names, or is on, the second segment of the log. */
export const onSecondSegment = ({ text }: Site): boolean => text.includes('/00000002-');

export const logOf = (dir: string): string => join(dir, 'work', 'log');

function fresh({ dir, base }: Pick<Sweep, 'dir' | 'base'>): string {
  const log = logOf(dir);
  rmSync(dirname(log), { recursive: true, force: true });
  mkdirSync(dirname(log), { recursive: true });
  if (base !== undefined) cpSync(base.dir, log, { recursive: true });
  return log;
}

/** Lock, folders and files apart: calls are counted per process, and each of these is one's. */
function groupOf(path: string, log: string): 'lock' | 'folder' | 'file' | null {
  if (path === join(log, 'LOCK')) return 'lock';
  if (path === log || path === dirname(log) || path === join(log, 'quarantine')) return 'folder';
  return path.startsWith(`${log}/`) ? 'file' : null;
}

/** All sites of a run in which nothing fails. */
export function sitesOf(calls: readonly TracedCall[], log: string): readonly Site[] {
  const paths = { lock: new Set<string>(), folder: new Set<string>(), file: new Set<string>() };
  const counts = new Map<string, number>();
  const found: (Site & { readonly group: keyof typeof paths })[] = [];
  const listed = new Set<string>();
  for (const { name, path, pid, text } of calls) {
    const group = groupOf(path, log);
    if (group === null) continue;
    paths[group].add(path);
    const key = `${group} ${pid} ${name}`;
    const index = (counts.get(key) ?? 0) + 1;
    counts.set(key, index);
    // Two processes share a count where their numbers meet; the first to come there is hit.
    if (found.some((s) => s.group === group && s.syscall === name && s.index === index)) continue;
    const descriptor = `${pid} ${/^\w+\((\d+)</.exec(text)?.[1]}`;
    if (name === 'getdents64') listed.add(descriptor);
    const harmless = name === 'close' && (group === 'lock' || listed.delete(descriptor));
    found.push({ group, syscall: name, index, text, harmless, paths: [] });
  }
  return found.map(({ group, ...site }) => ({ ...site, paths: [...paths[group]] }));
}

/** Runs once without a fault and lists what could fail. */
export async function survey(sweep: Omit<Sweep, 'judge' | 'what'>): Promise<readonly Site[]> {
  const log = fresh(sweep);
  const file = join(sweep.dir, 'survey.trace');
  const told = await runWriter(
    sweep.program,
    { ...sweep.spec, dir: log },
    { under: straceOf(file) },
  );
  if (!told.closed) throw new Error(`the run without faults failed: ${told.lines.join(' / ')}`);
  return sitesOf(readTrace(file), log);
}

async function injectAt(sweep: Sweep, site: Site, tally: Tally): Promise<void> {
  const log = fresh(sweep);
  const file = join(sweep.dir, 'run.trace');
  const { syscall, index, paths } = site;
  const inject = [{ syscall, what: sweep.what, when: String(index) }];
  const under = straceOf(file, { paths, inject });
  const told = await runWriter(sweep.program, { ...sweep.spec, dir: log }, { under });
  const killing = sweep.what.startsWith('signal');
  const calls = readTrace(file);
  const place = `${sweep.what} at ${syscall} ${index} (${site.text.slice(0, 120)})`;
  const died = told.signal === 'SIGKILL' || told.error?.message.includes('SIGKILL') === true;
  const hit = killing ? died : calls.some(({ injected }) => injected);
  if (hit) tally.injected += 1;
  else tally.fail(`${place}: was not hit: ${told.lines.join(' / ')}`);
  for (const text of told.uncaught) tally.fail(`${place}: nobody caught ${text}`);
  const wrong = sweep.judge(told, site);
  if (wrong !== null) tally.misclassify(`${place}: ${wrong}`);
  const goesOn = told.closed && (site.harmless || sweep.goesOn === true);
  for (const call of goesOn ? [] : callsAfterFailure(calls, `${log}/`)) {
    tally.fail(`${place}: called afterwards: ${call.text}`);
  }
  const acknowledged = Math.max(told.acknowledged, sweep.base?.acknowledged ?? 0);
  tally.checked(told, await checkLog(log, acknowledged), place);
}

/** Injects at every site chosen; returns how many there were. */
export async function sweepSites(
  sweep: Sweep,
  tally: Tally,
  say: (line: string) => void,
): Promise<number> {
  const all = await survey(sweep);
  const chosen = all.filter((site) => sweep.choose?.(site) ?? true);
  say(`${sweep.what}: ${chosen.length} of ${all.length} calls`);
  for (const site of chosen) await injectAt(sweep, site, tally);
  return chosen.length;
}
