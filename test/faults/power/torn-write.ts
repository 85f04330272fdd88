/** F14, F15: of one write only some parts reach the disk; of several only some writes. */
import type { WalPolicy } from 'quantlaxmi/wal';
import type { Control, FaultCase, FaultContext } from '../lib/case.js';
import { type ForgetfulSetting, keepsOf, onForgetfulDisk } from './lib/forgetful-case.js';
import { Tally } from './lib/tally.js';
import type { WriterSpec } from './program/spec.js';

const SEGMENT = '.wal.jsonl';
const NEW_FILE = '.wal.jsonl.tmp';
const ALWAYS = { kind: 'always' } as const;
/** Syncs are asked for by the program alone. */
const WHEN_ASKED: WalPolicy = { kind: 'interval', ms: 1e9, bytes: 1e9 };
const FLUSHES = 60;

type Spec = Omit<WriterSpec, 'dir' | 'allowUnsafeFs'>;

interface Strike {
  readonly fault: string;
  readonly spec: Spec;
  /** Endings that may be seen; a torn write must be called one. */
  readonly endings: readonly string[];
  /** A log that is there and unsealed before. */
  readonly onOldLog?: boolean;
}

let made = 0;

async function strike(setting: ForgetfulSetting, tally: Tally, plan: Strike): Promise<void> {
  const { fault, spec, endings, onOldLog = false } = plan;
  made += 1;
  const name = `wal-${made}`;
  let before = 0;
  if (onOldLog) {
    const old = setting.write(name, { ...spec, flushes: 0 });
    await old.acknowledgements(5);
    await old.kill();
    setting.disk.command('cut none');
    before = old.promised;
  }
  const writer = await setting.strike(fault, name, spec);
  if (writer === null) return tally.fail(fault, 'it did not strike');
  const promised = Math.max(before, writer.promised);
  const found = await setting.check(name, promised);
  tally.add(fault, found, promised);
  if (endings.includes(found.ending)) return;
  tally.misclassified += 1;
  tally.fail(fault, `the log was found ${found.ending}, expected ${endings.join(' or ')}`);
}

/** A log that was never synced must lose by a strike. */
async function lying(setting: ForgetfulSetting, fault: string, spec: Spec): Promise<Control> {
  const tally = new Tally();
  await strike(setting, tally, { fault, spec: { ...spec, wrong: 'noSync' }, endings: [] });
  const detail = `lost ${tally.lost} of ${tally.acknowledged}`;
  return { name: 'a log whose syncs do nothing', caught: tally.lost > 0, detail };
}

/** A write of which all reached the disk must not be called torn, or "torn" says nothing. */
async function whole(setting: ForgetfulSetting, fault: string, spec: Spec): Promise<Control> {
  const tally = new Tally();
  await strike(setting, tally, { fault, spec, endings: ['torn'] });
  const detail = `found ${tally.codesText}`;
  return { name: 'nothing is torn', caught: tally.misclassified > 0 && tally.lost === 0, detail };
}

function runParts({ scale, scratch, say }: FaultContext) {
  const full = scale === 'full';
  const spec = { policy: ALWAYS, rotateBytes: 9_000, flushes: FLUSHES };
  return onForgetfulDisk(scratch, async (setting) => {
    const tally = new Tally();
    const occurrences = full ? [1, 2, 3, 4, 7] : [2];
    for (const occurrence of occurrences) {
      for (const parts of full ? [2, 3, 4] : [3]) {
        const keeps = keepsOf(parts, { proper: true });
        for (const keep of full ? keeps : keeps.slice(1, 3)) {
          const fault = `torn-op ${SEGMENT} ${occurrence} ${parts} ${keep}`;
          await strike(setting, tally, { fault, spec, endings: ['torn'] });
        }
      }
      say(`write ${occurrence}: ${tally.injected} torn so far`);
    }
    const atSegments = tally.injected;
    // The first new file of an opening is the old segment written anew, the second a header.
    for (const occurrence of full ? [1, 2] : []) {
      for (const keep of keepsOf(3, { proper: true })) {
        const fault = `torn-op ${NEW_FILE} ${occurrence} 3 ${keep}`;
        const endings = occurrence === 1 ? ['clean'] : ['sealed', 'clean'];
        await strike(setting, tally, { fault, spec, endings, onOldLog: true });
      }
    }
    const controls = [
      await lying(setting, `torn-op ${SEGMENT} 3 3 1,3`, spec),
      await whole(setting, `torn-op ${SEGMENT} 3 3 1,2,3`, spec),
    ];
    const figures =
      `${atSegments} torn batches and footers, ${tally.injected - atSegments} torn headers and ` +
      'rewritten segments';
    return tally.outcome(controls, figures);
  });
}

