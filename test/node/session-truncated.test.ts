/** A log cut behind a commit has no wrong byte: only the manifest knows that events are missing. */
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  createRun,
  createSession,
  openRun,
  openSession,
  paperRun,
  type Run,
  type Session,
} from 'quantlaxmi/node';
import { replay } from 'quantlaxmi/replay';
import { createRunner } from 'quantlaxmi/strategy';
import { describe, expect, test } from 'vitest';
import { rejection, temporaryFolder } from './folders.js';
import { marketEvents, momentum, risk, venue } from './market.js';

const record = async (rotateBytes = 67_108_864): Promise<Session> => {
  const writer = await createSession(join(temporaryFolder(), 'session'), {
    capture: { feed: { name: 'test', version: '1' } },
    policy: { kind: 'os' },
    rotate: { bytes: rotateBytes, events: 1_000_000 },
  });
  let n = 0;
  for (const event of marketEvents(198)) {
    writer.wal.append(event);
    n += 1;
    if (n % 10 === 0) await writer.wal.flush();
  }
  await writer.seal();
  return await openSession(writer.dir);
};

/** Cuts the log's last segment behind its commit of `seq`, or of the last commit up to it. */
const cutBehind = (log: string, seq: number): { file: string; lastSeq: number } => {
  const file =
    readdirSync(log)
      .filter((name) => name.endsWith('.wal.jsonl'))
      .sort()
      .at(-1) ?? '';
  const path = join(log, file);
  const text = readFileSync(path, 'latin1');
  let kept = { bytes: 0, lastSeq: 0 };
  for (const found of text.matchAll(/^\{"k":"C","b":\d+,"d":\d+,"seq":(\d+),.*\n/gm)) {
    if (Number(found[1]) > seq) break;
    kept = { bytes: found.index + found[0].length, lastSeq: Number(found[1]) };
  }
  expect(kept.bytes).toBeGreaterThan(0);
  chmodSync(path, 0o640);
  truncateSync(path, kept.bytes);
  return { file, lastSeq: kept.lastSeq };
};

const drain = async (batches: AsyncIterable<readonly { readonly seq: number }[]>) => {
  let last = 0;
  for await (const batch of batches) last = batch.at(-1)?.seq ?? last;
  return last;
};

const paper = async (session: Session): Promise<Run> => {
  const strategy = momentum();
  const run = await createRun(null, {
    ...{ session, strategy, config: { qty: 2 }, risk: risk(), seed: 42n, cash: { BBB: '1000' } },
  });
  const runner = createRunner({ ...run.step, venue: venue(), log: run.wal });
  for await (const batch of session.read()) await runner.push(batch);
  await run.seal(await runner.finish());
  return await openRun(run.dir);
};

const STRATEGY = `export default { id: 'idle', version: '1', parseConfig: (raw) => raw,
  init: () => ({}), onEvent: () => null };`;

const paperOptions = (session: Session) => {
  const strategyModule = join(temporaryFolder(), 'idle.mjs');
  writeFileSync(strategyModule, STRATEGY);
  const sim = { kind: 'sim', entryUs: 1, responseUs: 1, makerPpm: 0, takerPpm: 0 } as const;
  return {
    session: session.dir,
    strategyModule,
    seed: 1n,
    config: { strategy: {}, risk: risk(), venue: { ...sim, feeExponent: -8 }, cash: {} },
  };
};

describe('a log cut behind a commit', () => {
  test('NODE-11: a session that ends early is a rollback at the first missing event', async () => {
    const session = await record();
    expect(await drain(session.read())).toBe(200);
    const { file } = cutBehind(join(session.dir, 'wal'), 150);
    const found = { code: 'WAL_ROLLBACK', context: { file, seq: 151 } };
    await expect(drain(session.read())).rejects.toMatchObject(found);
    await expect(drain(session.read())).rejects.toThrow(
      /log ends at seq 150 but session_manifest.json of .* proves seq 200 was durable/,
    );
    await expect(drain(session.read({ toSeq: 180 }))).rejects.toMatchObject(found);
    await expect(drain(session.read({ toSeq: 9_999 }))).rejects.toMatchObject(found);
    await expect(drain(session.read({ fromSeq: 160 }))).rejects.toMatchObject(found);
    // The control: what lies before the cut is whole, and so is a range behind the log's end.
    expect(await drain(session.read({ toSeq: 150 }))).toBe(150);
    expect(await drain(session.read({ fromSeq: 201 }))).toBe(0);
  });

  test('NODE-11: the file named is the one that held the first missing event', async () => {
    const session = await record(20_000);
    const { segments } = session.manifest.wal;
    expect(segments.length).toBeGreaterThan(1);
    const last = segments.at(-1);
    const { file, lastSeq } = cutBehind(join(session.dir, 'wal'), (last?.last ?? 0) - 1);
    await expect(drain(session.read())).rejects.toMatchObject({
      code: 'WAL_ROLLBACK',
      context: { file, seq: lastSeq + 1 },
    });
  });

  test('NODE-13: a run over it does not read on, nor does its replay', async () => {
    const run = await paper(await record());
    expect(await drain(run.inputs())).toBe(200);
    cutBehind(join(run.session.dir, 'wal'), 100);
    expect(await rejection(drain(run.inputs()))).toBe('WAL_ROLLBACK');
    expect(await rejection(replay(run, { strategy: momentum() }))).toBe('WAL_ROLLBACK');
  });

  test('NODE-13: a run log that ends early is a rollback', async () => {
    const run = await paper(await record());
    const total = run.manifest.decisions.log.lastSeq;
    expect(await drain(run.recorded())).toBe(total);
    const { file, lastSeq } = cutBehind(join(run.dir, 'decisions'), total - 1);
    await expect(drain(run.recorded())).rejects.toMatchObject({
      code: 'WAL_ROLLBACK',
      context: { file, seq: lastSeq + 1 },
    });
    await expect(drain(run.recorded())).rejects.toThrow(/run_manifest.json of .* proves seq/);
  });

  test('NODE-11: a paper run refuses it before it makes a folder', async () => {
    const session = await record();
    cutBehind(join(session.dir, 'wal'), 150);
    expect(await rejection(paperRun(paperOptions(session)))).toBe('WAL_UNSEALED');
    expect(existsSync(join(session.dir, 'runs'))).toBe(false);
  });

  test('NODE-11: a paper run refuses a log that lost nothing but its footer', async () => {
    const session = await record();
    cutBehind(join(session.dir, 'wal'), 200);
    expect(await drain(session.read())).toBe(200);
    expect(await rejection(paperRun(paperOptions(session)))).toBe('WAL_UNSEALED');
  });

  test('NODE-11: control: a paper run takes the whole session', async () => {
    const { manifest } = await paperRun(paperOptions(await record()));
    expect(manifest.inputs.toSeq).toBe(200);
  });
});
