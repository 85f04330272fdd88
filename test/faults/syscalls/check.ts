/** What is left of a log after a fault: reopened, verified, read, and compared with what it was. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '../../../src/events/index.js';
import { fileStore, type LockKind, nodeSha256 } from '../../../src/node/index.js';
import { openWalWriter, readWal, verifyWal } from '../../../src/wal/index.js';
import { contentFault } from './program/content.js';

export interface LogCheck {
  /** Last `seq` after reopening, the reopening's own record not counted. */
  readonly recovered: number;
  /** Acknowledged and not there. */
  readonly lost: number;
  /** Everything that does not hold, in words. */
  readonly problems: readonly string[];
}

/** Opens for writing, which recovers, and closes again. */
async function reopen(dir: string, lockKind: LockKind): Promise<number> {
  const log = await openWalWriter(fileStore(dir, { lockKind }), {
    walId: '0123456789abcdef0123456789abcdef',
    clock: { nowUs: () => 1_700_000_000_000_000 },
    hasher: nodeSha256,
    policy: { kind: 'always' },
    rotate: { bytes: 65_536, events: 1_000_000 },
  });
  const found = log.recovered?.lastSeq ?? log.appendedSeq;
  await log.close();
  return found;
}

async function readAll(dir: string): Promise<readonly Event[]> {
  const events: Event[] = [];
  for await (const batch of readWal(fileStore(dir), { hasher: nodeSha256 })) events.push(...batch);
  return events;
}

/** SHA-256 of each segment by name. */
export function segmentHashes(dir: string): ReadonlyMap<string, string> {
  const names = readdirSync(dir).filter((name) => name.endsWith('.wal.jsonl'));
  return new Map(
    names.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(dir, name)))
        .digest('hex'),
    ]),
  );
}

/** Problems of strict verification, and of content against what the program writes by `seq`. */
async function judge(dir: string, problems: string[]): Promise<readonly Event[]> {
  const verified = await verifyWal(fileStore(dir), { hasher: nodeSha256, canonical: true });
  for (const { code, message } of verified.problems) problems.push(`${code} ${message}`);
  const events = await readAll(dir);
  const fault = contentFault(events);
  if (fault !== null) problems.push(fault);
  if (events.length !== verified.lastSeq) {
    problems.push(`${events.length} events were read, verification counts ${verified.lastSeq}`);
  }
  return events;
}

/** Reopens twice: nothing acknowledged is missing, nothing is there that was not appended. */
export async function checkLog(
  dir: string,
  acknowledged: number,
  lockKind: LockKind = 'flock',
): Promise<LogCheck> {
  const problems: string[] = [];
  let recovered = 0;
  try {
    recovered = await reopen(dir, lockKind);
    const events = await judge(dir, problems);
    const segments = segmentHashes(dir);
    // A second opening adds an empty segment and changes none of the others.
    const again = await reopen(dir, lockKind);
    if (again !== events.length) problems.push(`reopened at ${events.length}, then at ${again}`);
    const after = segmentHashes(dir);
    for (const [name, hash] of segments) {
      if (after.get(name) !== hash) problems.push(`${name} was changed by opening it again`);
    }
    await judge(dir, problems);
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    problems.push(`reopening failed: ${code ?? ''} ${message}`);
  }
  return { recovered, lost: Math.max(0, acknowledged - recovered), problems };
}
