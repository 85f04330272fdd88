/** What a log recorded under a moved wall clock must be. */
import { join } from 'node:path';
import type { Event } from '../../../src/events/index.js';
import { fileStore, nodeSha256, openSession } from '../../../src/node/index.js';
import { readWal } from '../../../src/wal/index.js';

const SECOND_US = 1_000_000;
/** A busy machine takes its time between two looks at a clock; jumps here are of 10 s and more. */
const TOLERANCE_US = 2 * SECOND_US;

async function eventsOf(session: string): Promise<readonly Event[]> {
  const store = fileStore(join(session, 'wal'));
  const events: Event[] = [];
  for await (const batch of readWal(store, { hasher: nodeSha256 })) events.push(...batch);
  return events;
}

/** How far the wall clock jumped by this event, µs; 0 for what is no jump. */
function jumpOf({ t, body }: Event): number {
  if (t !== 'Session' || body.kind !== 'clock') return 0;
  const deltaUs = Number(body.details['deltaUs']);
  return Math.abs(deltaUs) < TOLERANCE_US ? 0 : deltaUs;
}

/** The first event out of order, or received at a time that the jumps before it do not explain. */
function disorder(events: readonly Event[]): string | null {
  let baseUs: number | null = null;
  let offsetUs = 0;
  let highUs = 0;
  for (const [i, event] of events.entries()) {
    const { seq, rx, ts } = event;
    const before = events[i - 1]?.rx ?? rx;
    if (seq !== i + 1) return `event ${i + 1} has seq ${seq}`;
    if (rx < before) return `seq ${seq} was received ${before - rx} µs before the one before it`;
    offsetUs += jumpOf(event);
    highUs = Math.max(highUs, offsetUs);
    if (ts === null) continue;
    baseUs ??= rx - ts;
    const strayUs = rx - ts - baseUs - highUs;
    if (Math.abs(strayUs) > TOLERANCE_US) return `seq ${seq} is received ${strayUs} µs off`;
  }
  return null;
}

/** Problems of a recorded session, given the jumps in seconds; empty when there are none. */
export async function clockProblems(
  dir: string,
  jumps: readonly number[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  const session = await openSession(dir);
  const { wal, differences } = await session.verify();
  for (const { code, message } of wal.problems) problems.push(`${code} ${message}`);
  for (const { path } of differences) problems.push(`the manifest binds another ${path}`);
  const events = await eventsOf(dir);
  const fault = disorder(events);
  if (fault !== null) problems.push(fault);
  const found = events.map(jumpOf).filter((deltaUs) => deltaUs !== 0);
  const same = (deltaUs: number, i: number): boolean =>
    Math.abs(deltaUs - (jumps[i] ?? 0) * SECOND_US) < TOLERANCE_US;
  if (found.length !== jumps.length || !found.every(same)) {
    problems.push(`clock facts of [${found.join(', ')}] µs, jumps were [${jumps.join(', ')}] s`);
  }
  return problems;
}
