/** One damage per check of G4, each with exactly the checks it fails. */
import { Secret } from 'quantlaxmi/core';
import type { G4Config } from 'quantlaxmi/gates';
import { bindPolicy } from 'quantlaxmi/manifest';
import {
  CANARY,
  type Changes,
  code,
  env,
  type Files,
  hex,
  POLICY,
  schemas,
} from './deployment-builder.js';

export const flip = (files: Files, path: string, at = 40): void => {
  const bytes = files.get(path)?.slice();
  if (bytes === undefined) throw new Error(`no ${path} among ${[...files.keys()]}`);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  files.set(path, bytes);
};
export const only = (files: Files, ends: string): string =>
  [...files.keys()].find((path) => path.endsWith(ends)) ?? '';
export const put = (files: Files, path: string, text: string): void =>
  void files.set(path, new TextEncoder().encode(text));

const dirty = { ...code, git: { ...(code.git as NonNullable<typeof code.git>), dirty: true } };
const untracked = {
  ...code,
  git: { ...(code.git as NonNullable<typeof code.git>), untrackedCount: 1 },
};
const otherLock = { ...code, package: { ...code.package, lock: hex('9') } };
const noLock = { ...code, package: { ...code.package, lock: null } };
const strategyLock = (lock: string | null) => ({
  ...code,
  strategy: { ...(code.strategy as NonNullable<typeof code.strategy>), lock },
});
const looseStrategy = strategyLock(null);
const policy = (...checks: object[]) => bindPolicy({ fmt: 'quantlaxmi-risk/1', checks });
const [notional, position, age] = POLICY.checks as [object, object, object];
export const MANIFEST_CHECKS = [
  'manifest.complete',
  'manifest.link',
  'schemas.known',
  'runtime.recorded',
  'wal.session',
  'wal.decisions',
  'files.hashes',
  'files.unlisted',
  'code.clean',
  'code.equal',
  'dependencies.locked',
  'config.valid',
  'config.frozen',
  'risk.limits',
  'runtime.same',
  'replay.parity',
];

export interface Damage {
  readonly name: string;
  readonly changes: Changes;
  readonly failed: readonly string[];
  readonly config?: Partial<G4Config>;
}

