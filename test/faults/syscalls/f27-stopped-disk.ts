/** F27: a disk that stops answering under a trading process, and one that answers slowly. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileStore, nodeSha256 } from '../../../src/node/index.js';
import { openWalWriter, verifyWal, type WalStore } from '../../../src/wal/index.js';
import type { FaultCase, FaultContext, FaultOutcome } from '../lib/case.js';
import { bundle } from './bundle.js';
import type { LiveReport, LiveSpec } from './program/live-spec.js';
import { Tally } from './tally.js';

const WARN_US = 2_000_000;
const HALT_US = 4_000_000;
const NEVER_US = 3_600_000_000;
/** Longer than any run: the disk has stopped. */
const STOPPED_US = 1_200_000_000;
const SLOW_US = 200_000;
/** What the backlog of both logs, encoded and not, may take above a run on a disk that answers. */
const RSS_OVER_MIB = 192;
/** What may come to it while the disk stays away. */
const RSS_GROWTH_MIB = 48;
const HANG_MS = 150_000;

interface Delay {
  readonly syscall: 'fdatasync' | 'pwrite64';
  /** The first call that is delayed; all later ones are too. */
  readonly from: number;
  readonly delayUs: number;
}

/** What the program told: the lines, in order, and its report if it got that far. */
interface LiveRun {
  readonly lines: readonly string[];
  readonly report: LiveReport | null;
  /** Calls that were delayed. */
  readonly delayed: number;
}

interface Bench {
  readonly program: string;
  readonly dir: string;
}

const under = (trace: string, delay: Delay): readonly string[] => [
  ...['strace', '-f', '-qq', '--seccomp-bpf', '-e', 'signal=none', '-o', trace],
  ...['-e', `trace=${delay.syscall}`],
  ...['-e', `inject=${delay.syscall}:delay_enter=${delay.delayUs}:when=${delay.from}+`],
];

/** Calls of a trace from `from` on; each line starts one, and a resumed one ends it. */
function delayedIn(trace: string, { syscall, from }: Delay): number {
  if (!existsSync(trace)) return 0;
  const calls = readFileSync(trace, 'utf8').split(`${syscall}(`).length - 1;
  return Math.max(0, calls - from + 1);
}

/** Runs the program until `done` says so, then kills it: a stopped disk lets no process end. */
async function live(
  { program, dir }: Bench,
  spec: Omit<LiveSpec, 'dir'>,
  how: { readonly delay?: Delay; readonly done: (lines: readonly string[]) => boolean | number },
): Promise<LiveRun> {
  rmSync(dir, { recursive: true, force: true });
  const trace = `${dir}.trace`;
  const node = [process.execPath, program, JSON.stringify({ ...spec, dir })];
  const strace = how.delay === undefined ? [] : under(trace, how.delay);
  const [command, ...args] = [...strace, ...node] as [string, ...string[]];
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' },
  });
  const kill = (): void => {
    try {
      process.kill(-(child.pid as number), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };
  const timers = [setTimeout(kill, HANG_MS)];
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const when = timers.length > 1 ? false : how.done(text.split('\n').slice(0, -1));
    if (when !== false) timers.push(setTimeout(kill, when === true ? 0 : when));
  });
  await new Promise((resolve) => child.on('close', resolve));
  for (const timer of timers) clearTimeout(timer);
  kill();
  const lines = text.split('\n').slice(0, -1);
  const told = lines.find((line) => line.startsWith('R '));
  const report =
    told === undefined ? null : (JSON.parse(told.slice(told.indexOf('{'))) as LiveReport);
  const delayed = how.delay === undefined ? 0 : delayedIn(trace, how.delay);
  return { lines, report, delayed };
}

const kinds = (lines: readonly string[]): string => lines.map((line) => line[0]).join('');
const timeOf = (lines: readonly string[], kind: string): number => {
  const line = lines.find((one) => one.startsWith(`${kind} `));
  return line === undefined ? Number.NaN : Number(line.split(' ')[1]);
};
const hasEnded = (lines: readonly string[]): boolean => kinds(lines).includes('R');

const logsOf = (dir: string): Readonly<Record<'facts' | 'run', WalStore>> => ({
  facts: fileStore(join(dir, 'live', 'wal'), { lockPath: join(dir, 'live', 'LOCK') }),
  run: fileStore(join(dir, 'run', 'decisions')),
});

