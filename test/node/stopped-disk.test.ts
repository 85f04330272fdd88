import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createRun, createSession, openSession, resumeSession } from 'quantlaxmi/node';
import type { WalAlarm } from 'quantlaxmi/wal';
import { expect, test } from 'vitest';
import { temporaryFolder } from './folders.js';
import { marketEvents, momentum, risk } from './market.js';

const capture = { feed: { name: 'test', version: '1' } };
const policy = { kind: 'os' } as const;
const rotate = { bytes: 65_536, events: 1_000_000 };

/** An alarm that never rings and tells what it was set to, and whether it was called off. */
function witness() {
  const seen = { delays: [] as number[], pending: 0 };
  const alarm: WalAlarm = (delayUs) => {
    seen.delays.push(delayUs);
    seen.pending += 1;
    return () => {
      seen.pending -= 1;
    };
  };
  return { seen, alarm };
}

test('WAL-16: sessions and runs hand their thresholds and alarm to the log', async () => {
  const dir = join(temporaryFolder(), 'session');
  for (const [stall, warnUs] of [
    [{}, 5_000_000],
    [{ warnUs: 700_000, haltUs: 900_000 }, 700_000],
  ] as const) {
    const { seen, alarm } = witness();
    const options = { policy, rotate, stall: { ...stall, alarm } };
    const writer =
      warnUs === 700_000
        ? await resumeSession(dir, options)
        : await createSession(dir, { capture, ...options });
    for (const event of warnUs === 700_000 ? [] : marketEvents(30)) writer.wal.append(event);
    await writer.wal.flush();
    if (warnUs === 700_000) await writer.seal();
    else await writer.abandon();
    expect(new Set(seen.delays)).toEqual(new Set([warnUs]));
    expect(seen.pending).toBe(0);
  }
  const { seen, alarm } = witness();
  const run = await createRun(join(dir, 'run'), {
    ...{ session: await openSession(dir), strategy: momentum(), config: { qty: 2 } },
    ...{ risk: risk(), seed: 1n, policy, rotate, stall: { warnUs: 3, haltUs: 4, alarm } },
  });
  await run.wal.close();
  expect(new Set(seen.delays)).toEqual(new Set([3]));
});

test('WAL-17: a ballast is held while a session is captured, if asked for', async () => {
  const dir = join(temporaryFolder(), 'session');
  const ballast = join(dir, 'wal', 'BALLAST');
  const options = { policy, rotate, ballastBytes: rotate.bytes };
  const writer = await createSession(dir, { capture, ...options });
  for (const event of marketEvents(30)) writer.wal.append(event);
  expect(statSync(ballast).size).toBe(rotate.bytes);
  const { manifest } = await writer.seal();
  expect(existsSync(ballast)).toBe(false);
  expect(manifest.wal.totalEvents).toBe(32);
  const bare = join(temporaryFolder(), 'session');
  const without = await createSession(bare, { capture, policy, rotate });
  expect(existsSync(join(bare, 'wal', 'BALLAST'))).toBe(false);
  await without.abandon();
});
