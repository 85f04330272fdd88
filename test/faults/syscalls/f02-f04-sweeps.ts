/** F02 to F04: a kill, EIO or ENOSPC at every system call of opening, flushing, closing. */
import type { Control, FaultCase, FaultContext, FaultOutcome } from '../lib/case.js';
import { bundle } from './bundle.js';
import { wrongError } from './expect-error.js';
import type { WrongWriter } from './program/spec.js';
import { firstOf, onSecondSegment, type Site, type Sweep, sweepSites } from './sweep.js';
import { Tally } from './tally.js';

const SPEC = { flushes: 8, rotateEvents: 6 };

/** Calls that can find the disk full. */
const TAKING_SPACE = new Set([
  ...['chmod', 'close', 'fdatasync', 'fsync', 'ftruncate', 'link', 'mkdir', 'openat', 'pwrite64'],
  ...['rename', 'unlink', 'write'],
]);

/** The process dies; only at the call of `flock(1)` it is that helper which does. */
export const killed: Sweep['judge'] = ({ signal, error }, { syscall }) => {
  if (syscall === 'flock')
    return error?.code === 'WAL_IO' ? null : `the helper's death: ${error?.code}`;
  return signal === 'SIGKILL' ? null : `ended by ${signal ?? 'itself'}`;
};

/** The run must end with one of `errnos` in an error of the right class. */
export const failsWith =
  (...errnos: readonly string[]): Sweep['judge'] =>
  (told, site) =>
    wrongError(told, site, ...errnos);

/** The same sweep over a writer made wrong, at some calls of one kind; it must not hold. */
export async function controlOf(
  name: string,
  sweep: Sweep & { readonly wrong: WrongWriter; readonly at: (site: Site) => boolean },
): Promise<Control> {
  const { wrong, at, ...rest } = sweep;
  const tally = new Tally();
  await sweepSites({ ...rest, spec: { ...rest.spec, wrong }, choose: at }, tally, () => undefined);
  const { lost, misclassified, failures } = tally.finish('');
  const detail = `${tally.injected} injected, ${lost} lost, ${misclassified} wrong answers, ${
    failures.length
  } complaints`;
  return { name, caught: lost + misclassified > 0 && failures.length > 0, detail };
}

interface Row {
  readonly what: string;
  readonly judge: Sweep['judge'];
  readonly applies?: (site: Site) => boolean;
  /** One more call that the slice takes. */
  readonly slice?: (site: Site) => boolean;
  readonly control: { readonly name: string; readonly wrong: WrongWriter };
}

/** How many of the calls the slice takes. */
const SLICE_SITES = 2;

async function run(context: FaultContext, row: Row): Promise<FaultOutcome> {
  const { scale, scratch, say } = context;
  const program = await bundle(scratch);
  const tally = new Tally();
  const sweep = { program, dir: scratch, spec: SPEC, what: row.what, judge: row.judge };
  const applies = row.applies ?? (() => true);
  const first = firstOf(SLICE_SITES, (site) => onSecondSegment(site) && applies(site));
  const other = firstOf(1, row.slice ?? (() => false));
  const slice = (site: Site): boolean => first(site) || other(site);
  const choose = scale === 'full' ? applies : slice;
  const sites = await sweepSites({ ...sweep, choose }, tally, say);
  const { name, wrong } = row.control;
  tally.controls.push(await controlOf(name, { ...sweep, wrong, at: firstOf(1, isWrite) }));
  return tally.finish(`at ${sites} calls of open, ${SPEC.flushes} flushes, rotations, close`);
}

const isWrite = (site: Site): boolean => site.syscall === 'pwrite64' && onSecondSegment(site);

const needs = ['linux', 'strace', 'flock'] as const;

export const F02: FaultCase = {
  id: 'F02',
  title: 'SIGKILL at every system call of the writer',
  method: 'strace `inject=…:signal=KILL:when=i`, each call on the log, its folder and its lock',
  expected:
    'Nothing acknowledged is lost; the log reopens, verifies and reads back as it was written.',
  needs,
  injectedMin: 80,
  slice: true,
  run: (context) =>
    run(context, {
      what: 'signal=KILL',
      judge: killed,
      control: { name: 'acknowledges before it writes', wrong: 'early' },
    }),
};

const retry = (errno: string) => ({ name: `goes on after ${errno}`, wrong: 'retry' }) as const;

export const F03: FaultCase = {
  id: 'F03',
  title: 'EIO from every system call of the writer',
  method: 'strace `inject=…:error=EIO:when=i`, each call on the log, its folder and its lock',
  expected:
    'The writer is poisoned, or opening fails, naming errno and call; no changing call on the log ' +
    'follows; nothing acknowledged is lost; nothing goes uncaught.',
  needs,
  injectedMin: 80,
  slice: true,
  run: (context) =>
    run(context, {
      what: 'error=EIO',
      judge: failsWith('EIO'),
      // A lock file that can not be read may name a holder.
      slice: ({ syscall, text }) => syscall === 'pread64' && text.includes('/LOCK>'),
      control: retry('EIO'),
    }),
};

export const F04: FaultCase = {
  id: 'F04',
  title: 'ENOSPC from every system call that can need space',
  method: 'strace `inject=…:error=ENOSPC:when=i`',
  expected: 'As F03.',
  needs,
  injectedMin: 60,
  slice: true,
  run: (context) =>
    run(context, {
      what: 'error=ENOSPC',
      judge: failsWith('ENOSPC'),
      applies: ({ syscall }) => TAKING_SPACE.has(syscall),
      control: retry('ENOSPC'),
    }),
};