/** Last `seq` of a log after a recovery, and what is wrong with it then. */
async function recovered(store: WalStore): Promise<{ lastSeq: number; problems: string[] }> {
  const log = await openWalWriter(store, {
    clock: { nowUs: () => 1_700_000_000_000_000 },
    hasher: nodeSha256,
    policy: { kind: 'always' },
    rotate: { bytes: 67_108_864, events: 1_000_000 },
  });
  const lastSeq = log.recovered?.lastSeq ?? log.appendedSeq;
  await log.close();
  const { problems } = await verifyWal(store, { hasher: nodeSha256 });
  return { lastSeq, problems: problems.map(({ code, message }) => `${code} ${message}`) };
}

/** Holds what the logs have after the kill against what the program had been promised. */
async function checkLogs(tally: Tally, dir: string, report: LiveReport): Promise<void> {
  const { facts, run } = logsOf(dir);
  for (const [store, promised] of [
    [facts, report.factsDurable],
    [run, Math.max(report.runDurable, report.sentSeq)],
  ] as const) {
    const found = await recovered(store);
    tally.acknowledged += promised;
    tally.lost += Math.max(0, promised - found.lastSeq);
    for (const problem of found.problems) tally.fail(`${store.place}: ${problem}`);
  }
}

/** What must be true of a run whose disk has stopped; memory is held against `rssMiB`. */
function checkHalt(tally: Tally, { lines, report }: LiveRun, at: string, rssMiB: number): void {
  const order = kinds(lines);
  const backpressure = order.indexOf('B');
  const [stall, poison, halt] = [order.indexOf('S'), order.indexOf('P'), order.indexOf('H')];
  if (!(backpressure > 0 && stall > 0 && poison > Math.max(backpressure, stall) && halt > poison)) {
    tally.fail(`${at}: due are backpressure, stall, poison, halt; it told ${lines.join(' | ')}`);
  }
  if (report === null) return;
  for (const code of [...report.trading, report.facts]) tally.count(code);
  if (report.trading.join(' ') !== 'QL_RUNNER_HALTED WAL_POISONED') {
    tally.misclassify(`${at}: trading ended as ${report.trading.join(' ')}`);
  }
  if (report.facts !== 'WAL_POISONED') tally.misclassify(`${at}: facts ended as ${report.facts}`);
  if (report.early + report.afterHalt > 0) {
    tally.fail(`${at}: ${report.early} orders went out early, ${report.afterHalt} after the halt`);
  }
  if (report.rssMaxMiB > rssMiB + RSS_OVER_MIB) {
    tally.fail(`${at}: ${report.rssMaxMiB} MiB resident, ${rssMiB} on a disk that answers`);
  }
}

/** When what came, ms from the flush that never returned, and what was resident then, MiB. */
interface Halt {
  readonly backpressure: number;
  readonly stall: number;
  readonly resident: number;
}

function haltOf({ lines, report }: LiveRun): Halt {
  const stoppedAt = timeOf(lines, 'P') - HALT_US / 1000;
  return {
    backpressure: timeOf(lines, 'B') - stoppedAt,
    stall: timeOf(lines, 'S') - stoppedAt,
    resident: report?.rssMaxMiB ?? Number.NaN,
  };
}

function figuresOf(halts: readonly Halt[]): string {
  const range = (of: (halt: Halt) => number): string => {
    const [least, most] = [Math.min(...halts.map(of)), Math.max(...halts.map(of))];
    return least === most ? `${least}` : `${least} to ${most}`;
  };
  return (
    `backpressure after ${range((h) => h.backpressure)} ms, ` +
    `stall after ${range((h) => h.stall)}, halt after ${HALT_US / 1000}; ` +
    `${range((h) => h.resident)} MiB resident`
  );
}

const THRESHOLDS = { warnUs: WARN_US, haltUs: HALT_US };
const STOPS: readonly Delay[] = [
  ...[40, 16, 80, 120].map((from) => ({
    syscall: 'fdatasync' as const,
    from,
    delayUs: STOPPED_US,
  })),
  ...[60, 150].map((from) => ({ syscall: 'pwrite64' as const, from, delayUs: STOPPED_US })),
];

async function controls(tally: Tally, bench: Bench): Promise<string> {
  const [delay] = STOPS as readonly [Delay];
  const hasty = await live(
    bench,
    { events: 0, ...THRESHOLDS, hasty: true },
    { delay, done: hasEnded },
  );
  const { early = 0, sent = 0 } = hasty.report ?? {};
  tally.controls.push({
    name: 'a runner that does not wait for its logs',
    caught: early > 0,
    detail: `${early} of ${sent} orders were sent before they were durable`,
  });
  return waitingForever(tally, bench, delay);
}

