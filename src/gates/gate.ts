/**
 * What a gate is, and what it is shown.
 * @module
 */
import type { Event } from '../events/index.js';
import type { IntegerJson } from '../manifest/index.js';
import type { ParityEvidence } from './g1-replay-parity.js';
import type { DeploymentEvidence } from './g4/evidence.js';
import type { GateCheck } from './report.js';

/** Where a session ends, as its manifest says. */
export interface SessionEnd {
  /** `seq` of its last event. */
  readonly lastSeq: number;
}

/** The facts of a session, and the instruments it was meant to cover. */
export interface SessionEvidence {
  /** The events in log order, in batches; called once per gate. */
  readonly events: () => AsyncIterable<readonly Event[]>;
  /** Instrument ids the session was to capture; null when none was declared. */
  readonly universe: readonly string[] | null;
  /** Where the session must end; when it is not given, its end is not judged. */
  readonly end?: SessionEnd;
}

/** Everything gates may ask for. A gate that misses its part reports `skip`, never `pass`. */
export interface GateEvidence {
  readonly session?: SessionEvidence;
  readonly parity?: ParityEvidence;
  readonly deployment?: DeploymentEvidence;
}

/** A gate: thresholds as data and a function from evidence to checks. */
export interface Gate {
  /** `G0`, `G1`, ... or an id of your own, `[A-Za-z0-9_-]{1,32}`. */
  readonly id: string;
  readonly name: string;
  /** Changes when a check or its meaning changes. */
  readonly version: string;
  /** The thresholds, as they stand in the report. */
  readonly config: IntegerJson;
  /** Evaluates the evidence. What it throws becomes a failed check. */
  readonly evaluate: (evidence: GateEvidence) => Promise<readonly GateCheck[]>;
}
