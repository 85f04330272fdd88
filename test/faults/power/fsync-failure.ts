/**
 * F06, F06b: a sync fails and the next one does not. The disk is a loop device on a tmpfs that is
 * too small. After the failure the pages read back well and are marked clean, so a second sync
 * says yes, and what it says is not true: only dropping the cache shows what the disk holds.
 */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultCase, FaultContext } from '../lib/case.js';
import { checkLog } from './lib/check-log.js';
import { Disks } from './lib/disks.js';
import { Tally } from './lib/tally.js';
import { bundleWriter, WriterProcess } from './lib/writer-process.js';
import type { WrongLog } from './program/spec.js';

const ALWAYS = { kind: 'always' } as const;
const ROOMY_KB = 65_536;
const FLUSHES_AFTER = 20;

interface Setting {
  readonly disks: Disks;
  readonly program: string;
}

interface Round {
  /** What the tmpfs has for data, KiB. */
  readonly freeKb: number;
  readonly rotateBytes: number;
  readonly batches: number;
  /** Drop the caches of the whole machine too; unmounting drops those of this disk. */
  readonly dropAll?: boolean;
  /** How the log is recovered on the disk that has grown. */
  readonly wrong?: WrongLog;
}

const isSyncFailure = ({ syscall, posix }: { syscall?: string; posix?: string }): boolean =>
  (syscall === 'fdatasync' || syscall === 'fsync') && (posix === 'EIO' || posix === 'ENOSPC');

/** One failure, one recovery on the same mount, then the cache is dropped and the log checked. */
async function round({ disks, program }: Setting, tally: Tally, plan: Round): Promise<void> {
  const where = `${plan.freeKb} KiB free, segments of ${plan.rotateBytes}`;
  const tmpfs = disks.tmpfs(ROOMY_KB);
  const image = disks.image(tmpfs, 'ext4 without a journal');
  const usedKb = statSync(image).blocks / 2;
  disks.resizeTmpfs(tmpfs, usedKb + plan.freeKb);
  const at = disks.mount(image);
  const dir = join(at, 'wal');
  const { rotateBytes, batches } = plan;
  const spec = { dir, policy: ALWAYS, rotateBytes, batches };
  const first = new WriterProcess(program, { ...spec, flushes: 0 });
  await first.ended();
  const { failure } = first;
  if (failure === null || !isSyncFailure(failure)) {
    tally.fail(where, `no sync failed: ${failure?.message ?? first.lines.at(-1)}`);
  }
  if (failure !== null) {
    const atFooter = first.lines.at(-3)?.startsWith('R') === true;
    tally.count(`${failure.syscall} ${failure.posix}${atFooter ? ' after a rotation' : ''}`);
  }
  if (first.refusals?.['append'] !== 'WAL_POISONED') tally.fail(where, 'append was not refused');
  disks.resizeTmpfs(tmpfs, ROOMY_KB);
  const own = { ...spec, flushes: FLUSHES_AFTER };
  const second = new WriterProcess(
    program,
    plan.wrong === undefined ? own : { ...own, wrong: plan.wrong },
  );
  await second.ended();
  if (!second.closedInOrder) tally.fail(where, `second writer: ${second.failure?.message}`);
  disks.unmount(at);
  if (plan.dropAll === true) writeFileSync('/proc/sys/vm/drop_caches', '3');
  const again = disks.mount(image);
  const promised = Math.max(first.promised, second.promised);
  tally.add(where, await checkLog(join(again, 'wal'), promised), promised);
  disks.unmount(again);
  disks.unmount(tmpfs);
}

async function withDisks<T>(scratch: string, work: (setting: Setting) => Promise<T>): Promise<T> {
  const disks = new Disks(scratch);
  try {
    return await work({ disks, program: await bundleWriter(scratch) });
  } finally {
    disks.close();
  }
}

const describe = (wrong: Tally): string => `${wrong.codesText}; lost ${wrong.lost}`;

function runBatch({ scale, scratch }: FaultContext) {
  const sizes = scale === 'full' ? [2912, 2803, 2651, 2222, 1740, 1111, 777, 200] : [200];
  return withDisks(scratch, async (setting) => {
    const tally = new Tally();
    const wrong = new Tally();
    const plan = { rotateBytes: 4_194_304, batches: 8 };
    for (const freeKb of sizes) {
      await round(setting, tally, { ...plan, freeKb, dropAll: scale === 'full' });
    }
    for (const freeKb of sizes.slice(-3)) {
      await round(setting, wrong, { ...plan, freeKb, wrong: 'inPlace' });
    }
    const name = 'a recovery that goes on in the old file';
    const control = { name, caught: wrong.objects, detail: describe(wrong) };
    return tally.outcome([control], `${sizes.length} sizes of disk, one segment`);
  });
}

export const FSYNC_FAILURE: FaultCase = {
  id: 'F06',
  title: 'A sync that fails once and then succeeds',
  method:
    'ext4 without a journal on a loop device over a tmpfs that is too small; the tmpfs grows, the ' +
    'log is opened again, the cache is dropped',
  expected: 'the writer ends at the first failure; recovery writes the tail anew; nothing is lost',
  needs: ['linux', 'root', 'loop', 'tmpfs'],
  injectedMin: 5,
  slice: true,
  run: runBatch,
};

const freeKbOf = (i: number): number => 80 + 29 * i;

const CONTROL_SIZES = 20;
/** Size at which the sync of a footer failed when this was written; tried first. */
const SEEN_AT_FOOTER = 2;

function runFooter({ scale, scratch }: FaultContext) {
  const sizes = Array.from({ length: scale === 'full' ? 20 : 1 }, (_, i) => freeKbOf(i));
  return withDisks(scratch, async (setting) => {
    const tally = new Tally();
    const plan = { rotateBytes: 6_144, batches: 1 };
    for (const freeKb of sizes) await round(setting, tally, { ...plan, freeKb });
    let wrongs = 0;
    let tried = 0;
    // Which failures land on a footer is up to the disk: a slice stops at the first.
    for (; tried < CONTROL_SIZES && (scale === 'full' || wrongs === 0); tried += 1) {
      const wrong = new Tally();
      const freeKb = freeKbOf((SEEN_AT_FOOTER + tried) % CONTROL_SIZES);
      await round(setting, wrong, { ...plan, freeKb, wrong: 'sealedAlone' });
      if (wrong.objects) wrongs += 1;
    }
    const name = 'a recovery that leaves a sealed last segment alone';
    const detail = `wrong after ${wrongs} of ${tried} sizes`;
    const control = { name, caught: wrongs > 0, detail };
    return tally.outcome([control], `${sizes.length} sizes of disk, segments of 6 KB`);
  });
}

export const FOOTER_FSYNC_FAILURE: FaultCase = {
  id: 'F06b',
  title: 'A sync that fails once, at a footer or a new segment',
  method: 'as F06, with segments of 6 KB and 20 sizes of disk',
  expected: 'the last segment is written anew even if it reads as sealed; nothing is lost',
  needs: ['linux', 'root', 'loop', 'tmpfs'],
  injectedMin: 20,
  slice: true,
  run: runFooter,
};
