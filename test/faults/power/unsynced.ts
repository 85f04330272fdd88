/** F13: the power fails, and what was not synced is gone, wholly or in part, names included. */
import { closeSync, cpSync, fsyncSync, openSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileStore } from 'quantlaxmi/node';
import type { FaultCase, FaultContext } from '../lib/case.js';
import { type ForgetfulSetting, onForgetfulDisk } from './lib/forgetful-case.js';
import { choices, Tally } from './lib/tally.js';
import type { WrongLog } from './program/spec.js';

const ROTATE_BYTES = 20_000;
const CUTS_PER_LOG = 10;
const POLICIES = [
  { kind: 'always' },
  { kind: 'always' },
  { kind: 'interval', ms: 5, bytes: 10_000 },
  { kind: 'os' },
] as const;

const ALWAYS = { kind: 'always' } as const;
/** Segments of about two batches, so that a short run rotates. */
const SWEEP_ROTATE_BYTES = 6_144;

interface Sweep {
  readonly seed: number;
  /** Cuts at each call: one that drops everything unsynced, the others a random choice. */
  readonly cuts: number;
  /** One call instead of all. */
  readonly only?: number;
}

const LIARS = ['noFolderSync', 'noSync'] as const;

interface Cycles {
  readonly count: number;
  readonly seed: number;
  readonly wrong?: WrongLog;
}

async function cycles(setting: ForgetfulSetting, tally: Tally, plan: Cycles): Promise<void> {
  const { count, seed, wrong } = plan;
  for (let round = 0; round < count; round += 1) {
    const choose = choices(seed, round);
    const cut = wrong !== undefined || round % 3 === 0 ? 'cut none' : `cut some ${choose(1, 1e9)}`;
    const log = wrong === undefined ? Math.floor(round / CUTS_PER_LOG) : round;
    const name = `wal-${wrong ?? 'honest'}-${log}`;
    const policy = POLICIES[wrong === undefined ? round % POLICIES.length : 0] ?? POLICIES[0];
    const spec = {
      policy,
      rotateBytes: ROTATE_BYTES,
      flushes: 0,
      durableEvery: policy.kind === 'always' ? 0 : 5,
      batches: choose(1, 3),
    };
    const writer = setting.write(name, wrong === undefined ? spec : { ...spec, wrong });
    await writer.acknowledgements(choose(1, 40));
    await writer.kill();
    setting.disk.command(cut);
    const where = `${policy.kind}, ${cut}, seed ${seed}, round ${round}`;
    if (writer.failure !== null) tally.fail(where, writer.failure.message);
    const found = await setting.check(name, writer.promised);
    tally.add(where, found, writer.promised - writer.opened);
  }
}

/** An unsealed log whose last write is torn: what a recovery has the most to do with. */
async function tornLog(setting: ForgetfulSetting, name: string): Promise<number> {
  const fault = `torn-op .wal.jsonl 7 3 1,3`;
  const spec = { policy: ALWAYS, rotateBytes: SWEEP_ROTATE_BYTES, flushes: 20 };
  const writer = await setting.strike(fault, name, spec);
  if (writer === null) throw new Error(`${fault} did not strike`);
  return writer.promised;
}

/**
 * The power fails before each call that changes or syncs something, from an opening that recovers
 * to an orderly close, with rotations between.
 */
async function sweep(setting: ForgetfulSetting, tally: Tally, plan: Sweep): Promise<number> {
  const { seed, cuts, only } = plan;
  const base = 'wal-torn';
  const before = await tornLog(setting, base);
  const spec = { policy: ALWAYS, rotateBytes: SWEEP_ROTATE_BYTES, flushes: 6 };
  for (let call = only ?? 1; ; call += 1) {
    for (let variant = 0; variant < cuts; variant += 1) {
      const how = variant === 0 ? 'none' : `some ${choices(seed, call * cuts + variant)(1, 1e9)}`;
      const name = `wal-cut-${call}-${variant}`;
      copyDurably(setting.path(base), setting.path(name));
      const writer = await setting.strike(`cut-at ${call} ${how}`, name, spec);
      if (writer === null) return call - 1;
      const promised = Math.max(before, writer.promised);
      const found = await setting.check(name, promised);
      tally.add(`cut-at ${call} ${how}`, found, promised - before);
      rmSync(setting.path(name), { recursive: true });
    }
    if (only !== undefined) return 1;
  }
}

/** Copies a folder and syncs the copy, names and all. */
function copyDurably(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  const inside = readdirSync(to, { recursive: true, encoding: 'utf8' });
  for (const path of [...inside.map((name) => join(to, name)), to, dirname(to)]) {
    const fd = openSync(path, 'r');
    fsyncSync(fd);
    closeSync(fd);
  }
}

/** A file system like this one is refused unless it is asked for. */
async function refusal(setting: ForgetfulSetting): Promise<string> {
  try {
    await (await fileStore(setting.path('refused')).lock()).release();
    return 'taken';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

function run({ scale, scratch, seed, say }: FaultContext) {
  const full = scale === 'full';
  return onForgetfulDisk(scratch, async (setting) => {
    const tally = new Tally();
    const answer = await refusal(setting);
    tally.count(`FUSE ${answer}`);
    if (answer !== 'WAL_OPTIONS') tally.fail('a store on FUSE', answer);
    await cycles(setting, tally, { count: full ? 120 : 1, seed });
    const plan = { seed, cuts: full ? 4 : 1 };
    const calls = await sweep(setting, tally, full ? plan : { ...plan, only: 12 });
    say(`${calls} calls, each with a cut before it; ${tally.injected} cuts so far`);
    const { lostBytes, lostNames, keptSectors } = setting.disk.figures();
    const controls = [];
    for (const wrong of full ? LIARS : LIARS.slice(0, 1)) {
      const lying = new Tally();
      await cycles(setting, lying, { count: full ? 5 : 1, seed, wrong });
      const name = wrong === 'noSync' ? 'a log whose syncs do nothing' : 'folders are not synced';
      const detail = `lost ${lying.lost} of ${lying.acknowledged}`;
      controls.push({ name, caught: lying.lost > 0, detail });
    }
    const figures =
      `${full ? 120 : 1} kills; ${calls} calls of recovery, rotation and close, cut before each; ` +
      `${lostBytes} unsynced bytes and ${lostNames} unsynced names went, ` +
      `${keptSectors} unsynced sectors stayed`;
    return tally.outcome(controls, figures);
  });
}

export const UNSYNCED: FaultCase = {
  id: 'F13',
  title: 'Lost unsynced pages',
  method:
    'a FUSE file system that keeps writes and names in memory until they are synced; kill, or ' +
    'a cut before each single call; then all of the unsynced is dropped, or a random choice of ' +
    'its sectors and names',
  expected:
    'all that was acknowledged is there under every policy; FUSE is refused unless asked for',
  needs: ['linux', 'root', 'fuse', 'gcc'],
  injectedMin: 300,
  slice: true,
  run,
};
