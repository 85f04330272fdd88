/**
 * Reads files made to hurt in a process of its own, and says what came of each and how far its
 * memory grew beyond what reading an honest log and manifest takes.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { nodeSha256, openSession, verifyEvidence } from 'quantlaxmi/node';
import { readWal, verifyWal } from 'quantlaxmi/wal';
import { compressedStore } from '../../../../src/node/wal-store/compressed-store.js';
import { fileStore } from 'quantlaxmi/node';

/** `ru_maxrss` would not do: a child starts with its parent's. */
const peakKib = (): number => {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
};
/** Garbage of the file before, and its peak, are not this file's. */
const startAnew = (): void => {
  (globalThis as { gc?: () => void }).gc?.();
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Where the peak cannot be set back it only shows more than was taken.
  }
};
const store = (dir: string) => compressedStore(fileStore(dir));

const READERS: Readonly<Record<string, (dir: string) => Promise<string>>> = {
  async read(dir) {
    let events = 0;
    for await (const batch of readWal(store(dir), { hasher: nodeSha256 })) events += batch.length;
    return events === 0 ? 'nothing' : 'data';
  },
  async verify(dir) {
    const found = await verifyWal(store(dir), { hasher: nodeSha256, canonical: true });
    return found.problems[0]?.code ?? 'clean';
  },
  async session(dir) {
    await openSession(dir);
    return 'data';
  },
  async evidence(dir) {
    const keys = [{ keyId: 'any', verify: () => true }];
    const { ok, problems } = await verifyEvidence(dir, { keys });
    return ok ? 'clean' : (problems[0]?.code ?? 'no problem named');
  },
  /** How it is done without care: the control. */
  async naive(dir) {
    let data: unknown = null;
    for (const name of readdirSync(dir).filter((file) => !file.endsWith('.gz'))) {
      const text = readFileSync(join(dir, name), 'utf8');
      for (const line of text.split('\n')) if (line !== '') data = JSON.parse(line);
    }
    return data === null ? 'nothing' : 'data';
  },
};

const outcome = async (reader: string, dir: string): Promise<string> => {
  try {
    return (await READERS[reader]?.(dir)) ?? 'no such reader';
  } catch (error) {
    const { code, name } = error as { code?: string; name: string };
    return code ?? name;
  }
};

let baseline = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const [reader = '', dir = ''] = line.split('\t');
  startAnew();
  const code = await outcome(reader, dir);
  if (reader === 'baseline') baseline = peakKib();
  const grownKib = baseline === 0 ? 0 : peakKib() - baseline;
  process.stdout.write(`${JSON.stringify({ code, grownKib })}\n`);
}
