/** F05: a kill or EIO at every system call of an opening that has to recover. */
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultCase, FaultContext, FaultOutcome } from '../lib/case.js';
import { bundle } from './bundle.js';
import { controlOf, failsWith, killed } from './f02-f04-sweeps.js';
import { liveWriter } from './live-writer.js';
import { firstOf, type Site, sweepSites } from './sweep.js';
import { Tally } from './tally.js';

const SPEC = { flushes: 6, rotateEvents: 6 };

/** A log of a killed writer: unsealed, with a torn last line and a temporary file left over. */
export async function tornBase(
  program: string,
  dir: string,
): Promise<{ readonly dir: string; readonly acknowledged: number }> {
  const base = join(dir, 'base');
  mkdirSync(dir, { recursive: true });
  // Killed while it holds the log open, or the last segment could be a sealed one.
  const writer = liveWriter(program, { dir: base, flushes: 9, rotateEvents: 6, hold: true });
  await writer.acknowledges(9);
  const { acknowledged } = await writer.end('kill');
  const segments = readdirSync(base).filter((name) => name.endsWith('.wal.jsonl'));
  const last = segments.toSorted().at(-1) as string;
  appendFileSync(join(base, last), '{"k":"E","seq":9999,"t":"Timer","sv":1,"rx":10000,"ts":nu');
  writeFileSync(join(base, `${last}.tmp`), '{"k":"H","v":1');
  return { dir: base, acknowledged };
}

async function run({ scale, scratch, say }: FaultContext): Promise<FaultOutcome> {
  const program = await bundle(scratch);
  const base = await tornBase(program, scratch);
  const tally = new Tally();
  const sweep = { program, dir: scratch, spec: SPEC, base };
  const renames = firstOf(1, ({ syscall }) => syscall === 'rename');
  const choose = scale === 'full' ? () => true : renames;
  const eio = { ...sweep, choose, what: 'error=EIO', judge: failsWith('EIO') };
  const failed = await sweepSites(eio, tally, say);
  const kill = { ...sweep, choose, what: 'signal=KILL', judge: killed };
  const dead = scale === 'full' ? await sweepSites(kill, tally, say) : 0;
  const name = 'recovers by writing over the last segment in place';
  const at = ({ syscall, text }: Site): boolean =>
    syscall === 'write' && text.includes('.wal.jsonl>');
  tally.controls.push(await controlOf(name, { ...kill, wrong: 'inPlace', at }));
  return tally.finish(`EIO at ${failed} calls, killed at ${dead}, of recovery and 6 flushes`);
}

export const F05: FaultCase = {
  id: 'F05',
  title: 'EIO and SIGKILL at every system call of an opening that recovers',
  method: 'as F02 and F03, from an unsealed log with a torn last line and a temporary file',
  expected:
    'Recovery cut short anywhere and run again ends in the same log; nothing acknowledged is lost.',
  needs: ['linux', 'strace', 'flock'],
  injectedMin: 250,
  slice: true,
  run,
};
