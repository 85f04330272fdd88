/** F26: the wall clock jumps by an hour and by 30 days while a process records. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRng } from '../../../src/core/index.js';
import type { Control, FaultCase, FaultContext, FaultOutcome } from '../lib/case.js';
import { bundle } from './bundle.js';
import { clockProblems } from './clock-check.js';
import { fakeClock } from './fake-clock.js';
import { liveWriter } from './live-writer.js';
import type { ClockedSpec, Decided, DecideSpec } from './program/clocked-spec.js';
import { Tally } from './tally.js';
import type { Told } from './told.js';

const HOUR = 3_600;
const MONTH = 30 * 86_400;
/** Offsets of the wall clock in turn, s: back and forth, then ahead and back. */
const OFFSETS: readonly number[] = [-HOUR, 0, MONTH, 0];
const OTHERS: readonly number[] = [-MONTH, -HOUR, -10, 0, 10, HOUR, 86_400, MONTH];
const FLUSHES_BETWEEN = 3;

interface Programs {
  readonly clocked: string;
  readonly decide: string;
  readonly scratch: string;
}

/** Both in a package of their own, which sessions and runs name as their code. */
async function programsIn(scratch: string): Promise<Programs> {
  const dir = join(scratch, 'package');
  mkdirSync(dir);
  writeFileSync(join(dir, 'package.json'), '{"name":"clocked","version":"1.0.0"}');
  const [clocked, decides] = await Promise.all([bundle(dir, 'clocked'), bundle(dir, 'decide')]);
  return { clocked, decide: decides, scratch };
}

const jumpsOf = (offsets: readonly number[]): readonly number[] =>
  offsets.map((offset, i) => offset - (offsets[i - 1] ?? 0));

/** Records a session while the wall clock goes through `offsets`. */
async function record(
  { clocked, scratch }: Programs,
  { dir, wrong }: ClockedSpec,
  offsets: readonly number[],
): Promise<Told> {
  const clock = fakeClock(join(scratch, 'clock'));
  const spec = wrong === undefined ? { dir } : { dir, wrong };
  const writer = liveWriter(clocked, spec, clock.env);
  await writer.acknowledges(FLUSHES_BETWEEN);
  for (const offset of offsets) {
    clock.set(offset);
    await writer.acknowledges(FLUSHES_BETWEEN);
  }
  return writer.end();
}

/** Decides over the session in a process whose wall clock is off by so many seconds. */
function decide({ decide: program, scratch }: Programs, spec: DecideSpec, offset: number): Decided {
  const { env } = fakeClock(join(scratch, 'clock-of-decisions'), offset);
  const { stdout, stderr } = spawnSync(process.execPath, [program, JSON.stringify(spec)], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (!stdout.startsWith('T ')) throw new Error(`no decisions: ${stderr.trim().slice(-400)}`);
  return JSON.parse(stdout.slice(2)) as Decided;
}

/** The decisions over one session must not hang on the clock; their count. */
function sameDecisions(programs: Programs, dir: string, tally: Tally): number {
  const spec = { session: dir, run: `${dir}-run`, replay: false };
  const made = decide(programs, spec, 0);
  for (const offset of [-HOUR, MONTH]) {
    const { traceHash, equal } = decide(programs, { ...spec, replay: true }, offset);
    const same = equal && traceHash === made.traceHash;
    tally.count(same ? 'replayed equal' : 'replayed different');
    if (!same) tally.misclassify(`replay at ${offset} s: ${traceHash}, was ${made.traceHash}`);
  }
  if (made.decisions === 0) tally.fail('the run decided nothing');
  return made.decisions;
}

async function recordingControl(
  programs: Programs,
  wrong: 'silent' | 'wall',
  name: string,
): Promise<Control> {
  const dir = join(programs.scratch, wrong);
  const told = await record(programs, { dir, wrong }, OFFSETS);
  if (told.error !== null) {
    const { code = '', message } = told.error;
    return { name, caught: code === 'WAL_RX_ORDER', detail: `${code}: ${message.slice(0, 120)}` };
  }
  const problems = await clockProblems(dir, jumpsOf(OFFSETS));
  return { name, caught: problems.length > 0, detail: problems[0] ?? 'nothing was noticed' };
}

/** A strategy that asks the wall clock, replayed when that is a month on. */
function decidingControl(programs: Programs, session: string): Control {
  const turnsAtMs = Date.now() + (MONTH / 2) * 1_000;
  const spec = { session, run: join(programs.scratch, 'asks'), replay: false, turnsAtMs };
  const made = decide(programs, spec, 0);
  const { traceHash, equal } = decide(programs, { ...spec, replay: true }, MONTH);
  const caught = !equal && traceHash !== made.traceHash;
  return { name: 'a strategy that reads the clock', caught, detail: 'another trace hash' };
}

async function run({ scale, scratch, seed, say }: FaultContext): Promise<FaultOutcome> {
  const programs = await programsIn(scratch);
  const rng = createRng(BigInt(seed), 26n);
  const tally = new Tally();
  const rounds = scale === 'full' ? 20 : 1;
  let decisions = 0;
  for (let round = 0; round < rounds; round += 1) {
    const dir = join(scratch, `session-${round}`);
    let offsets = OFFSETS;
    if (round > 0) {
      const drawn = Array.from({ length: 6 }, () => OTHERS[rng.below(OTHERS.length)] as number);
      offsets = drawn.filter((offset, i) => offset !== (drawn[i - 1] ?? 0));
    }
    const told = await record(programs, { dir }, offsets);
    tally.injected += offsets.length;
    tally.acknowledged += told.acknowledged;
    const place = `round ${round}, offsets ${offsets.join(', ')} s`;
    if (!told.closed) {
      tally.fail(`${place}: ${told.lines.slice(-2).join(' / ')}`);
      continue;
    }
    const problems = await clockProblems(dir, jumpsOf(offsets));
    for (const problem of problems) tally.misclassify(`${place}: ${problem}`);
    tally.count('clock facts', offsets.length);
    decisions += sameDecisions(programs, dir, tally);
    if (round % 5 === 4) say(`${round + 1} sessions, ${tally.injected} jumps`);
  }
  const wall = 'receive times of the wall clock';
  tally.controls.push(await recordingControl(programs, 'wall', wall));
  if (scale === 'full') {
    tally.controls.push(
      await recordingControl(programs, 'silent', 'nothing said of a jump'),
      decidingControl(programs, join(scratch, 'session-0')),
    );
  }
  return tally.finish(
    `${rounds} sessions, ${decisions} decisions; each run replayed 1 h back and 30 d ahead`,
  );
}

export const F26: FaultCase = {
  id: 'F26',
  title: 'The wall clock jumps while a process records',
  method: 'libfaketime moves it by −1 h, +30 d and more between flushes; the monotonic one stays',
  expected:
    'Records keep their order, receive times never step back, each jump has its `clock` fact, ' +
    'the session verifies, and replays under other clocks give the same trace hash.',
  needs: ['linux', 'faketime'],
  injectedMin: 60,
  slice: true,
  run,
};
