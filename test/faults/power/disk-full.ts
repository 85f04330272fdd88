/** F07: the disk is full, at many sizes. */
import { join } from 'node:path';
import type { FaultCase, FaultContext } from '../lib/case.js';
import { checkLog } from './lib/check-log.js';
import { Disks } from './lib/disks.js';
import { Tally } from './lib/tally.js';
import { bundleWriter, WriterProcess } from './lib/writer-process.js';
import type { WrongLog } from './program/spec.js';

const ROTATE_BYTES = 32_768;
const ROOMY_KB = 4_096;
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
  readonly tally: Tally;
  readonly disks: Disks;
  readonly program: string;
}

async function fill(setting: Setting, kb: number, wrong?: WrongLog): Promise<void> {
  const { tally, disks, program } = setting;
  const at = disks.tmpfs(kb);
  const dir = join(at, 'wal');
  const policy = { kind: 'always' } as const;
  const flushes = wrong === undefined ? 0 : 400;
  const spec = { dir, policy, rotateBytes: ROTATE_BYTES, flushes };
  const writer = new WriterProcess(program, wrong === undefined ? spec : { ...spec, wrong });
  await writer.ended();
  const where = `tmpfs of ${kb} KiB`;
  const { failure } = writer;
  if (wrong === undefined) for (const what of objections(writer)) tally.fail(where, what);
  if (failure?.posix !== undefined) tally.seen(`${failure.syscall} ${failure.posix}`);
  disks.resizeTmpfs(at, ROOMY_KB);
  tally.add(where, await checkLog(dir, writer.promised), writer.promised);
  disks.unmount(at);
}

async function run({ scale, scratch }: FaultContext) {
  const disks = new Disks(scratch);
  try {
    const program = await bundleWriter(scratch);
    const tally = new Tally();
    const sizes = scale === 'full' ? 20 : 1;
    for (let i = 0; i < sizes; i += 1) await fill({ tally, disks, program }, sizeKb(i));
    const wrong = new Tally();
    await fill({ tally: wrong, disks, program }, sizeKb(1), 'fullIsFine');
    const detail = `lost ${wrong.lost} of ${wrong.acknowledged}; ${wrong.codesText}`;
    const name = 'a writer that takes ENOSPC for written';
    const figures = `tmpfs of ${sizeKb(0)} to ${sizeKb(sizes - 1)} KiB`;
    return tally.outcome([{ name, caught: wrong.lost > 0, detail }], figures);
  } finally {
    disks.close();
  }
}

export const DISK_FULL: FaultCase = {
  id: 'F07',
  title: 'Disk full at an arbitrary size',
  method: 'a tmpfs of 20 sizes, made larger before the log is opened again',
  expected:
    'the writer ends with WAL_POISONED that names ENOSPC and the call, refuses everything after, ' +
    'and the log opens again with all that was acknowledged',
  needs: ['linux', 'root', 'tmpfs'],
  injectedMin: 20,
  slice: true,
  run,
};
