/** F34: files that can not be opened: too many, not allowed, made immutable. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultCase, FaultContext, FaultOutcome } from '../lib/case.js';
import { bundle } from './bundle.js';
import { checkLog } from './check.js';
import { controlOf, failsWith } from './f02-f04-sweeps.js';
import type { WriterSpec } from './program/spec.js';
import { type RunOptions, runWriter } from './run-writer.js';
import { firstOf, type Site, sweepSites } from './sweep.js';
import { Tally } from './tally.js';

const SPEC = { flushes: 8, rotateEvents: 6 };
const NOBODY = '65534';

const attribute = (flag: '+i' | '-i', ...paths: readonly string[]): boolean =>
  spawnSync('chattr', [flag, ...paths], { stdio: 'ignore' }).status === 0;

interface Refusal {
  readonly code: string;
  readonly posix: string;
  readonly syscall: string;
}

/** Runs the writer where it must be refused, and again where it must not. */
async function refusedFor(
  program: string,
  spec: WriterSpec,
  { expected, options, tally }: { expected: Refusal; options?: RunOptions; tally: Tally },
): Promise<void> {
  const told = await runWriter(program, spec, options);
  tally.injected += 1;
  const { code, posix, syscall } = told.error ?? {};
  if (code !== expected.code || posix !== expected.posix || syscall !== expected.syscall) {
    tally.misclassify(`expected ${JSON.stringify(expected)}: ${told.lines.join(' / ')}`);
  }
  tally.count(`${code} ${posix}`);
}

/** A folder made immutable before opening: not even the owner of the machine may write there. */
async function immutable(program: string, scratch: string, tally: Tally): Promise<boolean> {
  const dir = join(scratch, 'immutable');
  const spec = { dir, flushes: 4, rotateEvents: 6 };
  const before = await runWriter(program, spec);
  if (!attribute('+i', dir)) return false;
  try {
    const expected = { code: 'WAL_IO', posix: 'EPERM', syscall: 'unlink' };
    // The lock file is there already, so the first refusal is what recovery writes.
    await refusedFor(program, spec, { expected: { ...expected, syscall: 'open' }, tally });
  } finally {
    attribute('-i', dir);
  }
  tally.checked(before, await checkLog(dir, before.acknowledged), 'after chattr +i');
  return true;
}

/** A folder of somebody else, opened by a user who may not. */
async function foreign(program: string, scratch: string, tally: Tally): Promise<void> {
  const dir = join(scratch, 'foreign', 'log');
  const spec = { dir, flushes: 4, rotateEvents: 6 };
  mkdirSync(join(scratch, 'foreign'));
  const before = await runWriter(program, spec);
  chmodSync(scratch, 0o755);
  chmodSync(join(scratch, 'foreign'), 0o755);
  const user = ['setpriv', '--reuid', NOBODY, '--regid', NOBODY, '--clear-groups'];
  const options = { under: user };
  const syscall = 'open';
  chmodSync(dir, 0o755);
  const expected = { code: 'WAL_IO', posix: 'EACCES', syscall };
  await refusedFor(program, spec, { expected, options, tally });
  chmodSync(join(scratch, 'foreign'), 0o750);
  await refusedFor(program, spec, {
    expected: { ...expected, syscall: 'mkdir' },
    options,
    tally,
  });
  tally.checked(before, await checkLog(dir, before.acknowledged), 'after another user');
}

async function run({ scale, scratch, say }: FaultContext): Promise<FaultOutcome> {
  const program = await bundle(scratch);
  const tally = new Tally();
  const full = scale === 'full';
  const sweep = { program, dir: scratch, spec: SPEC };
  const opens = ({ syscall }: Site): boolean => syscall === 'openat';
  const creates = (site: Site): boolean => opens(site) && site.text.includes('/00000002-');
  const choose = full ? opens : firstOf(1, creates);
  for (const errno of full ? ['EMFILE', 'ENFILE', 'EACCES', 'EPERM', 'ELOOP'] : ['EMFILE']) {
    const judge = failsWith(errno);
    await sweepSites({ ...sweep, what: `error=${errno}`, choose, judge }, tally, say);
  }
  await foreign(program, scratch, tally);
  const done = full && (await immutable(program, scratch, tally));
  tally.controls.push(
    await controlOf('opens again after EMFILE', {
      ...{ ...sweep, wrong: 'retry', what: 'error=EMFILE', judge: failsWith('EMFILE') },
      at: firstOf(1, creates),
    }),
  );
  return tally.finish(
    `every open refused in turn; a user without rights; ${done ? '' : 'no '}chattr +i on the folder`,
  );
}

export const F34: FaultCase = {
  id: 'F34',
  title: 'EMFILE, ENFILE, EACCES, EPERM, ELOOP on open',
  method: 'strace `inject=openat:error=…:when=i`; another user; `chattr +i`',
  expected: 'Opening fails, or the writer is poisoned, with the exact errno and call.',
  needs: ['linux', 'strace', 'flock', 'root'],
  injectedMin: 60,
  slice: true,
  run,
};
