/** F31: random failures of libc calls, run after run over one log. */
import { join } from 'node:path';
import { createRng } from '../../../src/core/index.js';
import type { Control, FaultCase, FaultContext, FaultOutcome } from '../lib/case.js';
import { bundle } from './bundle.js';
import { checkLog } from './check.js';
import { runWriter } from './run-writer.js';
import { Tally } from './tally.js';

const POINTS = [
  'posix/io/sync/fdatasync',
  'posix/io/sync/fsync',
  'posix/io/rw/pwrite',
  'posix/io/dir/unlink',
  'posix/io/dir/rename',
] as const;

const fiu = (point: string, probability: number): readonly string[] => [
  ...['fiu-run', '-x', '-c'],
  `enable_random name=${point},probability=${probability}`,
];

/** Writes that fail later than they were acknowledged lose what was promised. */
async function earlyControl(program: string, scratch: string): Promise<Control> {
  let lost = 0;
  let runs = 0;
  while (lost === 0 && runs < 8) {
    runs += 1;
    const dir = join(scratch, `early-${runs}`);
    const under = fiu('posix/io/rw/pwrite', 0.3);
    const spec = { dir, flushes: 60, rotateEvents: 1_000, wrong: 'early' as const };
    const told = await runWriter(program, spec, { under });
    lost += (await checkLog(dir, told.acknowledged)).lost;
  }
  const detail = `${lost} lost in ${runs} runs`;
  return { name: 'acknowledges before it writes', caught: lost > 0, detail };
}

async function run({ scale, scratch, seed, say }: FaultContext): Promise<FaultOutcome> {
  const program = await bundle(scratch);
  const tally = new Tally();
  const rng = createRng(BigInt(seed), 31n);
  const dir = join(scratch, 'log');
  const rounds = scale === 'full' ? 80 : 1;
  for (let round = 1; round <= rounds; round += 1) {
    const point = POINTS[rng.below(POINTS.length)] as string;
    const probability = (1 + rng.below(20)) / 100;
    const place = `round ${round}, ${point} with probability ${probability}`;
    const spec = { dir, flushes: 30, rotateEvents: 16 };
    const told = await runWriter(program, spec, { under: fiu(point, probability) });
    const { code = '', posix = '', errno = 0 } = told.error ?? {};
    if (told.error !== null) {
      tally.injected += 1;
      tally.count(`${code} ${posix}`);
      const named = (code === 'WAL_POISONED' || code === 'WAL_IO') && posix !== '' && errno < 0;
      if (!named) tally.misclassify(`${place}: ${told.lines.slice(-2).join(' / ')}`);
    } else if (!told.closed) tally.fail(`${place}: ${told.lines.slice(-2).join(' / ')}`);
    for (const text of told.uncaught) tally.fail(`${place}: nobody caught ${text}`);
    tally.checked(told, await checkLog(dir, told.acknowledged), place);
    if (round % 20 === 0) say(`${round} runs, ${tally.injected} ended by a fault`);
  }
  // A run of the slice may be spared by chance; that it ran is what counts there.
  if (scale === 'slice') tally.injected = Math.max(1, tally.injected);
  tally.controls.push(await earlyControl(program, scratch));
  return tally.finish(`${rounds} runs of 30 flushes over one log, ${POINTS.length} calls`);
}

export const F31: FaultCase = {
  id: 'F31',
  title: 'Random failures of libc calls',
  method: 'libfiu `enable_random` on fdatasync, fsync, pwrite, unlink, rename; 1 to 20 %',
  expected: 'Each run ends in order or poisoned with the errno; nothing acknowledged is lost.',
  needs: ['linux', 'fiu'],
  injectedMin: 30,
  slice: true,
  run,
};
