import { encodeUtf8, sha256Hex } from 'quantlaxmi/core';
import {
  bindGateReports,
  type Gate,
  type GateCheck,
  type GateReport,
  g2AntiOverfit,
  g3Robustness,
  gateRegistry,
  gateReportBytes,
  gateReportSha256,
  gateSummary,
  gatesHold,
  junitXml,
  parseGateReport,
  runGates,
  verdictOf,
} from 'quantlaxmi/gates';
import { describe, expect, test } from 'vitest';
import { parseXml } from './parse-xml.js';

const check = (id: string, verdict: GateCheck['verdict'], detail = ''): GateCheck => ({
  id,
  observed: 1,
  threshold: 0,
  verdict,
  detail,
});
const gate = (id: string, checks: readonly GateCheck[] | Error): Gate => ({
  id,
  name: `Gate ${id}`,
  version: '1.2.3',
  config: { max: 0 },
  evaluate: async () => {
    if (checks instanceof Error) throw checks;
    return checks;
  },
});
const report = async (...checks: GateCheck[]): Promise<GateReport> => {
  const [made] = await runGates([gate('X', checks)], {});
  return made as GateReport;
};

describe('running', () => {
  test.each([
    [['pass', 'warn', 'fail', 'skip'], 'fail'],
    [['pass', 'warn', 'skip'], 'skip'],
    [['pass', 'warn', 'notApplicable'], 'warn'],
    [['pass', 'notApplicable'], 'pass'],
    [['notApplicable'], 'notApplicable'],
    [[], 'notApplicable'],
  ] as const)('GATES-2: checks %j make the gate %s', (verdicts, expected) => {
    expect(verdictOf(verdicts.map((verdict) => ({ verdict })))).toBe(expected);
  });

  test('GATES-2: a gate that throws has failed, and the next one still runs', async () => {
    const gates = [gate('A', new Error('no such file')), gate('B', [check('b', 'pass')])];
    const reports = await runGates(gates, {});
    expect(reports.map(({ verdict }) => verdict)).toEqual(['fail', 'pass']);
    expect(reports[0]?.checks[0]).toMatchObject({ id: 'gate.error', detail: 'no such file' });
  });

  test('GATES-2: only pass, warn and notApplicable hold, and no report does not', async () => {
    const of = (verdict: GateCheck['verdict']) => report(check('c', verdict));
    for (const verdict of ['pass', 'warn', 'notApplicable'] as const) {
      expect(gatesHold([await of(verdict)])).toBe(true);
    }
    for (const verdict of ['fail', 'skip'] as const) {
      expect(gatesHold([await of('pass'), await of(verdict)])).toBe(false);
    }
    expect(gatesHold([])).toBe(false);
  });

  test('GATES-5: G2 and G3 say that they judged nothing, and never pass', async () => {
    const reports = await runGates([g2AntiOverfit(), g3Robustness()], {});
    expect(reports.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['G2', 'notApplicable'],
      ['G3', 'notApplicable'],
    ]);
    for (const { checks } of reports) expect(checks[0]?.detail).toContain('Nothing was judged');
  });

  test('control characters and endless text of the evidence do not reach a report', async () => {
    const made = await report({
      ...check('c', 'fail', `a\u001b[2J\n${'x'.repeat(10_000)}`),
      observed: 'b\u0007',
    });
    const found = made.checks[0];
    expect(found?.detail.startsWith('a\\u001b[2J\\u000axxx')).toBe(true);
    expect(found?.detail.length).toBeLessThanOrEqual(4096);
    expect(found?.observed).toBe('b\\u0007');
  });
});

describe('registry', () => {
  const registry = gateRegistry([g2AntiOverfit(), g3Robustness()]);

  test('gives gates by id in the order of registration', () => {
    expect(registry.ids()).toEqual(['G2', 'G3']);
    expect(registry.select(['G3', 'G2']).map(({ id }) => id)).toEqual(['G2', 'G3']);
    expect(registry.all()).toHaveLength(2);
  });

  test('refuses an unknown id and an id twice', async () => {
    const refusal = expect.objectContaining({ code: 'QL_GATE_REGISTRY' });
    expect(() => registry.select(['G9'])).toThrow(refusal);
    expect(() => gateRegistry([g2AntiOverfit(), g2AntiOverfit()])).toThrow(refusal);
    await expect(runGates([g2AntiOverfit(), g2AntiOverfit()], {})).rejects.toEqual(refusal);
  });
});

