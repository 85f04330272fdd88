import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Secret } from 'quantlaxmi/core';
import type { EventInput } from 'quantlaxmi/events';
import { encodeManifest, sealManifest } from 'quantlaxmi/manifest';
import {
  createRun,
  createSession,
  openRun,
  openSession,
  scanForSecret,
  type Session,
} from 'quantlaxmi/node';
import { replay } from 'quantlaxmi/replay';
import { createRunner } from 'quantlaxmi/strategy';
import { describe, expect, test } from 'vitest';
import { rejection, temporaryFolder } from './folders.js';
import { marketEvents, momentum, risk, venue } from './market.js';

const record = async (count = 400): Promise<Session> => {
  const writer = await createSession(join(temporaryFolder(), 'session'), {
    capture: { feed: { name: 'test', version: '1' } },
    policy: { kind: 'os' },
  });
  for (const event of marketEvents(count)) writer.wal.append(event);
  return await writer.seal();
};

const paper = async (
  session: Session,
  dir: string | null,
  more: {
    config?: unknown;
    hmacKey?: Secret<string>;
    toSeq?: number;
    strategyModule?: string;
  } = {},
) => {
  const { toSeq, ...rest } = more;
  const run = await createRun(dir, {
    session,
    strategy: momentum(),
    config: { qty: 2 },
    risk: risk(),
    seed: 42n,
    cash: { BBB: '1000' },
    venue: { kind: 'sim', entryUs: 1500, responseUs: 1000 },
    ...rest,
  });
  const runner = createRunner({ ...run.step, venue: venue(), log: run.wal });
  const range = toSeq === undefined ? {} : { toSeq };
  for await (const batch of session.read(range)) await runner.push(batch);
  return { run, outcome: await runner.finish() };
};

