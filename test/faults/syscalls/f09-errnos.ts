/** F09: the other ways in which a disk says no, and the one that is no answer. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultCase, FaultContext, FaultOutcome } from '../lib/case.js';
import { bundle } from './bundle.js';
import { checkLog } from './check.js';
import { controlOf, failsWith } from './f02-f04-sweeps.js';
import { tornBase } from './f05-recovery.js';
import { runWriter } from './run-writer.js';
import { firstOf, onSecondSegment, type Site, type Sweep, sweepSites } from './sweep.js';
import { Tally } from './tally.js';

const SPEC = { flushes: 8, rotateEvents: 6 };
/** Node's name for each; libuv knows no EDQUOT. */
const REFUSALS: Readonly<Record<string, readonly string[]>> = {
  EAGAIN: ['EAGAIN'],
  EDQUOT: ['Unknown system error -122', 'UNKNOWN'],
  EFBIG: ['EFBIG'],
  EROFS: ['EROFS'],
};
const NUMBERS: Readonly<Record<string, number>> = {
  EAGAIN: -11,
  EDQUOT: -122,
  EFBIG: -27,
  EROFS: -30,
};
const REFUSED = new Set(['fdatasync', 'fsync', 'link', 'openat', 'pwrite64']);
/** Calls that a signal can interrupt; libuv makes them again. */
const INTERRUPTED = new Set(['fdatasync', 'fsync', 'openat', 'pwrite64', 'read', 'pread64']);

const completes: Sweep['judge'] = ({ closed, lines }) =>
  closed ? null : `an interrupted call was noticed: ${lines.join(' / ')}`;

function refused(errno: string): Sweep['judge'] {
  const named = failsWith(...(REFUSALS[errno] ?? []));
  return (told, site) => {
    const found = told.error?.errno;
    if (found !== NUMBERS[errno]) return `errno ${found}, injected was ${NUMBERS[errno]}`;
    return named(told, site);
  };
}

/** A file-size limit of the process: SIGXFSZ is ignored by node's shell here, so EFBIG is seen. */
async function fileSizeLimit(program: string, dir: string, tally: Tally): Promise<void> {
  const shell = 'trap \'\' XFSZ; ulimit -f 4; exec "$0" "$@"';
  const under = ['bash', '-c', shell];
  const told = await runWriter(program, { dir, flushes: 60, rotateEvents: 1_000 }, { under });
  const { code, posix, errno, syscall } = told.error ?? {};
  tally.injected += 1;
  if (code !== 'WAL_POISONED' || posix !== 'EFBIG' || errno !== -27 || syscall !== 'write') {
    tally.misclassify(`ulimit -f: ${told.lines.slice(-2).join(' / ')}`);
  }
  tally.checked(told, await checkLog(dir, told.acknowledged), 'ulimit -f');
}

/** A log on a mount that is read-only. */
async function readOnlyMount(program: string, dir: string, tally: Tally): Promise<boolean> {
  const spec = { dir, flushes: 4, rotateEvents: 6 };
  const before = await runWriter(program, spec);
  const mount = (...args: readonly string[]): boolean =>
    spawnSync('mount', args, { stdio: 'ignore' }).status === 0;
  if (!mount('--bind', dir, dir)) return false;
  try {
    if (!mount('-o', 'remount,ro,bind', dir)) return false;
    const told = await runWriter(program, spec);
    const { code, posix, errno } = told.error ?? {};
    tally.injected += 1;
    if (code !== 'WAL_IO' || posix !== 'EROFS' || errno !== -30) {
      tally.misclassify(`read-only mount: ${told.lines.join(' / ')}`);
    }
    tally.count('WAL_IO');
  } finally {
    spawnSync('umount', [dir], { stdio: 'ignore' });
  }
  tally.checked(before, await checkLog(dir, before.acknowledged), 'after the read-only mount');
  return true;
}

async function run({ scale, scratch, say }: FaultContext): Promise<FaultOutcome> {
  const program = await bundle(scratch);
  const tally = new Tally();
  const full = scale === 'full';
  const sweep = { program, dir: scratch, spec: SPEC };
  const choose = (calls: ReadonlySet<string>): ((site: Site) => boolean) => {
    const of = ({ syscall }: Site): boolean => calls.has(syscall);
    return full ? of : firstOf(1, (site) => of(site) && onSecondSegment(site));
  };
  const errnos = full ? Object.keys(REFUSALS) : ['EDQUOT'];
  for (const errno of errnos) {
    // The lock's helper, and what reads the folder, are F03's.
    const what = `error=${errno}`;
    const at = choose(REFUSED);
    await sweepSites({ ...sweep, what, choose: at, judge: refused(errno) }, tally, say);
  }
  const eintr = {
    ...sweep,
    what: 'error=EINTR',
    choose: choose(INTERRUPTED),
    judge: completes,
    goesOn: true,
  };
  if (full) await sweepSites(eintr, tally, say);
  if (full) {
    // A new log has no segment to read.
    const base = await tornBase(program, scratch);
    const reads = ({ syscall }: Site): boolean => syscall === 'read' || syscall === 'pread64';
    await sweepSites({ ...eintr, base, choose: reads }, tally, say);
  }
  const limited = join(scratch, 'limited');
  mkdirSync(join(scratch, 'ro'));
  if (full) await fileSizeLimit(program, limited, tally);
  const mounted = full && (await readOnlyMount(program, join(scratch, 'ro', 'log'), tally));
  tally.controls.push(
    await controlOf('goes on after EAGAIN', {
      ...sweep,
      wrong: 'retry',
      what: 'error=EAGAIN',
      judge: refused('EAGAIN'),
      at: firstOf(1, (site) => site.syscall === 'pwrite64' && onSecondSegment(site)),
    }),
  );
  const ro = mounted ? 'and by a read-only mount' : 'no read-only mount here';
  return tally.finish(`${errnos.join(', ')} refused exactly, EINTR unseen; EFBIG by ulimit, ${ro}`);
}

export const F09: FaultCase = {
  id: 'F09',
  title: 'EFBIG, EDQUOT, EROFS, EAGAIN, EINTR',
  method: 'strace `inject=…:error=…:when=i`; `ulimit -f`; a read-only bind mount',
  expected:
    'The error has the exact number and call (libuv knows EDQUOT by its number only, -122); EINTR is unseen.',
  needs: ['linux', 'strace', 'flock', 'root'],
  injectedMin: 200,
  slice: true,
  run,
};
