import { QuantlaxmiError } from 'quantlaxmi/core';
import {
  type G4Config,
  g1Defaults,
  g1ReplayParity,
  g4Defaults,
  g4Deployability,
  runGates,
} from 'quantlaxmi/gates';
import { describe, expect, test } from 'vitest';
import { CANARY, type Changes, code, deployment, hex } from './deployment-builder.js';
import { damages, flip, MANIFEST_CHECKS, only, put } from './g4-damages.data.js';

async function judge(changes: Changes = {}, config: Partial<G4Config> = {}) {
  const gate = g4Deployability({ ...g4Defaults, ...config });
  const [report] = await runGates([gate], await deployment(changes));
  return report?.checks ?? [];
}

async function notPassed(changes: Changes, config: Partial<G4Config> = {}) {
  const checks = await judge(changes, config);
  return checks.filter(({ verdict }) => verdict !== 'pass').map(({ id, verdict }) => [id, verdict]);
}

describe('G4', () => {
  test('GATES-1: a deployment in order passes every check', async () => {
    const checks = await judge();
    expect(checks.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(checks).toHaveLength(21);
  });

  test.each(damages)('GATES-1: $name', async ({ changes, failed, config }) => {
    expect(await notPassed(changes, config)).toEqual(failed.map((id) => [id, 'fail']));
  });

  test('GATES-1: every check has a damage that fails it', async () => {
    const ids = (await judge()).map(({ id }) => id);
    const turned = new Set(
      damages
        .filter(({ failed }) => failed.length < MANIFEST_CHECKS.length)
        .flatMap(({ failed }) => failed),
    );
    expect(ids.filter((id) => !turned.has(id))).toEqual([]);
  });

  test('GATES-2: a verifier that throws fails its check, the others are still judged', async () => {
    const evidence = await deployment();
    const broken = {
      ...evidence,
      deployment: {
        ...(evidence.deployment as NonNullable<typeof evidence.deployment>),
        session: {
          ...(evidence.deployment as NonNullable<typeof evidence.deployment>).session,
          verifyLog: async () => {
            throw new QuantlaxmiError('QL_INVARIANT', 'disk went away');
          },
        },
      },
    };
    const [report] = await runGates([g4Deployability(g4Defaults)], broken);
    const bad = report?.checks.filter(({ verdict }) => verdict !== 'pass');
    expect(bad?.map(({ id, detail }) => [id, detail])).toEqual([
      ['wal.session', 'QL_INVARIANT: disk went away'],
    ]);
  });

  test('GATES-2: without replays or evidence nothing is passed', async () => {
    const { deployment: alone } = await deployment();
    const gate = g4Deployability(g4Defaults);
    const [noParity] = await runGates([gate], alone === undefined ? {} : { deployment: alone });
    expect(
      noParity?.checks.filter(({ verdict }) => verdict !== 'pass').map(({ id }) => id),
    ).toEqual(['replay.parity']);
    expect((await runGates([gate], {}))[0]?.verdict).toBe('skip');
  });

  test('no git evidence warns or fails as configured', async () => {
    const changes: Changes = { evidence: { code: { ...code, git: null } } };
    expect(await notPassed(changes)).toEqual([['code.clean', 'warn']]);
    expect(await notPassed(changes, { gitMissing: 'fail' })).toEqual([['code.clean', 'fail']]);
  });

  test('a problem is told with its place', async () => {
    const checks = await judge({
      files: (session) => flip(session, only(session, '.wal.jsonl'), 2000),
    });
    const detail = checks.find(({ id }) => id === 'wal.session')?.detail;
    expect(detail).toMatch(
      /^WAL_CORRUPT in 00000001-0000000000000001\.wal\.jsonl byte \d+ seq \d+/,
    );
  });

  test('the report never repeats the secret it found', async () => {
    const checks = await judge({ files: (session) => put(session, 'notes.txt', CANARY) });
    const text = JSON.stringify(checks);
    expect(text).toContain('notes.txt: exchangeKey (plain)');
    expect(text).not.toContain(CANARY);
  });

  test.each([
    ['no required risk check', { riskChecks: [] }],
    ['no pattern', { secretPatterns: [] }],
    ['an unknown field', { colour: 'red' }],
    ['no replay required', { replaysMin: 0 }],
    ['a pattern that is no regular expression', { secretPatterns: [{ name: 'x', pattern: '(' }] }],
  ])('GATES-3: %s in the configuration is refused', (_name, change) => {
    expect(() => g4Deployability({ ...g4Defaults, ...change } as G4Config)).toThrow(
      expect.objectContaining({ code: 'QL_GATE_CONFIG' }),
    );
  });
});

describe('G1', () => {
  const parity = async (changes: Changes) => {
    const [report] = await runGates([g1ReplayParity(g1Defaults)], await deployment(changes));
    return [
      report?.verdict,
      report?.checks.filter(({ verdict }) => verdict !== 'pass').map(({ id }) => id),
    ];
  };

  test('GATES-4: two processes with the recorded trace hash and count pass', async () => {
    expect(await parity({})).toEqual(['pass', []]);
  });

  test.each([
    ['another trace hash', { traceHash: hex('0') }, ['parity.traceHash']],
    ['another number of decisions', { decisions: 8 }, ['parity.decisions']],
    ['a divergence', { equal: false, divergence: 'decision 3' }, ['parity.equal']],
    ['the same process twice', { processId: 'host:1:10' }, ['parity.processes']],
    ['another run', { runId: 'run-x' }, ['parity.run']],
  ])('GATES-4: %s in the second replay fails', async (_name, change, failed) => {
    expect(await parity({ parity: [{}, change] })).toEqual(['fail', failed]);
  });

  test('GATES-4: one replay is not enough, none is a skip', async () => {
    const evidence = await deployment();
    const full = evidence.parity as NonNullable<typeof evidence.parity>;
    const run = async (n: number) => {
      const gate = g1ReplayParity(g1Defaults);
      const some = { ...full, replays: full.replays.slice(0, n) };
      return (await runGates([gate], { parity: some }))[0]?.verdict;
    };
    expect([await run(2), await run(1), await run(0)]).toEqual(['pass', 'fail', 'skip']);
  });

  test('GATES-4: a run without decisions or without trace hash fails', async () => {
    const evidence = await deployment();
    const full = evidence.parity as NonNullable<typeof evidence.parity>;
    const judgeRecorded = async (recorded: Partial<typeof full.recorded>) => {
      const merged = { ...full.recorded, ...recorded };
      const { traceHash, decisions } = merged;
      const replays = full.replays.map((replay) => ({ ...replay, traceHash, decisions }));
      const gate = g1ReplayParity(g1Defaults);
      const [report] = await runGates([gate], { parity: { recorded: merged, replays } });
      return report?.checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
    };
    expect(await judgeRecorded({ decisions: 0 })).toEqual(['parity.substance']);
    expect(await judgeRecorded({ traceHash: '' })).toEqual(['parity.traceHash']);
  });

  test('GATES-3: fewer than two processes cannot be asked for', () => {
    expect(() => g1ReplayParity({ ...g1Defaults, processesMin: 1 })).toThrow(
      expect.objectContaining({ code: 'QL_GATE_CONFIG' }),
    );
  });
});
