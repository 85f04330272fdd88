/** F08: writes that take fewer bytes than they were given, and writes that fail half-way. */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRng } from '../../../src/core/index.js';
import type { Control, FaultCase, FaultContext, FaultOutcome } from '../lib/case.js';
import { bundle } from './bundle.js';
import { checkLog, segmentHashes } from './check.js';
import type { WriterSpec } from './program/spec.js';
import { runWriter } from './run-writer.js';
import { Tally } from './tally.js';
import type { Told } from './told.js';

/** More writes than a run makes. */
const WRITES_MAX = 60;
const SPEC = { flushes: 12, rotateEvents: 9 };

/** Compiles the library that shortens writes for real: it writes fewer bytes and says so. */
function compileShim(dir: string): string {
  const source = fileURLToPath(new URL('./program/short-writes.c', import.meta.url));
  const library = join(dir, 'short-writes.so');
  execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
  return library;
}

interface Bench {
  readonly program: string;
  readonly library: string;
  readonly dir: string;
}

interface Shortening {
  readonly seed: number;
  /** The only write to shorten; 0 for all. */
  readonly failAt: number;
  /** How many writes after it fail with ENOSPC. */
  readonly fails?: number;
  readonly wrong?: WriterSpec['wrong'];
}

/** Runs the writer over shortened writes; returns what it told and how many were shortened. */
async function shortRun(
  { program, library, dir }: Bench,
  { seed, failAt, fails = 0, wrong }: Shortening,
): Promise<{ readonly told: Told; readonly shortened: number }> {
  rmSync(dir, { recursive: true, force: true });
  const count = `${dir}.count`;
  rmSync(count, { force: true });
  const spec = { dir, ...SPEC, ...(wrong === undefined ? {} : { wrong }) };
  const env = {
    LD_PRELOAD: library,
    SHORT_COUNT: count,
    SHORT_FAIL_AT: String(failAt),
    SHORT_FAILS: String(fails),
    SHORT_SEED: String(seed),
  };
  const told = await runWriter(program, spec, { env });
  return { told, shortened: existsSync(count) ? statSync(count).size : 0 };
}

/** Names of segments whose bytes differ from those of an undisturbed run. */
function differing(dir: string, expected: ReadonlyMap<string, string>): readonly string[] {
  const found = segmentHashes(dir);
  return [...new Set([...expected.keys(), ...found.keys()])].filter(
    (name) => expected.get(name) !== found.get(name),
  );
}

async function trustingControl(
  bench: Bench,
  expected: ReadonlyMap<string, string>,
): Promise<Control> {
  await shortRun(bench, { seed: 1, failAt: 2, fails: 1, wrong: 'short' });
  const wrong = differing(bench.dir, expected).length;
  const name = 'takes the count of a short write for all';
  return { name, caught: wrong > 0, detail: `${wrong} of ${expected.size} segments differ` };
}

async function run({ scale, scratch, seed }: FaultContext): Promise<FaultOutcome> {
  const program = await bundle(scratch);
  const bench = { program, library: compileShim(scratch), dir: join(scratch, 'log') };
  const tally = new Tally();
  const plain = join(scratch, 'plain');
  await runWriter(program, { dir: plain, ...SPEC });
  const expected = segmentHashes(plain);
  const rng = createRng(BigInt(seed), 8n);
  const full = scale === 'full';
  /** The bytes must be those of a run in which nothing was short. */
  const exact = async (how: Omit<Shortening, 'seed'>): Promise<boolean> => {
    const { told, shortened } = await shortRun(bench, { ...how, seed: rng.below(1e6) });
    if (shortened === 0) return false;
    tally.injected += shortened;
    const place = `short writes ${JSON.stringify(how)}`;
    const wrong = differing(bench.dir, expected);
    if (wrong.length > 0) tally.fail(`${place} changed ${wrong.join(', ')}`);
    tally.checked(told, await checkLog(bench.dir, told.acknowledged), place);
    return true;
  };
  for (let round = 0; round < (full ? 10 : 1); round += 1) await exact({ failAt: 0 });
  let counts = 0;
  while (counts < (full ? WRITES_MAX : 1) && (await exact({ failAt: counts + 1, fails: 1 }))) {
    counts += 1;
  }
  let torn = 0;
  for (let failAt = 1; failAt <= (full ? WRITES_MAX : 1); failAt += 1) {
    const how = { seed: rng.below(1e6), failAt, fails: WRITES_MAX };
    const { told, shortened } = await shortRun(bench, how);
    if (shortened === 0) break;
    tally.injected += shortened;
    torn += 1;
    const { code, posix, errno } = told.error ?? {};
    const named = (code === 'WAL_POISONED' || code === 'WAL_IO') && posix === 'ENOSPC';
    if (!named || errno !== -28) tally.misclassify(`write ${failAt}: ${told.lines.join(' / ')}`);
    tally.checked(told, await checkLog(bench.dir, told.acknowledged), `write ${failAt} torn`);
  }
  tally.controls.push(await trustingControl(bench, expected));
  return tally.finish(
    `${expected.size} segments byte for byte those of an undisturbed run, also after ${counts} ` +
      `partial counts; ${torn} writes torn by ENOSPC half-way`,
  );
}

export const F08: FaultCase = {
  id: 'F08',
  title: 'Short writes, and writes that fail half-way',
  method: 'a preloaded library shortens pwrite and performs it; or takes a part, then ENOSPC',
  expected:
    'The writer goes on after a short count and every segment has exactly the bytes of an ' +
    'undisturbed run; a write cut by an error poisons and leaves a torn tail that recovers.',
  needs: ['linux', 'gcc'],
  injectedMin: 200,
  slice: true,
  run,
};
