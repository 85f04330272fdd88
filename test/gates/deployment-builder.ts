/** Evidence of a small deployment in memory in which everything is right, and ways to spoil it. */
import { Secret, sha256Pure } from '../../src/core/index.js';
import { EVENT_TYPES, type EventInput, schemaSha256 } from '../../src/events/index.js';
import type {
  ArtefactFolder,
  DeploymentEvidence,
  GateEvidence,
  ParityReplay,
} from '../../src/gates/index.js';
import {
  bindConfig,
  bindPolicy,
  bindUniverse,
  encodeManifest,
  type RunManifest,
  type RunManifestBody,
  type SessionManifest,
  type SessionManifestBody,
  sealManifest,
} from '../../src/manifest/index.js';
import { memoryStore, openWalWriter, verifyWal } from '../../src/wal/index.js';
import { code, env, hex, runBody, sessionBody } from '../manifest/samples.js';
import { cleanInputs, instrument } from './session-builder.js';

export type Files = Map<string, Uint8Array>;

export const CANARY = 'canary-key-0123456789';

const schemas = Object.fromEntries(
  EVENT_TYPES.map((type) => [type, { sha256: schemaSha256(type), sv: 1 }]),
);

async function writeLog(inputs: readonly EventInput[], walId: string): Promise<Files> {
  const store = memoryStore();
  const writer = await openWalWriter(store, {
    walId,
    clock: { nowUs: () => 1 },
    hasher: sha256Pure,
    policy: { kind: 'always' },
    rotate: { bytes: 1_000_000, events: 1000 },
  });
  writer.appendBatch(inputs);
  await writer.close();
  return store.snapshot();
}

const verifyFiles = (files: Files, dir: string) => {
  const names = [...files].filter(([path]) => path.startsWith(`${dir}/`));
  const store = memoryStore(new Map(names.map(([path, b]) => [path.slice(dir.length + 1), b])));
  return verifyWal(store, { hasher: sha256Pure, expectSealed: true });
};

async function bindLog(files: Files, dir: string) {
  const found = await verifyFiles(files, dir);
  return {
    chainHead: found.chainHead,
    dir,
    lastSeq: found.lastSeq,
    perType: found.perType,
    segments: found.segments.map((segment) => ({ ...segment, sha256: segment.sha256 ?? '' })),
    totalEvents: found.totalEvents,
    walId: found.walId ?? '',
  };
}

export const folderOf = (files: Files): ArtefactFolder => ({
  list: async () => [...files.keys()],
  async *read(path) {
    const bytes = files.get(path);
    if (bytes === undefined) throw new Error(`ENOENT: ${path}`);
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  },
});

const POLICY = {
  fmt: 'quantlaxmi-risk/1',
  checks: [
    { check: 'maxNotional', notionalMax: { USDT: '50000' } },
    { check: 'maxPosition', qtyMax: { 'BINANCE:USDM:BTCUSDT': '0.5' } },
    { check: 'quoteAge', ageMaxUs: 2_000_000 },
  ],
};

/** What a test may change before the manifests are sealed, and after. */
export interface Changes {
  readonly session?: Partial<SessionManifestBody>;
  readonly run?: Partial<RunManifestBody>;
  readonly evidence?: Partial<DeploymentEvidence>;
  readonly parity?: readonly Partial<ParityReplay>[];
  /** Changes files after everything was sealed. */
  readonly files?: (session: Files, run: Files) => void;
}

const decisions = (): EventInput[] => {
  const rx = 1_723_161_255_000_000;
  const fact = { code: '', details: {}, inst: null, kind: 'config' } as const;
  return [{ t: 'Session', sv: 1, rx, ts: null, src: 'RUNNER', body: fact }];
};

async function sealSession(files: Files, change: Partial<SessionManifestBody> = {}) {
  const universe = bindUniverse([instrument()], 1);
  files.set(universe.binding.path, universe.bytes);
  const manifest = sealManifest({
    ...sessionBody(),
    schemas,
    sealedAt: 1_723_161_256_000_000,
    status: 'ended',
    universe: universe.binding,
    wal: await bindLog(files, 'wal'),
    ...change,
  }) as SessionManifest;
  files.set('session_manifest.json', encodeManifest(manifest));
  return manifest;
}

async function sealRun(files: Files, session: SessionManifest, change: Partial<RunManifestBody>) {
  const manifest = sealManifest({
    ...runBody(),
    config: bindConfig({ qty: 5 }),
    decisions: { ...runBody().decisions, log: await bindLog(files, 'decisions') },
    inputs: {
      chainHead: session.wal.chainHead,
      fromSeq: 1,
      toSeq: session.wal.lastSeq,
      walId: session.wal.walId,
      walPath: 'wal',
      walSha256: session.wal.segments.map((segment) => segment.sha256),
    },
    parent: { manifestHash: session.manifestHash, sessionId: session.sessionId },
    risk: bindPolicy(POLICY),
    schemas,
    status: 'ended',
    universe: session.universe,
    ...change,
  }) as RunManifest;
  files.set('run_manifest.json', encodeManifest(manifest));
  return manifest;
}

const prefixed = (files: Files, dir: string): Files =>
  new Map([...files].map(([name, bytes]) => [`${dir}/${name}`, bytes]));

/** Evidence for G1 and G4, right unless `changes` spoils it. */
export async function deployment(changes: Changes = {}): Promise<GateEvidence> {
  const session = prefixed(await writeLog(cleanInputs(10), 'a'.repeat(32)), 'wal');
  const run = prefixed(await writeLog(decisions(), 'b'.repeat(32)), 'decisions');
  const sessionManifest = await sealSession(session, changes.session);
  const manifest = await sealRun(run, sessionManifest, changes.run ?? {});
  changes.files?.(session, run);
  const { traceHash, count } = manifest.decisions;
  const replay = (processId: string): ParityReplay => ({
    processId,
    environment: { tz: 'UTC', runtime: env.runtime },
    runId: manifest.runId,
    equal: true,
    traceHash,
    decisions: count,
    divergence: '',
  });
  const replays = [replay('host:1:10'), replay('host:2:20')].map((one, i) => ({
    ...one,
    ...changes.parity?.[i],
  }));
  return {
    parity: { recorded: { runId: manifest.runId, traceHash, decisions: count }, replays },
    deployment: {
      session: {
        files: folderOf(session),
        manifestPath: 'session_manifest.json',
        verifyLog: () => verifyFiles(session, 'wal'),
      },
      run: {
        files: folderOf(run),
        manifestPath: 'run_manifest.json',
        verifyLog: () => verifyFiles(run, 'decisions'),
      },
      code: manifest.code,
      env,
      config: { sha256: manifest.config.sha256, problem: null },
      killSwitch: async () => ({ ok: true, detail: 'file KILL can be made' }),
      exporter: async () => ({ ok: true, detail: '200' }),
      secrets: { exchangeKey: new Secret(CANARY) },
      hasher: sha256Pure,
      ...changes.evidence,
    },
  };
}

export { code, env, hex, POLICY, schemas };