describe('report files', () => {
  test('GATES-6: equal evidence gives equal bytes, and they are read back', async () => {
    const a = await report(check('c', 'warn', 'ü'));
    const b = await report(check('c', 'warn', 'ü'));
    expect(gateReportBytes(a)).toEqual(gateReportBytes(b));
    expect(gateReportSha256(a)).toBe(sha256Hex(gateReportBytes(a)));
    expect(parseGateReport(gateReportBytes(a))).toEqual(a);
  });

  test.each([
    ['another format', (r: GateReport) => ({ ...r, fmt: 'quantlaxmi-gate-report/2' })],
    ['an unknown field', (r: GateReport) => ({ ...r, extra: 1 })],
    ['an unknown verdict', (r: GateReport) => ({ ...r, verdict: 'maybe' })],
    ['a verdict its checks do not have', (r: GateReport) => ({ ...r, verdict: 'pass' })],
    ['an id that is a path', (r: GateReport) => ({ ...r, id: '../x' })],
    ['no checks field', (r: GateReport) => ({ ...r, checks: undefined })],
  ])('GATES-6: %s is refused', async (_name, change) => {
    const text = JSON.stringify(change(await report(check('c', 'fail'))));
    expect(() => parseGateReport(encodeUtf8(text))).toThrow(
      expect.objectContaining({ code: 'QL_GATE_REPORT' }),
    );
  });

  test('GATES-6: a report binds its path, its checksum and its verdict', async () => {
    const made = await report(check('c', 'fail'));
    const bound = bindGateReports([made], { dir: 'gates' });
    const sha256 = sha256Hex(gateReportBytes(made));
    expect(bound.gates).toEqual([
      {
        gateId: 'X',
        version: '1.2.3',
        verdict: 'fail',
        reportPath: `gates/X-${sha256.slice(0, 16)}.json`,
        reportSha256: sha256,
      },
    ]);
    expect(bound.files).toEqual([
      { path: bound.gates[0]?.reportPath, bytes: gateReportBytes(made) },
    ]);
    expect(() => bindGateReports([made], { dir: '../out' })).toThrow(
      expect.objectContaining({ code: 'QL_PATH_UNSAFE' }),
    );
  });
});

describe('for build servers and people', () => {
  const nasty = `<&>"' ]]> \u0000\u001b\ud800\ufffe \t\n\r`;
  const raw: GateReport = {
    fmt: 'quantlaxmi-gate-report/1',
    id: 'X',
    name: nasty,
    version: '1',
    verdict: 'fail',
    config: {},
    checks: [
      check('a', 'pass'),
      check('b', 'fail', nasty),
      check('c', 'warn', nasty),
      check('d', 'skip', nasty),
      check('e', 'notApplicable', nasty),
    ],
  };

  test('GATES-7: JUnit XML is read back by an XML parser, whatever the text', () => {
    const root = parseXml(junitXml([raw, raw]));
    expect(root.name).toBe('testsuites');
    expect(root.attributes).toMatchObject({
      tests: '10',
      failures: '2',
      skipped: '4',
      errors: '0',
    });
    const suite = root.children[0];
    expect(suite?.attributes).toMatchObject({ tests: '5', failures: '1', skipped: '2' });
    const clean = `<&>"' ]]> ��� \t\n\r`.replace('���', '\ufffd\ufffd\ufffd\ufffd');
    expect(suite?.attributes['name']).toBe(`X ${clean} 1`);
    const cases = suite?.children ?? [];
    expect(cases.map((one) => one.children[0]?.name)).toEqual([
      undefined,
      'failure',
      'system-out',
      'skipped',
      'skipped',
    ]);
    expect(cases[1]?.children[0]?.text).toBe(`observed 1, allowed 0. ${clean}`);
    expect(cases[3]?.children[0]?.attributes['message']).toBe(
      `skip: observed 1, allowed 0. ${clean}`,
    );
  });

  test('the XML reader refuses what is not XML', () => {
    for (const bad of ['<a>', '<a b=c/>', '<a>&</a>', '<a></b>', '<a>\u0001</a>', '<a/><b/>']) {
      expect(() => parseXml(`<?xml version="1.0" encoding="UTF-8"?>\n${bad}\n`), bad).toThrow();
    }
  });

  test('the summary has a line per gate and per check that did not pass', () => {
    const plain = { ...raw, name: 'Name', checks: [check('a', 'pass'), check('b', 'fail', 'why')] };
    expect(gateSummary([plain], { verbose: false })).toBe(
      'X Name 1: fail (2 checks: 1 pass, 1 fail)\n  fail  b: observed 1, allowed 0. why\n',
    );
    expect(gateSummary([plain], { verbose: true }).split('\n')).toHaveLength(4);
  });
});
