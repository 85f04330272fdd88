import { canonicalIntegerJson, encodeUtf8, isQuantlaxmiError } from 'quantlaxmi/core';
import {
  encodeStatement,
  type EvidenceStatement,
  evidenceStatement,
  parseStatement,
  type RunManifest,
  sealManifest,
  type SessionManifest,
  subjectPaths,
} from 'quantlaxmi/manifest';
import { describe, expect, test } from 'vitest';
import { hex, runBody, sessionBody } from './samples.js';

const gate = (gateId: string, verdict: 'pass' | 'fail') => ({
  gateId,
  reportPath: `gates/${gateId}.json`,
  reportSha256: hex('1'),
  verdict,
  version: '1',
});
const session = sealManifest(sessionBody()) as SessionManifest;
const run = sealManifest({
  ...runBody(),
  gates: [gate('G0', 'pass'), gate('G1', 'fail')],
}) as RunManifest;
const digests = new Map(subjectPaths({ run, session }).map(({ name }) => [name, hex('2')]));
const made = (gates: readonly string[] = []): EvidenceStatement =>
  evidenceStatement(run, { approver: 'desk head', digests, gates });

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return isQuantlaxmiError(error) ? error.code : String(error);
  }
  return 'accepted';
};

describe('a statement', () => {
  test('MANIFEST-12: names manifests, universe, segments of both logs and gate reports', () => {
    expect(subjectPaths({ run, session }).map(({ name }) => name)).toEqual([
      'run/decisions/00000001-0000000000000001.wal.jsonl',
      'run/gates/G0.json',
      'run/gates/G1.json',
      'run/run_manifest.json',
      'session/instruments.json',
      'session/session_manifest.json',
      'session/wal/00000001-0000000000000001.wal.jsonl',
    ]);
    expect(subjectPaths({ session }).map(({ name }) => name)).toEqual([
      'session/instruments.json',
      'session/session_manifest.json',
      'session/wal/00000001-0000000000000001.wal.jsonl',
    ]);
  });

  test('MANIFEST-12: states gates, trace hash, code hash, approver and policy', () => {
    const { predicate, _type, predicateType } = made(['G0']);
    expect(_type).toBe('https://in-toto.io/Statement/v1');
    expect(predicateType).toBe('https://quantlaxmi.dev/attestation/evidence/v1');
    expect(predicate).toEqual({
      approver: 'desk head',
      codeHash: run.code.codeHash,
      gates: run.gates.map(({ reportPath: _, ...rest }) => rest),
      kind: 'run',
      policy: { gates: ['G0'] },
      traceHash: run.decisions.traceHash,
    });
    const about = evidenceStatement(session, { approver: 'x', digests, gates: [] });
    expect(about.predicate).toMatchObject({ gates: [], kind: 'session', traceHash: null });
  });

  test('MANIFEST-12: reads back from its bytes', () => {
    expect(parseStatement(encodeStatement(made()))).toEqual(made());
  });

  test('MANIFEST-12: a policy that its gates do not meet is neither made nor read', () => {
    expect(codeOf(() => made(['G1']))).toBe('QL_EVIDENCE_STATEMENT');
    expect(codeOf(() => made(['G9']))).toBe('QL_EVIDENCE_STATEMENT');
    const { predicate } = made();
    const claimed = { ...made(), predicate: { ...predicate, policy: { gates: ['G1'] } } };
    expect(codeOf(() => parseStatement(encodeStatement(claimed)))).toBe('QL_EVIDENCE_STATEMENT');
  });

  const sample = made();
  test.each<[string, unknown]>([
    ['another type', { ...sample, _type: 'https://in-toto.io/Statement/v0.1' }],
    ['another predicate type', { ...sample, predicateType: 'https://slsa.dev/provenance/v1' }],
    ['no subject', { ...sample, subject: [] }],
    ['a subject twice', { ...sample, subject: [...sample.subject, sample.subject[0]] }],
    ['an unknown field', { ...sample, extra: 1 }],
    ['no approver', { ...sample, predicate: { ...sample.predicate, approver: '' } }],
    ['a short hash', { ...sample, subject: [{ digest: { sha256: 'ab' }, name: 'a' }] }],
  ])('MANIFEST-12: %s is refused', (_, value) => {
    const bytes = encodeUtf8(canonicalIntegerJson(value));
    expect(codeOf(() => parseStatement(bytes))).toBe('QL_EVIDENCE_STATEMENT');
  });
});
