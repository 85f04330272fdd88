/** F35: a replay gives the same trace hash on a busy machine, with little memory, anywhere. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeRunConfig } from '../../acceptance/lib/run-config.js';
import type { Control, FaultCase, FaultContext, FaultOutcome } from '../lib/case.js';
import { Tally } from './tally.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MAIN = join(ROOT, 'dist/cli/main.js');
const STRATEGY = join(ROOT, 'dist/examples/imbalance.js');
const ZONES = ['UTC', 'Asia/Kolkata', 'America/New_York', 'Pacific/Chatham', 'Europe/London'];
const LANGUAGES = ['C', 'tr_TR.UTF-8', 'hi_IN.UTF-8', 'de_DE.UTF-8', 'ar_EG.UTF-8'];

interface Answer {
  readonly code: number | null;
  readonly traceHash: string;
  readonly kind: string;
}

interface Place {
  readonly env?: Readonly<Record<string, string>>;
  readonly heapMb?: number;
}

/** One command of the built package. */
function quantlaxmi(args: readonly string[], { env = {}, heapMb = 0 }: Place = {}): Answer {
  const node = heapMb === 0 ? [] : [`--max-old-space-size=${heapMb}`];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...node, MAIN, ...args, '--json'],
    { encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 2 ** 28 },
  );
  if (stdout === '') return { code: status, traceHash: '', kind: stderr.trim() };
  const { traceHash, divergence } = JSON.parse(stdout) as {
    readonly traceHash?: string | { readonly replayed: string };
    readonly divergence?: { readonly class: string };
  };
  const hash = typeof traceHash === 'object' ? traceHash.replayed : (traceHash ?? '');
  return { code: status, traceHash: hash, kind: divergence?.class ?? '' };
}

/** Captures the bundled recording and runs a strategy on it. */
function record(scratch: string, name: string, strategy: string): { run: string; hash: string } {
  const session = join(scratch, name);
  const from = join(ROOT, 'fixtures/demo/usdm_20240809.raw.jsonl');
  const info = join(ROOT, 'fixtures/demo/usdm_exchange_info.json');
  quantlaxmi([
    ...['capture', 'binance', '--market', 'usdm', '--from', from, '--exchange-info', info],
    ...['--out', session],
  ]);
  const run = join(session, 'runs', 'r1');
  const config = writeRunConfig(join(scratch, `${name}.json`));
  const { traceHash, kind } = quantlaxmi([
    ...['paper', '--session', session, '--strategy', strategy, '--config', config],
    ...['--out', run, '--seed', '42'],
  ]);
  if (traceHash === '') throw new Error(`the run was not recorded: ${kind}`);
  return { run, hash: traceHash };
}

/** A strategy whose threshold hangs on the clock; installed beside the one it is made of. */
function clockReader(scratch: string): Control {
  const source = readFileSync(STRATEGY, 'utf8');
  const wobble = '< ctx.config.enterPpm + Number(process.hrtime.bigint() % 400000n)';
  const changed = source.replace('< ctx.config.enterPpm', wobble);
  const installed = STRATEGY.replace(/imbalance\.js$/, `imbalance-clock-${process.pid}.js`);
  writeFileSync(installed, changed);
  try {
    const { run, hash } = record(scratch, 'clock', installed);
    const { code, traceHash, kind } = quantlaxmi(['replay', run]);
    const caught = changed !== source && code === 3 && traceHash !== hash;
    return { name: 'a strategy that reads the clock', caught, detail: `exit ${code}, ${kind}` };
  } finally {
    rmSync(installed);
  }
}

function run({ scratch }: FaultContext): Promise<FaultOutcome> {
  const tally = new Tally();
  const { run: recorded, hash } = record(scratch, 'session', STRATEGY);
  const stress = spawn('stress', ['-c', '2', '-i', '1', '-m', '1', '--vm-bytes', '64M'], {
    stdio: 'ignore',
    detached: true,
  });
  try {
    for (let i = 0; i < 10; i += 1) {
      const lang = LANGUAGES[i % 5] as string;
      const env = { TZ: ZONES[(i * 2) % 5] as string, LANG: lang, LC_ALL: lang };
      const { code, traceHash, kind } = quantlaxmi(['replay', recorded], {
        env,
        heapMb: 64 + 16 * i,
      });
      tally.injected += 1;
      tally.count(traceHash === hash ? 'equal' : 'different');
      if (code !== 0 || traceHash !== hash) {
        tally.misclassify(`replay ${i}: exit ${code}, ${traceHash} ${kind}, recorded ${hash}`);
      }
    }
  } finally {
    // The whole group: stress has children of its own.
    process.kill(-(stress.pid as number), 'SIGKILL');
  }
  tally.controls.push(clockReader(scratch));
  return Promise.resolve(tally.finish('10 replays; heaps of 64 to 208 MB, 5 zones, 5 languages'));
}

export const F35: FaultCase = {
  id: 'F35',
  title: 'Replay on a busy machine, with little memory, in other places',
  method: '`stress` beside it, `--max-old-space-size`, TZ, LANG; the built command, 10 times',
  expected: 'The trace hash is the recorded one, 10 times of 10.',
  needs: ['linux', 'stress'],
  injectedMin: 10,
  slice: false,
  run,
};
