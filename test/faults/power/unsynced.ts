/** F13: the power fails, and what was not synced is gone, wholly or in part, names included. */
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

/** A file system like this one is refused unless it is asked for. */
async function refusal(setting: ForgetfulSetting): Promise<string> {
  try {
    await (await fileStore(setting.path('refused')).lock()).release();
    return 'taken';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

function run({ scale, scratch, seed }: FaultContext) {
  const full = scale === 'full';
  return onForgetfulDisk(scratch, async (setting) => {
    const tally = new Tally();
    const answer = await refusal(setting);
    tally.seen(`FUSE ${answer}`);
    if (answer !== 'WAL_OPTIONS') tally.fail('a store on FUSE', answer);
    await cycles(setting, tally, { count: full ? 120 : 2, seed });
    const { lostBytes, lostNames, keptSectors } = setting.disk.figures();
    const controls = [];
    for (const wrong of ['noSync', 'noFolderSync'] as const) {
      const lying = new Tally();
      await cycles(setting, lying, { count: full ? 5 : 1, seed, wrong });
      const name = wrong === 'noSync' ? 'a log whose syncs do nothing' : 'folders are not synced';
      const detail = `lost ${lying.lost} of ${lying.acknowledged}`;
      controls.push({ name, caught: lying.lost > 0, detail });
    }
    const figures =
      `${lostBytes} unsynced bytes and ${lostNames} unsynced names went, ` +
      `${keptSectors} unsynced sectors stayed`;
    return tally.outcome(controls, figures);
  });
}

export const UNSYNCED: FaultCase = {
  id: 'F13',
  title: 'Lost unsynced pages',
  method:
    'a FUSE file system that keeps writes and names in memory until they are synced; kill, then ' +
    'all of the unsynced is dropped, or a random choice of its sectors and names',
  expected:
    'all that was acknowledged is there under every policy; FUSE is refused unless asked for',
  needs: ['linux', 'root', 'fuse', 'gcc'],
  injectedMin: 50,
  slice: true,
  run,
};