/** Nothing halts it: it must wait, take no more, and not grow. */
async function waitingForever(tally: Tally, bench: Bench, delay: Delay): Promise<string> {
  const off = { warnUs: NEVER_US, haltUs: NEVER_US };
  // As long again as the halt of the others took, counted from the backpressure.
  const waiting = await live(
    bench,
    { events: 0, ...off },
    {
      delay,
      done: (lines) => (kinds(lines).includes('B') ? (2 * HALT_US) / 1000 : false),
    },
  );
  tally.controls.push({
    name: 'thresholds of an hour',
    caught: !/[SPHR]/.test(kinds(waiting.lines)) && kinds(waiting.lines).includes('B'),
    detail: `no stall and no halt in ${(2 * HALT_US) / 1e6} s after backpressure`,
  });
  const since = waiting.lines.slice(waiting.lines.findIndex((line) => line.startsWith('B ')));
  const resident = since
    .filter((line) => line.startsWith('M '))
    .map((line) => Number(line.split(' ')[2]));
  const grown = Math.max(...resident) - (resident[0] ?? Number.NaN);
  if (!(grown <= RSS_GROWTH_MIB))
    tally.fail(`waiting: ${grown} MiB more, of ${resident.join(' ')}`);
  return `; ${grown} MiB more resident in ${(2 * HALT_US) / 1e6} s of waiting`;
}

async function slowDisk(tally: Tally, bench: Bench): Promise<string> {
  const delay: Delay = { syscall: 'fdatasync', from: 16, delayUs: SLOW_US };
  const slow = await live(bench, { events: 1_600, ...THRESHOLDS }, { delay, done: () => false });
  const { report } = slow;
  if (report === null || !kinds(slow.lines).endsWith('C') || /[SPH]/.test(kinds(slow.lines))) {
    tally.fail(`a disk that takes 200 ms: ${slow.lines.join(' | ')}`);
    return '';
  }
  tally.injected += slow.delayed;
  tally.count('ended in order');
  await checkLogs(tally, bench.dir, report);
  return `; ${slow.delayed} syncs of 200 ms each: ended in order, ${report.sent} orders`;
}

async function run({ scale, scratch, say }: FaultContext): Promise<FaultOutcome> {
  const tally = new Tally();
  // The code hash of a run wants a package around the program.
  writeFileSync(join(scratch, 'package.json'), '{"name":"live","version":"1.0.0"}');
  await mkdir(join(scratch, 'dist'));
  const bench = { program: await bundle(join(scratch, 'dist'), 'live'), dir: join(scratch, 'd') };

  const events = scale === 'full' ? 12_000 : 4_000;
  const even = await live(bench, { events, ...THRESHOLDS }, { done: () => false });
  const rssMiB = even.report?.rssMaxMiB ?? 0;
  tally.controls.push({
    name: 'the same process on a disk that answers',
    caught: kinds(even.lines).endsWith('RC') && !/[SPH]/.test(kinds(even.lines)),
    detail: `ended in order, ${even.report?.sent} orders, ${rssMiB} MiB resident`,
  });
  const seen: Halt[] = [];
  for (const delay of scale === 'full' ? STOPS : STOPS.slice(0, 1)) {
    const at = `${delay.syscall} ${delay.from} stops`;
    const stopped = await live(bench, { events: 0, ...THRESHOLDS }, { delay, done: hasEnded });
    tally.injected += Math.min(1, stopped.delayed);
    checkHalt(tally, stopped, at, rssMiB);
    if (stopped.report === null) continue;
    await checkLogs(tally, bench.dir, stopped.report);
    seen.push(haltOf(stopped));
    say(`${at}: ${figuresOf(seen.slice(-1))}`);
  }

  let more = '';
  if (scale === 'full') {
    more = await controls(tally, bench);
    more += await slowDisk(tally, bench);
  }
  return tally.finish(`${figuresOf(seen)}${more}`);
}

export const F27: FaultCase = {
  id: 'F27',
  title: 'Slow disk, stopped disk',
  method: 'strace delays `fdatasync` and `pwrite64` of a trading process, for 20 minutes or 200 ms',
  expected:
    'backpressure, then a stall, then a halt of trading with the log as its cause; no order ' +
    'before its record is durable, none after the halt; memory bounded; a slow disk halts nothing',
  needs: ['linux', 'strace'],
  injectedMin: 10,
  slice: true,
  run,
};
