/**
 * JUnit XML of gate reports, for build servers that show test results.
 * @module
 */
import type { GateCheck, GateReport } from './report.js';

/** Characters XML 1.0 cannot hold (section 2.2), and lone surrogates. */
const NOT_XML =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the subject
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // Attribute values are normalised by parsers unless these are written as references.
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

const escapeXml = (text: string): string =>
  text.replace(NOT_XML, '\ufffd').replace(/[&<>"'\n\r\t]/g, (char) => ENTITIES[char] ?? char);

function caseXml(gate: GateReport, check: GateCheck): string {
  const facts = `observed ${check.observed}, allowed ${check.threshold}`;
  const open = `    <testcase classname="${escapeXml(gate.id)}" name="${escapeXml(check.id)}"`;
  const body = `${facts}${check.detail === '' ? '' : `. ${check.detail}`}`;
  switch (check.verdict) {
    case 'pass':
      return `${open}/>`;
    case 'fail':
      return `${open}>\n      <failure message="${escapeXml(facts)}">${escapeXml(body)}</failure>\n    </testcase>`;
    case 'warn':
      return `${open}>\n      <system-out>warn: ${escapeXml(body)}</system-out>\n    </testcase>`;
    default:
      return `${open}>\n      <skipped message="${escapeXml(`${check.verdict}: ${body}`)}"/>\n    </testcase>`;
  }
}

const countOf = (checks: readonly GateCheck[], ...verdicts: readonly string[]): number =>
  checks.filter((check) => verdicts.includes(check.verdict)).length;

const totals = (checks: readonly GateCheck[]): string =>
  `tests="${checks.length}" failures="${countOf(checks, 'fail')}" errors="0" ` +
  `skipped="${countOf(checks, 'skip', 'notApplicable')}"`;

/**
 * The reports as one JUnit document: a suite per gate, a case per check. A warning passes and says
 * so in `system-out`; skip and notApplicable are `skipped` with the reason.
 *
 * @param reports - gate reports
 * @returns XML 1.0 text, UTF-8 when encoded
 *
 * @example
 * ```ts
 * import { g2AntiOverfit, junitXml, runGates } from 'quantlaxmi/gates';
 * const xml = junitXml(await runGates([g2AntiOverfit()], {}));
 * xml.includes('skipped="1"'); // => true
 * ```
 */
export function junitXml(reports: readonly GateReport[]): string {
  const suites = reports.map((report) => {
    const name = escapeXml(`${report.id} ${report.name} ${report.version}`);
    const cases = report.checks.map((check) => `${caseXml(report, check)}\n`).join('');
    return `  <testsuite name="${name}" ${totals(report.checks)}>\n${cases}  </testsuite>\n`;
  });
  const all = totals(reports.flatMap((report) => report.checks));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${all}>\n${suites.join('')}</testsuites>\n`;
}
