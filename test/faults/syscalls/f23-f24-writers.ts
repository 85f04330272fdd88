/** F23, F24: many openers at once; a writer that is stopped, goes on, and is killed. */
import { join } from 'node:path';
import type { FaultCase, FaultContext, FaultOutcome } from '../lib/case.js';
import { bundle } from './bundle.js';
import { checkLog } from './check.js';
import { liveWriter } from './live-writer.js';
import type { WriterSpec } from './program/spec.js';
import { Tally } from './tally.js';

type Kind = 'flock' | 'file';

interface Race {
  readonly winners: number;
  readonly locked: number;
  readonly acknowledged: number;
}

/** Lets `n` waiting processes open the same log at once; the winner holds it until all tried. */
async function race(program: string, spec: WriterSpec, n: number): Promise<Race> {
  const openers = Array.from({ length: n }, () =>
    liveWriter(program, { ...spec, waitToOpen: true, hold: true }),
  );
  await Promise.all(openers.map((opener) => opener.until('R')));
  for (const opener of openers) opener.go();
  await Promise.all(openers.map((opener) => opener.until('O', 'E')));
  const told = await Promise.all(openers.map((opener) => opener.end()));
  return {
    winners: told.filter(({ opened }) => opened !== null).length,
    locked: told.filter(({ error }) => error?.code === 'WAL_LOCKED').length,
    acknowledged: Math.max(...told.map(({ acknowledged }) => acknowledged)),
  };
}

async function runRaces({ scale, scratch, say }: FaultContext): Promise<FaultOutcome> {
  const program = await bundle(scratch);
  const tally = new Tally();
  const full = scale === 'full';
  const openers = full ? 30 : 5;
  const kinds: readonly Kind[] = full ? ['flock', 'file'] : ['flock'];
  const rounds = full ? 5 : 1;
  const spec = { flushes: 4, rotateEvents: 6 };
  for (const lockKind of kinds) {
    const dir = join(scratch, lockKind);
    for (let round = 1; round <= rounds; round += 1) {
      const found = await race(program, { dir, ...spec, lockKind }, openers);
      const { winners, locked, acknowledged } = found;
      say(`${lockKind} ${round}: ${winners} of ${openers} opened, ${locked} were refused`);
      tally.injected += openers;
      tally.count('WAL_LOCKED', locked);
      tally.count('opened', winners);
      if (winners !== 1 || locked !== openers - 1) {
        tally.misclassify(`${lockKind} ${round}: ${JSON.stringify(found)} of ${openers}`);
      }
      const { lost, problems } = await checkLog(dir, acknowledged, lockKind);
      tally.lost += lost;
      tally.acknowledged += acknowledged;
      for (const problem of problems) tally.fail(`${lockKind} ${round}: ${problem}`);
    }
  }
  const dir = join(scratch, 'none');
  const free = await race(program, { dir, ...spec, wrong: 'noLock' }, 4);
  const caught = free.winners !== 1 || free.locked !== 3;
  const detail = `${free.winners} of 4 opened, ${free.locked} refused as locked`;
  tally.controls.push({ name: 'opens without a lock', caught, detail });
  return tally.finish(`${kinds.join(' and ')}: 1 of ${openers} opened, ${rounds} rounds each`);
}

export const F23: FaultCase = {
  id: 'F23',
  title: 'Many processes open one log at once',
  method: '30 waiting processes are let go together, 5 times for flock and for the file fallback',
  expected: 'Exactly one opens, 29 are refused with `WAL_LOCKED`, and the log verifies.',
  needs: ['linux', 'flock'],
  injectedMin: 300,
  slice: true,
  run: runRaces,
};

/** Opens a log that a stopped, continued, then killed process writes. */
async function zombie(program: string, spec: WriterSpec, tally: Tally): Promise<void> {
  const opener: WriterSpec = { ...spec, flushes: 3 };
  const place = `${spec.lockKind} lock`;
  const holder = liveWriter(program, { ...spec, flushes: 0 });
  await holder.acknowledges(5);
  holder.signal('SIGSTOP');
  const during = await liveWriter(program, opener).end();
  tally.injected += 1;
  tally.count(during.error?.code ?? 'opened');
  if (during.error?.code !== 'WAL_LOCKED') tally.misclassify(`${place}, holder stopped: opened`);
  const named = during.error?.message.includes(`pid ${holder.pid}`) === true;
  if (!named) tally.fail(`${place}: the refusal does not name pid ${holder.pid}`);
  holder.signal('SIGCONT');
  await holder.acknowledges(5);
  const killed = await holder.end('kill');
  tally.injected += 1;
  tally.checked(
    killed,
    await checkLog(spec.dir, killed.acknowledged, spec.lockKind),
    `${place}, after kill -9`,
  );
  const after = await liveWriter(program, opener).end();
  tally.checked(
    after,
    await checkLog(spec.dir, after.acknowledged, spec.lockKind),
    `${place}, opened again`,
  );
  if (!after.closed) tally.misclassify(`${place}, holder killed: ${after.lines.join(' / ')}`);
}

async function runZombies({ scale, scratch }: FaultContext): Promise<FaultOutcome> {
  const program = await bundle(scratch);
  const tally = new Tally();
  const kinds: readonly Kind[] = scale === 'full' ? ['flock', 'file'] : ['flock'];
  const rounds = scale === 'full' ? 10 : 1;
  for (const lockKind of kinds) {
    for (let round = 0; round < rounds; round += 1) {
      const dir = join(scratch, `${lockKind}-${round}`);
      await zombie(program, { dir, flushes: 0, rotateEvents: 12, lockKind }, tally);
    }
  }
  const control = new Tally();
  const dir = join(scratch, 'none');
  await zombie(program, { dir, flushes: 0, rotateEvents: 12, wrong: 'noLock' }, control);
  const { misclassified, failures } = control.finish('');
  const detail = `${misclassified} openings while the other one was stopped`;
  const caught = misclassified > 0 && failures.length > 0;
  tally.controls.push({ name: 'opens without a lock', caught, detail });
  return tally.finish(`${rounds} rounds of ${kinds.join(' and ')}: held, held, then free`);
}

export const F24: FaultCase = {
  id: 'F24',
  title: 'A writer that is stopped, goes on, and is killed',
  method: 'SIGSTOP, an opener; SIGCONT, more flushes; SIGKILL, an opener',
  expected: 'Refused with `WAL_LOCKED` and the holder named while it lives, then free at once.',
  needs: ['linux', 'flock'],
  injectedMin: 40,
  slice: true,
  run: runZombies,
};