export const damages: readonly Damage[] = [
  {
    name: 'a flipped byte in the session manifest',
    changes: { files: (session) => flip(session, 'session_manifest.json') },
    failed: ['manifest.session', ...MANIFEST_CHECKS],
  },
  {
    name: 'a flipped byte in the run manifest',
    changes: { files: (_session, run) => flip(run, 'run_manifest.json') },
    failed: ['manifest.run', ...MANIFEST_CHECKS],
  },
  {
    name: 'a missing run manifest',
    changes: { files: (_session, run) => void run.delete('run_manifest.json') },
    failed: ['manifest.run', ...MANIFEST_CHECKS],
  },
  {
    name: 'a session that is still running',
    changes: { session: { status: 'running' } },
    failed: ['manifest.session'],
  },
  {
    name: 'a quarantined run',
    changes: { run: { status: 'quarantined' } },
    failed: ['manifest.run'],
  },
  {
    name: 'a run without an end',
    changes: { run: { endedAt: null } },
    failed: ['manifest.complete'],
  },
  {
    name: 'a session without universe',
    changes: { session: { universe: null }, run: { universe: null } },
    failed: ['manifest.complete'],
  },
  {
    name: 'a run of another session',
    changes: { run: { parent: { manifestHash: hex('e'), sessionId: 'ses-abc' } } },
    failed: ['manifest.link'],
  },
  {
    name: 'an event version from the future',
    changes: { session: { schemas: { ...schemas, Quote: { sha256: hex('6'), sv: 2 } } } },
    failed: ['schemas.known'],
  },
  {
    name: 'a schema that is not the one known here',
    changes: { run: { schemas: { ...schemas, Quote: { sha256: hex('6'), sv: 1 } } } },
    failed: ['schemas.known'],
  },
  { name: 'no schema versions', changes: { run: { schemas: {} } }, failed: ['schemas.known'] },
  {
    name: 'a runtime that was not recorded',
    changes: { session: { env: { ...env, v8: '' } } },
    failed: ['runtime.recorded'],
  },
  {
    name: 'another runtime',
    changes: { evidence: { env: { ...env, v8: '12.4' } } },
    failed: ['runtime.same'],
  },
  {
    name: 'a flipped byte in the session log',
    changes: { files: (session) => flip(session, only(session, '.wal.jsonl'), 2000) },
    failed: ['wal.session'],
  },
  {
    name: 'a flipped byte in the decision log',
    changes: { files: (_session, run) => flip(run, only(run, '.wal.jsonl'), 400) },
    failed: ['wal.decisions'],
  },
  {
    name: 'a log cut before its footer',
    changes: {
      files: (session) => {
        const path = only(session, '.wal.jsonl');
        const bytes = session.get(path) as Uint8Array;
        session.set(path, bytes.slice(0, bytes.lastIndexOf(10, bytes.length - 2) + 1));
      },
    },
    failed: ['wal.session'],
  },
  {
    name: 'a log that is gone',
    changes: { files: (session) => void session.delete(only(session, '.wal.jsonl')) },
    failed: ['wal.session'],
  },
  {
    name: 'a segment that no manifest lists',
    changes: {
      files: (session) => put(session, 'wal/00000009-0000000000000099.wal.jsonl', 'x'),
    },
    failed: ['wal.session', 'files.unlisted'],
  },
  {
    name: 'a changed universe file',
    changes: { files: (session) => flip(session, 'instruments.json') },
    failed: ['files.hashes'],
  },
  {
    name: 'a bound report that is gone',
    changes: {
      run: {
        gates: [
          {
            gateId: 'G0',
            version: '1.0.0',
            verdict: 'pass',
            reportPath: 'gates/G0.json',
            reportSha256: hex('1'),
          },
        ],
      },
    },
    failed: ['files.hashes'],
  },
  { name: 'a dirty tree at the run', changes: { run: { code: dirty } }, failed: ['code.clean'] },
  { name: 'a dirty tree now', changes: { evidence: { code: dirty } }, failed: ['code.clean'] },
  {
    name: 'files git does not know',
    changes: { evidence: { code: untracked } },
    failed: ['code.clean'],
  },
  {
    name: 'other code now',
    changes: { evidence: { code: { ...code, codeHash: hex('7') } } },
    failed: ['code.equal'],
  },
  {
    name: 'another dependency lock now',
    changes: { evidence: { code: otherLock } },
    failed: ['dependencies.locked'],
  },
  {
    name: 'no dependency lock',
    changes: { run: { code: noLock }, evidence: { code: noLock } },
    failed: ['dependencies.locked'],
  },
  {
    name: 'a strategy without dependency lock',
    changes: { run: { code: looseStrategy }, evidence: { code: looseStrategy } },
    failed: ['dependencies.locked'],
  },
  {
    name: 'a strategy with another dependency lock now',
    changes: { evidence: { code: strategyLock(hex('9')) } },
    failed: ['dependencies.locked'],
  },
  {
    name: 'a strategy whose dependency lock is gone',
    changes: { evidence: { code: looseStrategy } },
    failed: ['dependencies.locked'],
  },
  {
    name: 'a strategy that is not there now',
    changes: { evidence: { code: { ...code, strategy: null } } },
    failed: ['dependencies.locked'],
  },
  {
    name: 'a configuration the strategy refuses',
    changes: { evidence: { config: { sha256: '', problem: 'qty must be above 0' } } },
    failed: ['config.valid', 'config.frozen'],
  },
  {
    name: 'a configuration that was changed',
    changes: { evidence: { config: { sha256: hex('2'), problem: null } } },
    failed: ['config.frozen'],
  },
  {
    name: 'a recorded configuration that is not what its hash says',
    changes: {
      run: { config: { hmacSha256: null, redacted: { qty: 6 }, secrets: [], sha256: hex('8') } },
    },
    failed: ['config.frozen'],
  },
  {
    name: 'a policy without position limit',
    changes: { run: { risk: policy(notional, age) } },
    failed: ['risk.limits'],
  },
  {
    name: 'a policy without any check',
    changes: { run: { risk: policy() } },
    failed: ['risk.limits'],
  },
  {
    name: 'an infinite limit',
    changes: {
      run: {
        risk: policy(position, age, { check: 'maxNotional', notionalMax: { USDT: 'Infinity' } }),
      },
    },
    failed: ['risk.limits'],
  },
  {
    name: 'a limit as good as none',
    changes: {
      run: {
        risk: policy(position, age, {
          check: 'maxNotional',
          notionalMax: { USDT: '9'.repeat(16) },
        }),
      },
    },
    failed: ['risk.limits'],
  },
  {
    name: 'a limit for nothing',
    changes: { run: { risk: policy(position, age, { check: 'maxNotional', notionalMax: {} }) } },
    failed: ['risk.limits'],
  },
  {
    name: 'a limit that was raised after its hash was taken',
    changes: { run: { risk: { ...policy(notional, position, age), sha256: hex('3') } } },
    failed: ['risk.limits'],
  },
  {
    name: 'a replay that diverged',
    changes: { parity: [{ equal: false }] },
    failed: ['replay.parity'],
  },
  {
    name: 'a replay with another trace hash',
    changes: { parity: [{ traceHash: hex('0') }] },
    failed: ['replay.parity'],
  },
  {
    name: 'only replays of another run',
    changes: { parity: [{ runId: 'run-x' }, { runId: 'run-x' }] },
    failed: ['replay.parity'],
  },
  {
    name: 'a kill switch nobody could throw',
    changes: { evidence: { killSwitch: async () => ({ ok: false, detail: 'EACCES' }) } },
    failed: ['killSwitch.reachable'],
  },
  {
    name: 'an exporter that does not answer',
    changes: {
      evidence: {
        exporter: async () => {
          throw new Error('ECONNREFUSED');
        },
      },
    },
    failed: ['exporter.answers'],
  },
  {
    name: 'a probe that does not say yes',
    changes: {
      evidence: { exporter: async () => ({ ok: 'yes' as unknown as boolean, detail: '' }) },
    },
    failed: ['exporter.answers'],
  },
  {
    name: 'a secret in an artefact of the session',
    changes: { files: (session) => put(session, 'notes.txt', `key=${CANARY}`) },
    failed: ['secrets.absent'],
  },
  {
    name: 'a private key in an artefact of the run',
    changes: { files: (_session, run) => put(run, 'x.pem', '-----BEGIN RSA PRIVATE KEY-----\n') },
    failed: ['secrets.absent'],
  },
  {
    name: 'a secret too short to be looked for',
    changes: { evidence: { secrets: { pin: new Secret('1234') } } },
    failed: ['secrets.absent'],
  },
];
