import { memoryStore, openWalWriter, tailWal, verifyWal } from 'quantlaxmi/wal';
import { failureOf, hasher, options, readAll } from '../../../wal/support.js';
import { Counts } from '../../lib/counts.js';
import type { Files } from './logs.js';

/** Where a fault is, and of which class. `none` when there is none. */
export interface Verdict {
  readonly code: string;
  readonly file: string;
  readonly byte: number;
  readonly seq: number;
}

export const NONE: Verdict = { code: 'none', file: '', byte: 0, seq: 0 };

export const spell = ({ code, file, byte, seq }: Verdict): string =>
  code === 'none' ? 'none' : `${code} ${file} byte ${byte} seq ${seq}`;

const placed = (failed: { code: string; context: Record<string, unknown> }): Verdict => {
  if (failed.code === 'none') return NONE;
  const { file = '', byte = -1, seq = -1 } = failed.context as Partial<Verdict>;
  return { code: failed.code, file, byte, seq };
};

export async function verifying(files: Files, over = {}): Promise<Verdict> {
  const { problems } = await verifyWal(memoryStore(files), { hasher, ...over });
  const first = problems[0];
  if (first === undefined) return NONE;
  const { code, file, byte, seq } = first;
  return { code, file, byte, seq };
}

export const reading = async (files: Files, over = {}): Promise<Verdict> =>
  placed(await failureOf(readAll(memoryStore(files), over)));

export const opening = async (files: Files, over = {}): Promise<Verdict> =>
  placed(await failureOf(openWalWriter(memoryStore(files), options(over))));

/** A follower that has read all there is and been told to stop. */
export const following = async (files: Files): Promise<Verdict> => {
  const signal = { aborted: false };
  const wait = async (): Promise<void> => {
    signal.aborted = true;
  };
  return placed(
    await failureOf(
      (async () => {
        for await (const _ of tailWal(memoryStore(files), { hasher, wait, signal }));
      })(),
    ),
  );
};

/** Counts what became of injected faults. */
export class Tally extends Counts {
  /** Holds what was found against what is due, and counts it. */
  hold(place: string, found: Verdict, due: Verdict): void {
    this.count(found.code);
    if (spell(found) === spell(due)) return;
    if (found.code === 'none') this.undetected += 1;
    else this.misclassified += 1;
    this.fail(`${place}: found ${spell(found)}, due ${spell(due)}`);
  }
}
