/** F01: kill -9 at random times, over one log, and through `quantlaxmi capture`. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRng } from '../../../src/core/index.js';
import type { Event } from '../../../src/events/index.js';
import { fileStore, nodeSha256, resumeSession } from '../../../src/node/index.js';
import { readWal, verifyWal } from '../../../src/wal/index.js';
import type { Control, FaultCase, FaultContext, FaultOutcome } from '../lib/case.js';
import { bundle } from './bundle.js';
import { checkLog } from './check.js';
import type { WriterSpec } from './program/spec.js';
import { runWriter } from './run-writer.js';
import { Tally } from './tally.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const ACKS_MAX = 24;
const DELAY_MS_MAX = 6;
/** Every check reads the whole log, which grows by each round. */
const KILLS_PER_LOG = 20;

type Rng = ReturnType<typeof createRng>;

/** One writer, killed a random while after a random acknowledgement. */
async function killOnce(program: string, spec: WriterSpec, rng: Rng, tally: Tally) {
  const acks = 1 + rng.below(ACKS_MAX);
  const delayMs = rng.below(DELAY_MS_MAX);
  const told = await runWriter(program, spec, {
    killWhen: (lines) =>
      lines.filter((line) => line.startsWith('A ')).length >= acks ? delayMs : false,
  });
  if (told.signal === 'SIGKILL') tally.injected += 1;
  const check = await checkLog(spec.dir, told.acknowledged);
  tally.checked(told, check, `killed ${delayMs} ms after ${acks} acknowledgements`);
}

const captureArgs = (out: string): readonly string[] => [
  join(ROOT, 'dist/cli/main.js'),
  ...['capture', 'binance', '--market', 'usdm', '--out', out, '--ack'],
  ...['--from', join(ROOT, 'fixtures/demo/usdm_20240809.raw.jsonl')],
  ...['--exchange-info', join(ROOT, 'fixtures/demo/usdm_exchange_info.json')],
];

/** Captures, killed after `killAt` acknowledgements or never; the last `seq` acknowledged. */
async function capture(
  out: string,
  { killAt, delayMs }: { readonly killAt: number; readonly delayMs: number },
): Promise<{ readonly acknowledged: number; readonly killed: boolean }> {
  const child = spawn(process.execPath, captureArgs(out), { stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  let seen = 0;
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const acks = text.split('\n').filter((line) => line.startsWith('A ')).length;
    if (seen < killAt && acks >= killAt) setTimeout(() => child.kill('SIGKILL'), delayMs);
    seen = acks;
  });
  const signal = await new Promise((resolve) => child.on('close', (_, by) => resolve(by)));
  const acks = text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('A '));
  return { acknowledged: Number(acks.at(-1)?.slice(2) ?? 0), killed: signal === 'SIGKILL' };
}

async function eventsOf(session: string): Promise<readonly Event[]> {
  const store = fileStore(join(session, 'wal'));
  const events: Event[] = [];
  for await (const batch of readWal(store, { hasher: nodeSha256 })) events.push(...batch);
  return events;
}

/** Where `found` leaves the capture that was not killed; its own recovery facts are skipped. */
function leaves(found: readonly Event[], whole: readonly Event[]): number | null {
  const kept = found.filter(({ t, src }) => !(t === 'Session' && src === 'WAL'));
  // A session names itself in its first fact.
  const text = (event: Event | undefined): string =>
    JSON.stringify(event, (key, value: unknown) => (key === 'sessionId' ? '' : value)) ?? '';
  const at = kept.findIndex((event, i) => text(event) !== text(whole[i]));
  return at < 0 ? null : at + 1;
}

async function killCaptures(rounds: number, context: FaultContext, rng: Rng, tally: Tally) {
  const whole = join(context.scratch, 'whole');
  await capture(whole, { killAt: Number.POSITIVE_INFINITY, delayMs: 0 });
  const expected = await eventsOf(whole);
  for (let round = 0; round < rounds; round += 1) {
    const out = join(context.scratch, `capture-${round}`);
    const how = { killAt: 1 + rng.below(8), delayMs: rng.below(DELAY_MS_MAX) };
    const place = `capture killed ${how.delayMs} ms after ${how.killAt} acknowledgements`;
    const { acknowledged, killed } = await capture(out, how);
    if (killed) {
      tally.injected += 1;
      await (await resumeSession(out, { policy: { kind: 'always' } })).seal();
    }
    const events = await eventsOf(out);
    const verified = await verifyWal(fileStore(join(out, 'wal')), { hasher: nodeSha256 });
    for (const { message } of verified.problems) tally.fail(`${place}: ${message}`);
    const recovered = events.filter(({ src }) => src !== 'WAL').length;
    tally.acknowledged += acknowledged;
    tally.lost += Math.max(0, acknowledged - recovered);
    const at = leaves(events, expected);
    if (at !== null) tally.fail(`${place}: seq ${at} is not what an uncut capture has there`);
    tally.count(killed ? 'capture killed' : 'capture done first');
    rmSync(out, { recursive: true });
  }
}

/** A writer that acknowledges before it writes; each round on a log of its own. */
async function earlyControl(context: FaultContext, program: string, rng: Rng): Promise<Control> {
  const tally = new Tally();
  for (let round = 0; round < 3; round += 1) {
    const dir = join(context.scratch, `early-${round}`);
    await killOnce(program, { dir, flushes: 0, rotateEvents: 400, wrong: 'early' }, rng, tally);
  }
  const name = 'acknowledges before it writes';
  return { name, caught: tally.lost > 0, detail: `${tally.lost} lost in 3 kills` };
}

async function run(context: FaultContext): Promise<FaultOutcome> {
  const { scale, scratch, seed, say } = context;
  const program = await bundle(scratch);
  const rng = createRng(BigInt(seed), 1n);
  const tally = new Tally();
  const rounds = scale === 'full' ? 200 : 2;
  for (let round = 1; round <= rounds; round += 1) {
    const dir = join(scratch, `log-${Math.ceil(round / KILLS_PER_LOG)}`);
    await killOnce(program, { dir, flushes: 0, rotateEvents: 16 }, rng, tally);
    if (round % 50 === 0) say(`${round} kills, ${tally.acknowledged} acknowledged`);
  }
  const captures = scale === 'full' ? 40 : 0;
  if (captures > 0) await killCaptures(captures, context, rng, tally);
  tally.controls.push(await earlyControl(context, program, rng));
  return tally.finish(
    `${rounds} kills, ${KILLS_PER_LOG} over each log; ${captures} captures of a recording`,
  );
}

export const F01: FaultCase = {
  id: 'F01',
  title: 'kill -9 at random times',
  method: 'SIGKILL up to 6 ms after a random acknowledgement, 20 times over a log; 40 in captures',
  expected:
    'Nothing acknowledged is lost; batches are whole; a cut capture is a beginning of an uncut one.',
  needs: ['linux'],
  injectedMin: 200,
  slice: true,
  run,
};