export const TORN_WRITE: FaultCase = {
  id: 'F14',
  title: 'A torn write',
  method:
    'a FUSE file system that brings only given parts of the nth write to its disk and kills the ' +
    'writer: every choice of 2, 3 and 4 parts at five writes, and in new files of a recovery',
  expected: 'found torn, recovered, nothing acknowledged lost; never called corrupt',
  needs: ['linux', 'root', 'fuse', 'gcc'],
  injectedMin: 110,
  slice: true,
  run: runParts,
};

/** True when the writes kept are the first ones: what is then on the disk is whole. */
const isPrefix = (keep: string): boolean =>
  keep === '0' || keep.split(',').every((one, i) => Number(one) === i + 1);

/** A footer that reached the disk before the batches it speaks for must be called damage. */
async function earlyFooter(setting: ForgetfulSetting, spec: Spec): Promise<Control> {
  const tally = new Tally();
  for (let occurrence = 1; tally.misclassified === 0 && occurrence <= 8; occurrence += 1) {
    const fault = `torn-seq ${SEGMENT} ${occurrence} 2 2`;
    const wrong = { ...spec, wrong: 'earlyFooter' as const };
    await strike(setting, tally, { fault, spec: wrong, endings: ['torn', 'clean', 'sealed'] });
  }
  const caught = tally.misclassified > 0;
  const detail = `${tally.codesText} in ${tally.injected} strikes`;
  return { name: 'a footer written before the batches are synced', caught, detail };
}

function runSequence({ scale, scratch, say }: FaultContext) {
  const full = scale === 'full';
  const spec = { policy: WHEN_ASKED, rotateBytes: 9_000, flushes: 4 * FLUSHES, durableEvery: 4 };
  return onForgetfulDisk(scratch, async (setting) => {
    const tally = new Tally();
    const occurrences = full ? [1, 2, 3, 4, 5, 6] : [2];
    for (const length of full ? [1, 2, 3, 4] : [3]) {
      const keeps = keepsOf(length, { proper: false });
      for (const occurrence of occurrences) {
        for (const keep of full ? keeps : ['2', '1,3']) {
          const fault = `torn-seq ${SEGMENT} ${occurrence} ${length} ${keep}`;
          const endings = isPrefix(keep) ? ['clean', 'sealed'] : ['torn'];
          await strike(setting, tally, { fault, spec, endings });
        }
      }
      say(`${length} writes: ${tally.injected} sequences so far`);
    }
    const controls = [
      await lying(setting, `torn-seq ${SEGMENT} 2 4 1`, spec),
      await whole(setting, `torn-seq ${SEGMENT} 2 3 1,2,3`, spec),
      ...(full ? [await earlyFooter(setting, spec)] : []),
    ];
    return tally.outcome(controls, `all choices of up to 4 writes, ${occurrences.length} places`);
  });
}

export const TORN_SEQUENCE: FaultCase = {
  id: 'F15',
  title: 'A torn sequence of writes',
  method:
    'a FUSE file system that brings only given ones of up to 4 unsynced writes to its disk and ' +
    'kills the writer: every choice, at six places',
  expected: 'found torn, recovered, nothing acknowledged lost; never called corrupt',
  needs: ['linux', 'root', 'fuse', 'gcc'],
  injectedMin: 180,
  slice: true,
  run: runSequence,
};
