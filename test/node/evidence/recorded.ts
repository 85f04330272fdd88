/** A small session of several segments and a run on it, in folders of the test's own. */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventInput } from 'quantlaxmi/events';
import {
  createRun,
  createSession,
  generateKeyFiles,
  readPublicKey,
  readSigningKey,
  type Session,
} from 'quantlaxmi/node';
import { createRunner } from 'quantlaxmi/strategy';
import { marketEvents, momentum, risk, venue } from '../market.js';

/** Equal clocks and ids make equal bytes: what an attacker with this package would use. */
export const IDENTITY = {
  capture: { feed: { name: 'test', version: '1' } },
  clock: { nowUs: () => 1_700_000_000_000_000 },
  policy: { kind: 'always' },
  rotate: { bytes: 8_388_608, events: 100 },
  sessionId: 'ses-evidence',
  walId: '0123456789abcdef'.repeat(2),
} as const;

/** Events in batches of 25. */
export async function record(
  dir: string,
  events: Iterable<EventInput> = marketEvents(250),
): Promise<Session> {
  const writer = await createSession(dir, IDENTITY);
  let n = 0;
  for (const event of events) {
    writer.wal.append(event);
    n += 1;
    if (n % 25 === 0) await writer.wal.flush();
  }
  return await writer.seal();
}

/** A paper run over the session, in `runs/` of its folder. */
export async function paperRun(session: Session): Promise<string> {
  const run = await createRun(null, {
    session,
    strategy: momentum(),
    config: { qty: 2 },
    risk: risk(),
    seed: 42n,
    cash: { BBB: '1000' },
    venue: { kind: 'sim', entryUs: 1500, responseUs: 1000 },
  });
  const runner = createRunner({ ...run.step, venue: venue(), log: run.wal });
  for await (const batch of session.read()) await runner.push(batch);
  await run.seal(await runner.finish());
  return run.dir;
}

/** A key pair in files, read back. */
export async function keyPair(dir: string, name: string) {
  const { privatePath, publicPath } = await generateKeyFiles(join(dir, name));
  return {
    privatePath,
    publicPath,
    key: await readSigningKey(privatePath),
    verifier: await readPublicKey(publicPath),
  };
}

/** Changes a file and gives back what undoes it. */
export function change(path: string, edit: (bytes: Buffer) => Buffer): () => void {
  const before = readFileSync(path);
  chmodSync(path, 0o640);
  writeFileSync(path, edit(Buffer.from(before)));
  return () => writeFileSync(path, before);
}

/** Regular files under a folder, relative to it. */
export function filesOf(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();
}
