/**
 * Gate reports: what was observed, what was allowed, and the verdict, check by check.
 * @module
 */
import * as z from 'zod';
import {
  canonicalIntegerJson,
  encodeUtf8,
  LIMITS,
  parseStrictJson,
  QuantlaxmiError,
  sha256Hex,
} from '../core/index.js';
import type { GateVerdict, IntegerJson } from '../manifest/index.js';

/** Format name of a gate report; a reader refuses any other. */
export const GATE_REPORT_FORMAT = 'quantlaxmi-gate-report/1';

/** One check of a gate. */
export interface GateCheck {
  /** Stable name, `group.check`. */
  readonly id: string;
  /** What was found: an integer in the unit of the threshold, or text. */
  readonly observed: number | string;
  /** What is allowed, in words or as a bound. */
  readonly threshold: number | string;
  readonly verdict: GateVerdict;
  /** Where it was found first, and what it means; empty when there is nothing to say. */
  readonly detail: string;
}

/** Report of one gate over its evidence. It holds no time, so equal evidence gives equal bytes. */
export interface GateReport {
  readonly fmt: typeof GATE_REPORT_FORMAT;
  /** Gate id, e.g. `G0`. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly verdict: GateVerdict;
  /** The thresholds the verdict rests on. */
  readonly config: IntegerJson;
  readonly checks: readonly GateCheck[];
}

const verdictSchema = () => z.enum(['pass', 'fail', 'warn', 'skip', 'notApplicable']);

const valueSchema = () => z.union([z.int(), z.string().max(1024)]);

/**
 * The report's schema: the specification of `quantlaxmi-gate-report/1`.
 *
 * @returns a strict zod object
 */
export const gateReportSchema = () =>
  z.strictObject({
    fmt: z.literal(GATE_REPORT_FORMAT),
    id: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/),
    name: z.string().max(64),
    version: z.string().max(32),
    verdict: verdictSchema(),
    config: z.json(),
    checks: z
      .array(
        z.strictObject({
          id: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/),
          observed: valueSchema(),
          threshold: valueSchema(),
          verdict: verdictSchema(),
          detail: z.string().max(DETAIL_CHARS_MAX),
        }),
      )
      .max(256),
  });

/** Longest `detail` of a check, UTF-16 units. */
export const DETAIL_CHARS_MAX = 4096;

/** Worst first. A skipped check outranks a warning: what was not looked at was not passed. */
const ORDER: readonly GateVerdict[] = ['fail', 'skip', 'warn', 'pass'];

/**
 * Verdict of a gate from those of its checks: the worst of fail, skip, warn, pass; notApplicable
 * when no check applies.
 *
 * @param checks - the gate's checks
 * @example
 * ```ts
 * import { verdictOf } from 'quantlaxmi/gates';
 * verdictOf([{ verdict: 'pass' }, { verdict: 'warn' }]); // => 'warn'
 * ```
 */
export function verdictOf(checks: readonly Pick<GateCheck, 'verdict'>[]): GateVerdict {
  for (const verdict of ORDER) {
    if (checks.some((check) => check.verdict === verdict)) return verdict;
  }
  return 'notApplicable';
}

/**
 * A report's file: canonical JSON, so that its checksum can be bound.
 *
 * @param report - a report
 * @returns UTF-8 bytes
 */
export const gateReportBytes = (report: GateReport): Uint8Array =>
  encodeUtf8(canonicalIntegerJson(report));

/**
 * SHA-256 (hex) of {@link gateReportBytes}.
 *
 * @param report - a report
 */
export const gateReportSha256 = (report: GateReport): string => sha256Hex(gateReportBytes(report));

/**
 * Reads a report's file and checks its verdict against its checks.
 *
 * @param bytes - the file
 * @returns the report
 * @throws QL_GATE_REPORT when the format, a field or the verdict is wrong; QL_JSON_* when the bytes
 *   are not strict JSON
 */
export function parseGateReport(bytes: Uint8Array): GateReport {
  const value = parseStrictJson(bytes, {
    maxBytes: LIMITS.manifestBytes,
    maxDepth: LIMITS.jsonDepth,
  });
  const parsed = gateReportSchema().safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new QuantlaxmiError(
      'QL_GATE_REPORT',
      `gate report at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'not valid'}; ` +
        `expected ${GATE_REPORT_FORMAT}; write the report again with this version`,
      { context: { path: issue?.path.join('.') ?? '' } },
    );
  }
  const report = parsed.data as GateReport;
  const expected = verdictOf(report.checks);
  if (report.verdict !== expected) {
    throw new QuantlaxmiError(
      'QL_GATE_REPORT',
      `gate report ${report.id}: verdict is ${report.verdict}, its checks say ${expected}; ` +
        'the file was edited: run the gate again',
      { context: { gate: report.id } },
    );
  }
  return report;
}