describe('runs', () => {
  test('NODE-13: a run is sealed with everything it depended on, and replays equal', async () => {
    const session = await record();
    const { run, outcome } = await paper(session, null);
    expect(await rejection(openRun(run.dir))).toBe('QL_RUN_UNSEALED');
    const manifest = await run.seal(outcome);
    expect(run.dir).toBe(join(session.dir, 'runs', run.id));
    expect(manifest.status).toBe('ended');
    expect(manifest.inputs).toMatchObject({ fromSeq: 1, toSeq: 402 });
    expect(manifest.inputs.walSha256).toEqual(session.manifest.wal.segments.map((s) => s.sha256));
    expect(manifest.parent.manifestHash).toBe(session.manifest.manifestHash);
    expect(manifest.decisions).toMatchObject({
      checkpoints: outcome.checkpoints,
      count: outcome.decisions,
      outputs: outcome.records,
      traceHash: outcome.traceHash,
    });
    expect(manifest.decisions.count).toBeGreaterThan(20);
    expect(manifest.result).toMatchObject({ fills: outcome.fills, orders: outcome.orders });
    expect(outcome.fills).toBeGreaterThan(5);
    expect(manifest.result.finalStateHash).toBe(outcome.stateHash);
    const parity = await replay(run, { strategy: momentum() });
    expect(parity).toMatchObject({ equal: true, divergence: null, decisions: outcome.decisions });
    const opened = await openRun(run.dir);
    expect(opened.manifest).toEqual(manifest);
    expect((await opened.verify()).ok).toBe(true);
    expect((await replay(opened, { strategy: momentum() })).equal).toBe(true);
  });

  test('NODE-13: the PnL in the manifest is the portfolio of the runner', async () => {
    const session = await record();
    const run = await createRun(null, {
      ...{ session, strategy: momentum(), config: { qty: 2 }, risk: risk(), seed: 1n },
    });
    const runner = createRunner({ ...run.step, venue: venue(), log: run.wal });
    for await (const batch of session.read()) await runner.push(batch);
    const manifest = await run.seal(await runner.finish());
    const [money] = manifest.result.pnl;
    expect(money?.currency).toBe('BBB');
    const portfolio = runner.step.portfolio();
    expect(money?.fees).toBe(portfolio.fees('BBB').toString());
    const { num, den } = portfolio.position('TEST:SPOT:AAABBB')?.realised ?? { num: 0n, den: 1n };
    const error = BigInt(money?.realized ?? '') * den - num * 10n ** 18n;
    expect(2n * (error < 0n ? -error : error)).toBeLessThanOrEqual(den);
    expect(num).not.toBe(0n);
    expect(BigInt(money?.fees ?? '')).toBeGreaterThan(0n);
  });

  test('NODE-13: equal inputs give equal ids and hashes, in any folder', async () => {
    const session = await record(100);
    const first = await paper(session, join(temporaryFolder(), 'one'));
    const second = await paper(session, join(temporaryFolder(), 'two'));
    const a = await first.run.seal(first.outcome);
    const b = await second.run.seal(second.outcome);
    expect(a.runId).toBe(b.runId);
    expect(a.decisions.traceHash).toBe(b.decisions.traceHash);
    expect(a.result).toEqual(b.result);
    expect(a.decisions.log.walId).not.toBe(b.decisions.log.walId);
  });

  test('NODE-13: sealed without a summary the trace is the same; a part replays', async () => {
    const session = await record(200);
    const { run, outcome } = await paper(session, null, { toSeq: 150 });
    const manifest = await run.seal();
    expect(manifest.inputs.toSeq).toBe(150);
    expect(manifest.decisions.traceHash).toBe(outcome.traceHash);
    expect(manifest.result.finalStateHash).toBeNull();
    expect((await replay(run, { strategy: momentum() })).equal).toBe(true);
  });

  test('NODE-13: a summary that is not of this log is refused', async () => {
    const session = await record(60);
    const { run, outcome } = await paper(session, null);
    const other = { ...outcome, traceHash: '0'.repeat(64) };
    expect(await rejection(run.seal(other))).toBe('QL_REPLAY_EVIDENCE');
    expect(await rejection(run.seal(outcome))).toBe('QL_RUN_STATE');
  });

  test('NODE-14: a run folder is made once', async () => {
    const session = await record(30);
    const { run, outcome } = await paper(session, null);
    await run.seal(outcome);
    await expect(paper(session, null)).rejects.toMatchObject({
      code: 'QL_RUN_EXISTS',
      message: expect.stringMatching(
        /derived from session, configuration, risk, venue, cash, seed and strategy id, not from its code; .*another folder/,
      ),
    });
  });

  test('NODE-14: remains of a log without a manifest', async () => {
    const session = await record(30);
    const dir = join(temporaryFolder(), 'run');
    mkdirSync(join(dir, 'decisions'), { recursive: true });
    writeFileSync(join(dir, 'decisions', '00000001-0000000000000001.wal.jsonl'), '{"k":"H","v');
    const { run, outcome } = await paper(session, dir);
    expect((await run.seal(outcome)).status).toBe('recovered');
  });

  test('NODE-14: gate reports are bound by revision, and the file says so', async () => {
    const session = await record(30);
    const { run, outcome } = await paper(session, null);
    const sealed = await run.seal(outcome);
    const gate = {
      gateId: 'G0',
      reportPath: 'gates/G0.json',
      reportSha256: '1'.repeat(64),
      verdict: 'pass' as const,
      version: '1',
    };
    const bound = await run.bindGates([gate]);
    expect(bound).toMatchObject({
      gates: [gate],
      revision: sealed.revision + 1,
      prevManifestHash: sealed.manifestHash,
    });
    expect((await openRun(run.dir)).manifest).toEqual(bound);
    expect(run.manifest).toEqual(bound);
    // A second opener with the older manifest in hand may not write over the newer one.
    const stale = await openRun(run.dir);
    await run.bindGates([{ ...gate, gateId: 'G4' }]);
    expect(await rejection(stale.bindGates([gate]))).toBe('QL_MANIFEST_REVISION');
    // Of two at the same moment one wins; nothing of the winner is lost.
    const [one, two] = [await openRun(run.dir), await openRun(run.dir)];
    const outcomes = await Promise.all([
      rejection(one.bindGates([{ ...gate, gateId: 'G1' }])),
      rejection(two.bindGates([{ ...gate, gateId: 'G2' }])),
    ]);
    expect(outcomes.filter((outcome) => outcome === 'resolved')).toHaveLength(1);
    const winner = outcomes[0] === 'resolved' ? 'G1' : 'G2';
    const gates = (await openRun(run.dir)).manifest.gates.map((found) => found.gateId);
    expect(gates).toEqual(['G0', winner, 'G4']);
  });

  test('NODE-15: a run elsewhere finds its session again, or says where it looked', async () => {
    const session = await record(30);
    const dir = join(temporaryFolder(), 'elsewhere');
    const { run, outcome } = await paper(session, dir);
    await run.seal(outcome);
    expect((await openRun(dir)).session.dir).toBe(session.dir);
    const other = await record(30);
    expect(await rejection(openRun(dir, { session: other }))).toBe('QL_MANIFEST_HASH');
    rmSync(join(dir, 'locators.json'));
    await expect(openRun(dir)).rejects.toThrow(/is not in .*; give its folder/);
    expect((await openRun(dir, { session: await openSession(session.dir) })).id).toBe(run.id);
  });

  test('NODE-15: a run copied with its session opens the copy, not the original', async () => {
    const session = await record(30);
    const { run, outcome } = await paper(session, null);
    await run.seal(outcome);
    const copy = join(temporaryFolder(), 'copy');
    cpSync(session.dir, copy, { recursive: true });
    expect((await openRun(join(copy, 'runs', run.id))).session.dir).toBe(copy);
    expect((await openRun(run.dir)).session.dir).toBe(session.dir);
  });

  test('NODE-4: a secret of the configuration is in no byte of session and run', async () => {
    const canary = 'canary-5f4dcc3b5aa765d6';
    const session = await record(60);
    const config = { qty: 2, key: new Secret(canary) };
    const { run, outcome } = await paper(session, null, {
      config,
      hmacKey: new Secret('hmac key'),
    });
    const manifest = await run.seal(outcome);
    expect(manifest.config).toMatchObject({ secrets: ['/key'] });
    expect(manifest.config.hmacSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await scanForSecret(session.dir, { canary })).toEqual([]);
    // The control: the scan does find what stands there.
    expect(await scanForSecret(session.dir, { id: run.id })).not.toEqual([]);
    expect((await replay(run, { strategy: momentum() })).equal).toBe(true);
  });

  test('NODE-16: a divergence is explained by what changed: strategy file, inputs', async () => {
    const session = await record(120);
    const dir = temporaryFolder();
    const strategyModule = join(dir, 'strategy.mjs');
    writeFileSync(strategyModule, 'export const edge = 1;\n');
    const { run, outcome } = await paper(session, join(dir, 'run'), { strategyModule });
    await run.seal(outcome);
    const changed = momentum(2);
    const same = await replay(await openRun(run.dir), { strategy: changed });
    expect(same.divergence?.class).toBe('NONDETERMINISM');
    writeFileSync(strategyModule, 'export const edge = 2;\n');
    const code = await replay(await openRun(run.dir), { strategy: changed });
    expect(code.divergence).toMatchObject({
      class: 'CODE',
      bindings: { inputs: 'same', config: 'same', code: 'differs', env: 'same' },
    });
    const config = await replay(await openRun(run.dir), {
      strategy: momentum(),
      config: { qty: 3 },
    });
    expect(config.divergence?.class).toBe('CONFIG');
    expect(config.divergence?.fieldDiff.map((d) => d.path)).toContain('body.intents[0].qty');
  });

  const sameIds = async (change: (event: EventInput) => EventInput): Promise<Session> => {
    const writer = await createSession(join(temporaryFolder(), 'session'), {
      capture: { feed: { name: 'test', version: '1' } },
      policy: { kind: 'os' },
      clock: { nowUs: () => 1_700_000_000_000_000 },
      walId: 'ab'.repeat(16),
      sessionId: 'ses-same',
    });
    for (const event of marketEvents(120)) writer.wal.append(change(event));
    return await writer.seal();
  };
  const dearer = (event: EventInput): EventInput =>
    event.t === 'Quote' && event.body.bid !== null && event.body.ask !== null && event.rx % 2 === 0
      ? { ...event, body: { ...event.body, ask: event.body.ask + 40, bid: event.body.bid + 40 } }
      : event;
  const larger = (event: EventInput): EventInput =>
    event.t === 'Trade' ? { ...event, body: { ...event.body, qty: event.body.qty + 1 } } : event;

  test('NODE-15: a session rebuilt under the same ids with other facts is refused', async () => {
    const session = await sameIds((event) => event);
    const { run, outcome } = await paper(session, join(temporaryFolder(), 'run'));
    await run.seal(outcome);
    const forged = await sameIds(larger);
    expect(forged.manifest.wal.walId).toBe(session.manifest.wal.walId);
    await expect(openRun(run.dir, { session: forged })).rejects.toMatchObject({
      code: 'QL_MANIFEST_HASH',
      context: { stated: session.manifest.manifestHash, computed: forged.manifest.manifestHash },
    });
    // In the place where the run looks for its session it is refused as well.
    rmSync(session.dir, { recursive: true });
    renameSync(forged.dir, session.dir);
    expect(await rejection(openRun(run.dir))).toBe('QL_MANIFEST_HASH');
    // The control: the same facts under the same ids and times are the same session.
    const again = await sameIds((event) => event);
    expect((await openRun(run.dir, { session: again })).id).toBe(run.id);
  });

  test('NODE-15: inputs that are not the bound session’s are refused', async () => {
    const session = await record(60);
    const { run, outcome } = await paper(session, join(temporaryFolder(), 'run'));
    const sealed = await run.seal(outcome);
    const path = join(run.dir, 'run_manifest.json');
    for (const change of [{ chainHead: '1'.repeat(64) }, { walSha256: ['1'.repeat(64)] }]) {
      const forged = sealManifest({ ...sealed, inputs: { ...sealed.inputs, ...change } });
      writeFileSync(path, encodeManifest(forged));
      expect(await rejection(openRun(run.dir))).toBe('QL_MANIFEST_HASH');
    }
    writeFileSync(path, encodeManifest(sealed));
    expect(await rejection(openRun(run.dir))).toBe('resolved');
  });

  test('NODE-16: facts that were rewritten, with every checksum right, are an INPUT', async () => {
    const session = await sameIds((event) => event);
    const { run, outcome } = await paper(session, join(temporaryFolder(), 'run'));
    await run.seal(outcome);
    expect((await replay(await openRun(run.dir), { strategy: momentum() })).equal).toBe(true);
    // Only the log is exchanged: the manifest is still the one the run names.
    const forged = await sameIds(dearer);
    rmSync(join(session.dir, 'wal'), { recursive: true });
    renameSync(join(forged.dir, 'wal'), join(session.dir, 'wal'));
    const { divergence } = await replay(await openRun(run.dir), { strategy: momentum() });
    expect(divergence).toMatchObject({ class: 'INPUT', bindings: { inputs: 'differs' } });
  });

  test('NODE-16: without the module the code is unchecked, not the same', async () => {
    const session = await record(120);
    const { run, outcome } = await paper(session, null);
    await run.seal(outcome);
    const { divergence } = await replay(run, { strategy: momentum(2) });
    expect(divergence?.bindings.code).toBe('unchecked');
    const versioned = await replay(run, { strategy: momentum(2, '2.0.0') });
    expect(versioned.divergence).toMatchObject({ class: 'CODE', bindings: { code: 'differs' } });
    const dir = temporaryFolder();
    const strategyModule = join(dir, 'strategy.mjs');
    writeFileSync(strategyModule, 'export {};\n');
    const second = await paper(session, join(dir, 'run'), { strategyModule });
    await second.run.seal(second.outcome);
    writeFileSync(
      join(dir, 'run', 'locators.json'),
      JSON.stringify({ fmt: 'quantlaxmi-locators/1', session: session.dir, strategyModule: null }),
    );
    const other = await replay(await openRun(join(dir, 'run')), { strategy: momentum(2) });
    expect(other.divergence?.bindings.code).toBe('unchecked');
  });

  test('REPLAY-6: a damaged log is an error with file, byte and seq, no divergence', async () => {
    const session = await record(120);
    const { run, outcome } = await paper(session, null);
    await run.seal(outcome);
    const copy = join(temporaryFolder(), 'copy');
    cpSync(session.dir, copy, { recursive: true });
    const log = join(copy, 'runs', run.id, 'decisions');
    const [name = ''] = readdirSync(log).filter((file) => file.endsWith('.jsonl'));
    const bytes = readFileSync(join(log, name));
    const at = bytes.indexOf('"t":"Decision"') + 60;
    bytes[at] = (bytes[at] as number) ^ 1;
    chmodSync(join(log, name), 0o640);
    const opened = await openRun(join(copy, 'runs', run.id), { session: await openSession(copy) });
    expect((await replay(opened, { strategy: momentum() })).equal).toBe(true);
    writeFileSync(join(log, name), bytes);
    await expect(replay(opened, { strategy: momentum() })).rejects.toMatchObject({
      code: expect.stringMatching(/^WAL_/),
      context: { file: name, byte: expect.any(Number), seq: expect.any(Number) },
    });
  });

  test('REPLAY-1: equal in another process, with another zone, language and heap', async () => {
    const session = await record(300);
    const { run, outcome } = await paper(session, null);
    const manifest = await run.seal(outcome);
    const script = `
      import { openRun } from '${process.cwd()}/src/node/index.ts';
      import { replay } from '${process.cwd()}/src/replay/index.ts';
      import { momentum } from '${process.cwd()}/test/node/market.ts';
      const result = await replay(await openRun('${run.dir}'), { strategy: momentum() });
      console.log(JSON.stringify([result.equal, result.traceHash.replayed]));`;
    const file = join(temporaryFolder(), 'replay.mts');
    writeFileSync(file, script);
    const config = join(temporaryFolder(), 'tsconfig.json');
    const paths = { 'quantlaxmi/*': [`${process.cwd()}/src/*/index.ts`] };
    writeFileSync(config, JSON.stringify({ compilerOptions: { baseUrl: '.', paths } }));
    for (const [TZ, LANG] of [['America/St_Johns', 'tr_TR.UTF-8']]) {
      const child = spawnSync('node', ['--max-old-space-size=96', '--import', 'tsx', file], {
        encoding: 'utf8',
        env: { ...process.env, TZ, LANG, TSX_TSCONFIG_PATH: config },
      });
      expect(child.stderr).toBe('');
      expect(JSON.parse(child.stdout)).toEqual([true, manifest.decisions.traceHash]);
    }
  });
});
