/**
 * F12: the disk as it is at one moment. The image under a mounted file system is copied while the
 * writer stands still; the copy lacks whatever only the page cache had.
 */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultCase, FaultContext, Scale } from '../lib/case.js';
import { missing } from '../lib/needs.js';
import { checkLog } from './lib/check-log.js';
import { deviceWrites, Disks, type FileSystem } from './lib/disks.js';
import { choices, Tally } from './lib/tally.js';
import { bundleWriter, WriterProcess } from './lib/writer-process.js';
import type { WrongLog } from './program/spec.js';

/** The journal must not move by itself while the image is copied; XFS has no such option. */
const QUIET: Readonly<Partial<Record<FileSystem, readonly string[]>>> = {
  btrfs: ['commit=300'],
  ext4: ['commit=300'],
};

/** Copies an image while nothing is written to it; a copy of two moments is made again. */
async function copyStill(image: string, to: string): Promise<void> {
  for (;;) {
    const before = deviceWrites(image);
    execFileSync('cp', ['--sparse=always', image, to]);
    const after = deviceWrites(image);
    if (before.inFlight === 0 && after.inFlight === 0 && before.done === after.done) return;
    await sleep(20);
  }
}

interface Setting {
  readonly disks: Disks;
  readonly folder: string;
  readonly program: string;
  readonly seed: number;
}

interface Cuts {
  readonly disk: FileSystem;
  readonly count: number;
  readonly wrong?: WrongLog;
}

/** Cuts `count` times, each time going on from the copy. */
async function cuts(setting: Setting, tally: Tally, plan: Cuts): Promise<void> {
  const { disks, folder, program, seed } = setting;
  const { disk, wrong } = plan;
  const quiet = QUIET[disk] ?? [];
  let image = disks.image(folder, disk);
  for (let round = 0; round < plan.count; round += 1) {
    const choose = choices(seed, round);
    const at = disks.mount(image, quiet);
    const name = wrong === undefined ? `wal-${Math.floor(round / 10)}` : `wal-${round}`;
    const policy = round % 5 === 4 ? { kind: 'os' as const } : { kind: 'always' as const };
    const spec = {
      dir: join(at, name),
      policy,
      rotateBytes: 40_000,
      flushes: 0,
      durableEvery: policy.kind === 'os' ? 5 : 0,
      batches: choose(1, 3),
    };
    const writer = new WriterProcess(program, wrong === undefined ? spec : { ...spec, wrong });
    await writer.acknowledgements(choose(1, 60));
    await writer.stop({ settled: true });
    const copy = join(folder, `copy-${disk}-${wrong ?? 'honest'}-${round}`);
    await copyStill(image, copy);
    await writer.kill();
    disks.unmount(at);
    rmSync(image);
    image = copy;
    const again = disks.mount(image, quiet);
    const where = `${disk}, seed ${seed}, round ${round}`;
    if (writer.failure !== null) tally.fail(where, writer.failure.message);
    const found = await checkLog(join(again, name), writer.promised);
    tally.add(where, found, writer.promised - writer.opened);
    disks.unmount(again);
  }
  rmSync(image);
}

function plansOf(scale: Scale): readonly Cuts[] {
  if (scale === 'slice') return [{ disk: 'ext4', count: 1 }];
  const others = (['xfs', 'btrfs'] as const).filter((need) => missing([need]).length === 0);
  return [{ disk: 'ext4', count: 50 }, ...others.map((disk) => ({ disk, count: 20 }))];
}

async function run({ scale, scratch, seed, say }: FaultContext) {
  const disks = new Disks(scratch);
  try {
    const program = await bundleWriter(scratch);
    const setting = { disks, folder: scratch, program, seed };
    const tally = new Tally();
    const wrong = new Tally();
    const plans = plansOf(scale);
    for (const plan of plans) {
      await cuts(setting, tally, plan);
      say(`${plan.disk}: ${plan.count} copies, ${tally.acknowledged} acknowledged so far`);
    }
    await cuts(setting, wrong, { disk: 'ext4', count: scale === 'full' ? 3 : 1, wrong: 'noSync' });
    const detail = `lost ${wrong.lost} of ${wrong.acknowledged}`;
    const name = 'a log whose syncs do nothing';
    const figures = plans.map(({ disk, count }) => `${disk}: ${count} copies`).join('; ');
    return tally.outcome([{ name, caught: wrong.lost > 0, detail }], figures);
  } finally {
    disks.close();
  }
}

export const SNAPSHOT: FaultCase = {
  id: 'F12',
  title: 'Power cut by a snapshot of the disk',
  method:
    'loop mount of ext4, XFS and Btrfs; the writer is stopped, the image copied, the copy mounted',
  expected: 'all that was acknowledged is in the copy; the rest is torn, not damage',
  needs: ['linux', 'root', 'loop'],
  injectedMin: 50,
  slice: true,
  run,
};
