import { isQuantlaxmiError } from 'quantlaxmi/core';
import {
  assertRevision,
  bindGates,
  diffManifests,
  type GateBinding,
  type Manifest,
  type RunManifest,
  reviseManifest,
  type SessionManifest,
  sealManifest,
} from 'quantlaxmi/manifest';
import { describe, expect, test } from 'vitest';
import { hex, runBody, sessionBody } from './samples.js';

const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (isQuantlaxmiError(error, 'QL_MANIFEST_REVISION')) return String(error.context['field']);
    throw error;
  }
  return 'accepted';
};

const gate = (gateId: string, digit: string): GateBinding => ({
  gateId,
  reportPath: `gates/${gateId}.json`,
  reportSha256: hex(digit),
  verdict: 'pass',
  version: '1',
});

const draft = sealManifest(sessionBody()) as SessionManifest;
const runDraft = sealManifest({ ...runBody(), status: 'running', endedAt: null }) as RunManifest;
const ended = reviseManifest(runDraft, { status: 'ended', endedAt: 5 });

describe('revisions', () => {
  test('MANIFEST-6: a draft is sealed into a revision that names it', () => {
    const sealed = reviseManifest(draft, { status: 'ended', sealedAt: 9 });
    expect(sealed.revision).toBe(2);
    expect(sealed.prevManifestHash).toBe(draft.manifestHash);
    expect(refusal(() => assertRevision(draft, sealed))).toBe('accepted');
  });

  test.each([
    ['sessionId', { sessionId: 'other' }],
    ['createdAt', { createdAt: 1 }],
    ['wal.walId', { wal: { ...sessionBody().wal, walId: 'd'.repeat(32) } }],
  ])('MANIFEST-6: a session draft may not change %s', (field, change) => {
    expect(refusal(() => reviseManifest(draft, { ...change, status: 'ended' }))).toBe(field);
  });

  test.each([
    ['runId', { runId: 'other' }],
    ['seeds.run', { seeds: { run: '43' } }],
    ['config.sha256', { config: { ...runBody().config, sha256: hex('0') } }],
    ['code.codeHash', { code: { ...runBody().code, codeHash: hex('0') } }],
  ])('MANIFEST-6: a run draft may not change %s', (field, change) => {
    expect(refusal(() => reviseManifest(runDraft, { ...change, status: 'ended' }))).toBe(field);
  });

  test('MANIFEST-6: gate reports are bound to a sealed run, and nothing else changes', () => {
    const bound = bindGates(ended, [gate('G4', '1'), gate('G0', '2')]);
    expect(bound.gates.map((g) => g.gateId)).toEqual(['G0', 'G4']);
    expect(bound.revision).toBe(ended.revision + 1);
    const changed = diffManifests<Manifest>(ended, bound).map((d) => d.path.split(/[.[]/)[0]);
    expect(new Set(changed)).toEqual(
      new Set(['gates', 'manifestHash', 'prevManifestHash', 'revision']),
    );
    const again = bindGates(bound, [gate('G0', '3')]);
    expect(again.gates.map((g) => g.reportSha256)).toEqual([hex('3'), hex('1')]);
  });

  test('MANIFEST-6: a running run takes no gate reports', () => {
    expect(() => bindGates(runDraft, [gate('G0', '1')])).toThrow(/still running/);
  });

  test('MANIFEST-6: no field of a sealed run but its gates can change', () => {
    const fields = Object.keys(ended).filter(
      (key) => !['fmt', 'gates', 'manifestHash', 'prevManifestHash', 'revision'].includes(key),
    );
    const other: Record<string, unknown> = {
      ...{ calendar: { sha256: hex('1') }, cash: {}, config: { ...ended.config, secrets: ['/x'] } },
      ...{ code: { ...ended.code, codeHash: hex('9') }, endedAt: 6, env: { ...ended.env, v8: '' } },
      ...{ decisions: { ...ended.decisions, count: 8 }, inputs: { ...ended.inputs, toSeq: 4 } },
      ...{ mode: 'live', parent: { ...ended.parent, sessionId: 'x' }, runId: 'x', startedAt: 6 },
      replayOf: { divergence: null, equal: true, runId: 'x', traceHash: hex('1') },
      ...{ result: { ...ended.result, fills: 3 }, risk: { ...ended.risk, description: 1 } },
      ...{ runConfigHash: hex('2'), schemas: {}, seeds: { run: '43' }, status: 'recovered' },
      ...{ strategy: { id: 'x', version: '' }, upcasters: { sha256: hex('3') } },
      universe: { asOf: null, count: 1, path: 'x', sha256: hex('1') },
      venue: { ...ended.venue, description: 1 },
    };
    for (const field of fields) {
      expect(Object.hasOwn(other, field), field).toBe(true);
      const change = { [field]: other[field] } as Partial<RunManifest>;
      expect(refusal(() => reviseManifest(ended, change)).split('.')[0], field).toBe(field);
    }
  });

  test('MANIFEST-6: anything may be quarantined', () => {
    expect(reviseManifest(ended, { status: 'quarantined' }).status).toBe('quarantined');
  });

  test('MANIFEST-6: a successor must count up and name the one before', () => {
    const next = reviseManifest(ended, { gates: [gate('G0', '1')] });
    const skipped = sealManifest({ ...next, revision: next.revision + 1 }) as RunManifest;
    expect(refusal(() => assertRevision(ended, skipped))).toBe('revision');
    const orphan = sealManifest({ ...next, prevManifestHash: hex('0') }) as RunManifest;
    expect(() => assertRevision(ended, orphan)).toThrow(/prevManifestHash/);
    expect(refusal(() => assertRevision(ended, next))).toBe('accepted');
  });
});
