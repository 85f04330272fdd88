/**
 * What the captures print: the session that was recorded.
 * @module
 */
import { escapeControl, type QuantlaxmiError } from '../../core/index.js';
import { logSummary, type Session } from '../../node/index.js';
import { facts, grouped } from '../format.js';
import type { Outcome } from '../outcome.js';

/** A capture that ended. */
export interface Captured {
  readonly session: Session;
  /** What the venue's capture counted. */
  readonly stats: object;
  /** Recordings that broke off. */
  readonly damage: readonly QuantlaxmiError[];
  /** Why it does not count as a capture although it came to its end. */
  readonly failed?: string;
  /** Further fields of the document, and lines for people. */
  readonly more?: Readonly<Record<string, string | number | boolean>>;
}

/** Document and text; exit 1 when a recording broke off, or nothing was captured. */
export const captureOutcome = async (captured: Captured): Promise<Outcome> => {
  const { session, stats, damage, failed, more = {} } = captured;
  const { wal } = await session.verify();
  const summary = await logSummary(session.dir, wal);
  const { counts } = summary;
  const types = Object.entries(counts).map(([t, n]): [string, string] => [t, grouped(n)]);
  const text = [
    `recorded ${session.dir}`,
    facts([
      ['session', session.id],
      ['instruments', instrumentsText(session)],
      ...Object.entries(more).map(([name, value]): [string, string] => [name, String(value)]),
      ...types,
      ['gaps', String(summary.gaps)],
      ['malformed', String(summary.malformed)],
      ['last seq', String(summary.lastSeq)],
      ['chain head', summary.chainHead],
      ['events', summary.eventsSha256],
    ]),
    ...damage.map((error) => escapeControl(`${error.code}: ${error.message}`)),
    ...(failed === undefined ? [] : [failed]),
  ].join('\n');
  const document = {
    ...summary,
    ...more,
    stats,
    damage: damage.map(({ code, message }) => ({ code, message })),
  };
  const whole = damage.length === 0 && failed === undefined;
  return { exitCode: whole ? 0 : 1, document, text };
};

/** Names, or their number where a line would not hold them. */
const instrumentsText = ({ manifest }: Session): string => {
  const names = manifest.capture.scales.map((one) => one.inst);
  return names.length <= 10 ? names.join(', ') : grouped(names.length);
};
