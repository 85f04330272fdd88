/** F07: the disk is full, at many sizes. */
import { join } from 'node:path';
import { fileStore, nodeSha256 } from 'quantlaxmi/node';
import { verifyWal } from 'quantlaxmi/wal';
import type { Control, FaultCase, FaultContext } from '../lib/case.js';
import { checkLog } from './lib/check-log.js';
import { Disks } from './lib/disks.js';
import { Tally } from './lib/tally.js';
import { bundleWriter, WriterProcess } from './lib/writer-process.js';
import type { WriterSpec, WrongLog } from './program/spec.js';

const ROTATE_BYTES = 32_768;
const ROOMY_KB = 4_096;
const BALLAST_BYTES = 36_864;
/** The end of an opening that could recover and seal, and has no room for more. */
const RECOVERED = 'WAL_LOW_SPACE, sealed';
const sizeKb = (i: number): number => 120 + 37 * i;

/** What a writer must say that met a full disk; the reasons why it did not. */
function objections(writer: WriterProcess): readonly string[] {
  const { failure, refusals } = writer;
  if (failure === null) return [`it did not fail: ${writer.lines.at(-1) ?? ''}`];
  const { code, message, posix, errno, syscall } = failure;
  const objected: string[] = [];
  if (code !== 'WAL_POISONED') objected.push(`code ${code}: ${message}`);
  if (posix !== 'ENOSPC' || errno !== -28) objected.push(`cause ${posix} ${errno}`);
  if (!message.includes('ENOSPC') || !message.includes(syscall ?? '?')) {
    objected.push(`neither ENOSPC nor the call in: ${message}`);
  }
  const { state, append, flush, close } = refusals ?? {};
  if (state !== 'poisoned') objected.push(`state ${state}`);
  for (const [name, answer] of Object.entries({ append, flush, close })) {
    if (answer !== 'WAL_POISONED') objected.push(`${name} afterwards: ${answer}`);
  }
  return objected;
}

interface Setting {
  readonly disks: Disks;
  readonly program: string;
}

interface Disk {
  readonly kb: number;
  /** Reserve of the log, bytes. */
  readonly ballastBytes: number;
  readonly wrong?: WrongLog;
}

/** What an opening on the disk that is still full came to. */
async function openFull(program: string, spec: WriterSpec, promised: number): Promise<string> {
  const writer = new WriterProcess(program, { ...spec, flushes: 1 });
  await writer.ended();
  const store = fileStore(spec.dir);
  const { problems, lastSeq, sealed } = await verifyWal(store, { hasher: nodeSha256 });
  const state = sealed ? 'sealed' : (problems[0]?.code ?? 'unsealed');
  const lost = lastSeq < promised ? `, ends at seq ${lastSeq} of ${promised}` : '';
  return `${writer.failure?.code ?? 'opened'}, ${state}${lost}`;
}

async function fill(setting: Setting, tally: Tally, disk: Disk): Promise<void> {
  const { disks, program } = setting;
  const { kb, ballastBytes, wrong } = disk;
  const at = disks.tmpfs(kb);
  const flushes = wrong === undefined ? 0 : 400;
  const rest = { policy: { kind: 'always' }, rotateBytes: ROTATE_BYTES, flushes } as const;
  const spec = { dir: join(at, 'wal'), ballastBytes, ...rest };
  const writer = new WriterProcess(program, wrong === undefined ? spec : { ...spec, wrong });
  await writer.ended();
  const { failure, promised } = writer;
  const where = `tmpfs of ${kb} KiB, ballast of ${ballastBytes}`;
  if (wrong === undefined) for (const what of objections(writer)) tally.fail(where, what);
  if (failure?.posix !== undefined) tally.count(`${failure.syscall} ${failure.posix}`);
  if (ballastBytes > 0) {
    const outcome = await openFull(program, spec, promised);
    tally.count(`still full: ${outcome}`);
    if (outcome !== RECOVERED) tally.fail(where, `opened on the full disk: ${outcome}`);
  }
  disks.resizeTmpfs(at, ROOMY_KB);
  tally.add(where, await checkLog(spec.dir, promised), promised);
  disks.unmount(at);
}

/** Without a reserve the full disk must defeat the recovery, or the reserve is not what helped. */
async function withoutBallast(setting: Setting, kb: number): Promise<Control> {
  const { disks, program } = setting;
  const at = disks.tmpfs(kb);
  const rest = { policy: { kind: 'always' }, rotateBytes: ROTATE_BYTES, flushes: 0 } as const;
  const spec = { dir: join(at, 'wal'), ...rest };
  const writer = new WriterProcess(program, spec);
  await writer.ended();
  const detail = await openFull(program, spec, writer.promised);
  disks.unmount(at);
  return { name: 'no ballast on a full disk', caught: detail !== RECOVERED, detail };
}

async function run({ scale, scratch, say }: FaultContext) {
  const disks = new Disks(scratch);
  try {
    const setting = { disks, program: await bundleWriter(scratch) };
    const tally = new Tally();
    const sizes = scale === 'full' ? 20 : 1;
    for (let i = 0; i < sizes; i += 1) {
      const kb = sizeKb(i);
      if (scale === 'full') await fill(setting, tally, { kb, ballastBytes: 0 });
      await fill(setting, tally, { kb: kb + BALLAST_BYTES / 1024, ballastBytes: BALLAST_BYTES });
    }
    say(`${tally.injected} full disks`);
    const wrong = new Tally();
    await fill(setting, wrong, { kb: sizeKb(1), ballastBytes: 0, wrong: 'fullIsFine' });
    const detail = `lost ${wrong.lost} of ${wrong.acknowledged}; ${wrong.codesText}`;
    const name = 'a writer that takes ENOSPC for written';
    const controls = [
      { name, caught: wrong.lost > 0, detail },
      await withoutBallast(setting, sizeKb(1)),
    ];
    const range = `tmpfs of ${sizeKb(0)} to ${sizeKb(sizes - 1)} KiB`;
    const figures = `${range}; with a ballast sealed while still full`;
    return tally.outcome(controls, figures);
  } finally {
    disks.close();
  }
}

export const DISK_FULL: FaultCase = {
  id: 'F07',
  title: 'Disk full at an arbitrary size',
  method:
    'a tmpfs of 20 sizes, each with and without a ballast; made larger before the last opening',
  expected:
    'the writer ends with WAL_POISONED that names ENOSPC and the call, refuses everything after, ' +
    'and the log opens again with all that was acknowledged; a ballast lets it be recovered and ' +
    'sealed while the disk is still full',
  needs: ['linux', 'root', 'tmpfs'],
  injectedMin: 40,
  slice: true,
  run,
};
