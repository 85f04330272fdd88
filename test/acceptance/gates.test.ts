/** The gates' evidence as the command gathers it: each probe and file can make its check fail. */
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  capture,
  command,
  FIXTURE,
  type GatesDocument,
  json,
  scratch,
  STRATEGY,
} from './lib/command.js';
import { writeRunConfig } from './lib/run-config.js';

const dir = scratch('gates');
const session = join(dir, 'session');
const run = join(session, 'runs', 'r');

/** Verdicts of a run's checks by id. */
const verdicts = (...extra: readonly string[]): ReadonlyMap<string, string> => {
  const { document } = json<GatesDocument>(['gates', run, ...extra]);
  return new Map(
    document.gates.flatMap(({ checks }) => checks.map(({ id, verdict }) => [id, verdict] as const)),
  );
};

beforeAll(() => {
  expect(capture(FIXTURE, session).code).toBe(0);
  const config = writeRunConfig(join(dir, 'config.json'));
  const files = ['--session', session, '--strategy', STRATEGY, '--config', config];
  expect(command(['paper', ...files, '--out', run]).code).toBe(0);
}, 120_000);

describe('the gates on a paper run', { timeout: 300_000 }, () => {
  test('control: parity, configuration, kill switch and exporter hold', () => {
    const found = verdicts();
    for (const id of [
      'session.complete',
      'venue.gapRecorded',
      'parity.traceHash',
      'config.frozen',
      'config.valid',
      'dependencies.locked',
      'exporter.answers',
      'secrets.absent',
    ]) {
      expect([id, found.get(id)]).toEqual([id, 'pass']);
    }
    // Nothing was asked for by name, so nothing can be said to be covered.
    expect(found.get('instrument.coverage')).toBe('notApplicable');
    expect([...found].filter(([id]) => id.startsWith('killSwitch'))).toEqual([
      ['killSwitch.reachable', 'pass'],
    ]);
    expect(existsSync(join(run, 'KILL'))).toBe(false);
  });

  test('reports are bound: the manifest names each with its checksum', () => {
    const manifest = JSON.parse(readFileSync(join(run, 'run_manifest.json'), 'utf8')) as {
      gates: { gateId: string; reportPath: string; reportSha256: string }[];
    };
    expect(manifest.gates.map(({ gateId }) => gateId)).toEqual(['G0', 'G1', 'G2', 'G3', 'G4']);
    for (const { reportPath } of manifest.gates) {
      expect(existsSync(join(run, reportPath))).toBe(true);
    }
  });

  test('a changed configuration file is not the one that ran', () => {
    const path = join(run, 'config.json');
    const before = readFileSync(path);
    chmodSync(path, 0o640);
    writeFileSync(path, before.toString().replace('700000', '700001'));
    expect(verdicts('--only', 'G4').get('config.frozen')).toBe('fail');
    rmSync(path);
    const absent = verdicts('--only', 'G4');
    expect([absent.get('config.frozen'), absent.get('config.valid')]).toEqual(['fail', 'fail']);
    writeFileSync(path, before);
    expect(verdicts('--only', 'G4').get('config.frozen')).toBe('pass');
  });

  test('an engaged kill switch and a secret in an artefact fail G4', () => {
    writeFileSync(join(run, 'KILL'), '');
    expect(verdicts('--only', 'G4').get('killSwitch.reachable')).toBe('fail');
    rmSync(join(run, 'KILL'));
    const canary = 'canary-0123456789-of-the-gates';
    writeFileSync(join(run, 'notes.txt'), `key ${canary}`);
    const { document } = json<GatesDocument>(['gates', run, '--only', 'G4'], {
      env: { QL_CANARY_API_KEY: canary },
    });
    const [g4] = document.gates;
    const secrets = g4?.checks.filter(({ id }) => id.startsWith('secrets')) ?? [];
    expect(secrets.map(({ verdict }) => verdict)).toContain('fail');
    rmSync(join(run, 'notes.txt'));
  });

  test('a long secret of the environment is looked for like a short one', () => {
    const long = 'canary-of-the-gates/'.repeat(150);
    const secrets = () => {
      const { document } = json<GatesDocument>(['gates', run, '--only', 'G4'], {
        env: { QL_CANARY_PRIVATE_KEY: long },
      });
      return document.gates[0]?.checks.find(({ id }) => id === 'secrets.absent')?.verdict;
    };
    expect(secrets()).toBe('pass');
    writeFileSync(join(run, 'notes.gz'), gzipSync(`key ${long}.`));
    expect(secrets()).toBe('fail');
    // Cut short, it cannot be searched to its end.
    writeFileSync(join(run, 'notes.gz'), gzipSync('nothing'.repeat(9)).subarray(0, 20));
    expect(secrets()).toBe('fail');
    rmSync(join(run, 'notes.gz'));
  });
});
