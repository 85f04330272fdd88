/**
 * F10, F11: the power of a mounted ext4 is cut. The writer is stopped first, because a sync that
 * begins after the cut may return as if it had worked; what it said before the stop is what counts.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { WalPolicy } from 'quantlaxmi/wal';
import type { FaultCase, FaultContext, Scale } from '../lib/case.js';
import { missing } from '../lib/needs.js';
import { checkLog } from './lib/check-log.js';
import { compile, Disks, type FileSystem } from './lib/disks.js';
import { choices, Tally } from './lib/tally.js';
import { bundleWriter, WriterProcess } from './lib/writer-process.js';
import type { WrongLog } from './program/spec.js';

const ROTATE_BYTES = 40_000;
/** A new log after so many cuts of one, so that checking stays quick. */
const CUTS_PER_LOG = 10;

interface Cycles {
  readonly name: string;
  readonly count: number;
  readonly policy: WalPolicy;
  readonly disk?: FileSystem;
  readonly mountOptions?: readonly string[];
  readonly wrong?: WrongLog;
  readonly seed: number;
}

interface Setting {
  readonly disks: Disks;
  readonly folder: string;
  readonly program: string;
  readonly cut: string;
}

async function cycles(setting: Setting, tally: Tally, plan: Cycles): Promise<void> {
  const { disks, folder, program, cut } = setting;
  const { policy, mountOptions = [], wrong } = plan;
  const image = disks.image(folder, plan.disk ?? 'ext4');
  const durableEvery = policy.kind === 'always' ? 0 : 5;
  const spec = { policy, rotateBytes: ROTATE_BYTES, flushes: 0, durableEvery };
  for (let round = 0; round < plan.count; round += 1) {
    const choose = choices(plan.seed, round);
    const name = wrong === undefined ? `wal-${Math.floor(round / CUTS_PER_LOG)}` : `wal-${round}`;
    const at = disks.mount(image, mountOptions);
    const own = { ...spec, dir: join(at, name), batches: choose(1, 3) };
    const writer = new WriterProcess(program, wrong === undefined ? own : { ...own, wrong });
    await writer.acknowledgements(choose(1, 60));
    await writer.stop({ settled: false });
    execFileSync(cut, [at]);
    await writer.kill();
    disks.unmount(at);
    const again = disks.mount(image, mountOptions);
    const where = `${plan.name}, seed ${plan.seed}, round ${round}`;
    if (writer.failure !== null) tally.fail(where, writer.failure.message);
    const found = await checkLog(join(again, name), writer.promised);
    tally.add(where, found, writer.promised - writer.opened);
    disks.unmount(again);
  }
}

async function withSetting(
  { scratch }: FaultContext,
  work: (setting: Setting) => Promise<void>,
): Promise<void> {
  const disks = new Disks(scratch);
  try {
    const program = await bundleWriter(scratch);
    const cut = compile('cut-power.c', scratch);
    await work({ disks, folder: scratch, program, cut });
  } finally {
    disks.close();
  }
}

const ALWAYS = { kind: 'always' } as const;
const INTERVAL = { kind: 'interval', ms: 20, bytes: 20_000 } as const;
const OS = { kind: 'os' } as const;
const WRITEBACK = ['data=writeback'];

async function lying(setting: Setting, count: number, seed: number): Promise<Tally> {
  const tally = new Tally();
  const plan = { name: 'control', policy: ALWAYS, wrong: 'noSync' } as const;
  await cycles(setting, tally, { ...plan, count, seed });
  return tally;
}

type Plan = Omit<Cycles, 'seed'>;

function plansOf(scale: Scale): readonly Plan[] {
  if (scale === 'slice') return [{ name: 'always', policy: ALWAYS, count: 1 }];
  const xfs = { name: 'xfs, always', policy: ALWAYS, disk: 'xfs', count: 20 } as const;
  return [
    { name: 'always', policy: ALWAYS, count: 60 },
    { name: 'always, data=writeback', policy: ALWAYS, mountOptions: WRITEBACK, count: 20 },
    { name: 'interval', policy: INTERVAL, count: 10 },
    { name: 'os', policy: OS, count: 10 },
    { name: 'os, data=writeback', policy: OS, mountOptions: WRITEBACK, count: 10 },
    ...(missing(['xfs']).length === 0 ? [xfs] : []),
  ];
}

async function runHonest(context: FaultContext) {
  const { scale, seed, say } = context;
  const tally = new Tally();
  const wrong: Tally[] = [];
  const plans = plansOf(scale);
  await withSetting(context, async (setting) => {
    for (const [i, plan] of plans.entries()) {
      await cycles(setting, tally, { ...plan, seed: seed + i });
      say(`${plan.name}: ${plan.count} cuts, ${tally.acknowledged} acknowledged so far`);
    }
    wrong.push(await lying(setting, scale === 'full' ? 3 : 1, seed));
  });
  const lost = wrong.reduce((sum, one) => sum + one.lost, 0);
  const control = {
    name: 'a log whose syncs do nothing',
    caught: lost > 0,
    detail: `lost ${lost}`,
  };
  const figures = plans.map(({ name, count }) => `${name}: ${count} cuts`).join('; ');
  return tally.outcome([control], figures);
}

export const POWER_CUT: FaultCase = {
  id: 'F10',
  title: 'Power cut on ext4 and XFS',
  method:
    'loop mount; the writer is stopped, FS_IOC_SHUTDOWN without a flush of the journal, kill, ' +
    'unmount, mount',
  expected: 'all that was acknowledged is there, under every policy; the rest is torn, not damage',
  needs: ['linux', 'root', 'loop', 'shutdown', 'gcc'],
  injectedMin: 80,
  slice: true,
  run: runHonest,
};

/** The cut is a fault only if it takes something: a log that lies must lose by it. */
async function runLying(context: FaultContext) {
  const cuts = context.scale === 'full' ? 15 : 1;
  const tallies: Tally[] = [];
  await withSetting(context, async (setting) => {
    tallies.push(await lying(setting, cuts, context.seed));
  });
  const lost = tallies.reduce((sum, one) => sum + one.lost, 0);
  const promised = tallies.reduce((sum, one) => sum + one.acknowledged, 0);
  const seen = new Tally();
  seen.injected = cuts;
  seen.acknowledged = 0;
  const name = 'a log that acknowledges without a sync';
  const detail = `lost ${lost} of ${promised} acknowledged in ${cuts} cuts`;
  return seen.outcome([{ name, caught: lost > 0, detail }], `${lost} losses reported`);
}

export const LYING_WRITER: FaultCase = {
  id: 'F11',
  title: 'Power cut on ext4 under a log that lies',
  method: 'as F10, with a store whose syncs do nothing',
  expected: 'losses are reported: the harness of F10 can fail',
  needs: ['linux', 'root', 'loop', 'shutdown', 'gcc'],
  injectedMin: 15,
  slice: true,
  run: runLying,
};
