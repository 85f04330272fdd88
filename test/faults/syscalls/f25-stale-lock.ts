/** F25: what a dead holder left, in the fallback lock: a pid that is gone, used again, rebooted. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Control, FaultCase, FaultContext, FaultOutcome } from '../lib/case.js';
import { bundle } from './bundle.js';
import { checkLog } from './check.js';
import { liveWriter } from './live-writer.js';
import type { WriterSpec } from './program/spec.js';
import { runWriter } from './run-writer.js';
import { Tally } from './tally.js';

interface Holder {
  readonly pid: number;
  readonly startTicks: string;
  readonly bootId: string;
  readonly host: string;
}

interface Left {
  readonly name: string;
  readonly text: string;
  /** True when its holder can not be running. */
  readonly gone: boolean;
}

const ticksOf = (pid: number): string =>
  readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '';

const deadPid = (): number => spawnSync('true').pid;

/** Lock files as they are found; this process plays the holder that lives. */
function leftovers(): readonly Left[] {
  const living: Holder = {
    pid: process.pid,
    startTicks: ticksOf(process.pid),
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    host: hostname(),
  };
  const left = (name: string, gone: boolean, change: Partial<Holder>): Left => ({
    name,
    gone,
    text: JSON.stringify({ ...living, ...change }),
  });
  const otherBoot = '00000000-0000-4000-8000-000000000000';
  return [
    left('a living holder', false, {}),
    left('a holder of unknown start that lives', false, { startTicks: '' }),
    left('a dead holder', true, { pid: deadPid(), startTicks: '1' }),
    left('a pid that another process has now', true, { startTicks: '1' }),
    left('a living pid, from before a reboot', true, { bootId: otherBoot }),
    left('a dead pid on another host', false, { host: 'elsewhere', pid: deadPid() }),
    left('another host and boot', false, { host: 'elsewhere', bootId: otherBoot }),
    { name: 'an empty file', text: '', gone: false },
    { name: 'half a line', text: '{"pid":1,"host":"', gone: false },
    { name: 'no pid', text: '{"host":"here"}', gone: false },
  ];
}

/** The rule of a lock that looks at the pid alone. */
function pidAlone(text: string): boolean {
  try {
    const { pid } = JSON.parse(text) as { pid?: number };
    if (pid === undefined) return true;
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

function pidControl(): Control {
  const wrong = leftovers().filter(({ text, gone }) => pidAlone(text) !== gone);
  const detail = `wrong about ${wrong.map(({ name }) => name).join(', ')}`;
  return { name: 'judges by the pid alone', caught: wrong.length > 0, detail };
}

/** Kills a holder and lets several processes take its stale lock over at once. */
async function takeover(
  program: string,
  dir: string,
  {
    openers,
    tally,
  }: {
    readonly openers: number;
    readonly tally: Tally;
  },
): Promise<void> {
  const spec: WriterSpec = { dir, flushes: 0, rotateEvents: 12, lockKind: 'file' };
  const holder = liveWriter(program, spec);
  await holder.acknowledges(3);
  const killed = await holder.end('kill');
  const racers = Array.from({ length: openers }, () =>
    liveWriter(program, { ...spec, flushes: 2, waitToOpen: true, hold: true }),
  );
  await Promise.all(racers.map((racer) => racer.until('R')));
  for (const racer of racers) racer.go();
  await Promise.all(racers.map((racer) => racer.until('A', 'E')));
  const told = await Promise.all(racers.map((racer) => racer.end()));
  tally.injected += 1;
  const winners = told.filter(({ opened }) => opened !== null).length;
  const locked = told.filter(({ error }) => error?.code === 'WAL_LOCKED').length;
  tally.count('WAL_LOCKED', locked);
  tally.count('taken over', winners);
  if (winners !== 1 || locked !== openers - 1) {
    tally.misclassify(`stale lock: ${winners} of ${openers} took it, ${locked} were refused`);
  }
  const acknowledged = Math.max(killed.acknowledged, ...told.map((one) => one.acknowledged));
  const { lost, problems } = await checkLog(dir, acknowledged, 'file');
  tally.acknowledged += acknowledged;
  tally.lost += lost;
  for (const problem of problems) tally.fail(`stale lock: ${problem}`);
}

async function run({ scale, scratch }: FaultContext): Promise<FaultOutcome> {
  const program = await bundle(scratch);
  const tally = new Tally();
  const full = scale === 'full';
  let made = 0;
  for (const { name, text, gone } of leftovers()) {
    if (!full && !name.includes('pid that another')) continue;
    const dir = join(scratch, `left-${(made += 1)}`);
    mkdirSync(dir);
    writeFileSync(join(dir, 'LOCK'), text);
    const told = await runWriter(program, { dir, flushes: 2, rotateEvents: 9, lockKind: 'file' });
    tally.injected += 1;
    const wrong = gone ? !told.closed : told.error?.code !== 'WAL_LOCKED';
    if (wrong) tally.misclassify(`${name}: ${told.lines.join(' / ')}`);
    tally.count(told.error?.code ?? 'taken over');
  }
  const rounds = full ? 20 : 1;
  const openers = full ? 8 : 3;
  for (let round = 0; round < rounds; round += 1) {
    await takeover(program, join(scratch, `stale-${round}`), { openers, tally });
  }
  tally.controls.push(pidControl());
  return tally.finish(`${made} kinds of lock file; ${rounds} stale locks, ${openers} openers each`);
}

export const F25: FaultCase = {
  id: 'F25',
  title: 'A stale lock, a pid used again, a reboot (fallback lock)',
  method: 'lock files of living, dead, reused and foreign holders; killed holders, 8 openers each',
  expected:
    'Taken over only from a holder that can not be running, and then by exactly one opener.',
  needs: ['linux'],
  injectedMin: 30,
  slice: true,
  run,
};
