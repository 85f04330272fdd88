/**
 * The escalation ladder as data: what raises it, what a level does, and where it stands.
 * @module
 */
import type { LadderLevel } from '../events/index.js';
import type { Rational } from '../fixed-point/index.js';

/** What a trigger measures. Each is an integer or an exact fraction, and larger is worse. */
export type LadderMetric =
  /** Loss of the day in the reporting currency, open PnL included; 0 on a winning day. */
  | 'dailyLoss'
  /** Fall from the highest equity, parts per million of it. */
  | 'drawdownPpm'
  /** Losing round trips in a row. */
  | 'consecutiveLosses'
  /** Range of the mark inside `windowUs` over its low, basis points. */
  | 'volatilityBps'
  /** Denied intents inside `windowUs`. */
  | 'denials'
  /** Orders the venue rejected inside `windowUs`. */
  | 'rejects'
  /** Own orders in the state `unknown`. */
  | 'unknownOrders'
  /** Largest known error of the receive clock, µs. */
  | 'clockErrorUs'
  /** Age of the mark of an instrument that is held, µs. */
  | 'markAgeUs'
  /** 0 log well, 1 stalled, 2 poisoned or unknown. */
  | 'logHealth'
  /** 0 feed connected and books in sequence, 1 otherwise, for instruments that are held. */
  | 'feedBroken';

/** Kind of thing a level belongs to. */
export type LadderScopeKind = 'all' | 'account' | 'strategy' | 'venue' | 'instrument';

/** One reason to escalate. Thresholds are decimal text, rising or equal from level to level. */
export interface LadderTrigger {
  readonly id: string;
  readonly metric: LadderMetric;
  readonly scope: LadderScopeKind;
  /** Observed at or above it: at least this level. A level may be left out. */
  readonly warn?: string;
  readonly throttle?: string;
  readonly halt?: string;
  /**
   * Hysteresis, parts per million: a level is left only below `threshold × clearPpm / 10^6`.
   * At most 1,000,000.
   */
  readonly clearPpm: number;
  /** Level while the metric is unknown. */
  readonly unknown: LadderLevel;
  /** For metrics over a window, µs. */
  readonly windowUs?: number;
  /**
   * For `dailyLoss` and `drawdownPpm`: oldest mark or rate that what is held may be valued at, µs.
   * With an older one the metric is unknown.
   */
  readonly markAgeMaxUs?: number;
}

/** What the levels do and how they are left. */
export interface LadderSpec {
  readonly triggers: readonly LadderTrigger[];
  /** Under THROTTLE an order's quantity is multiplied by this, rounded down to a lot; ppm. */
  readonly throttleSizePpm: number;
  /** Under THROTTLE an order takes 10^6 / this tokens of every rate limit; ppm. */
  readonly throttleRatePpm: number;
  /** Logged time a metric must stay below its clear level before a level is left, µs. */
  readonly coolDownUs: number;
  /**
   * Logged time between two looks at the metrics when nothing of our own happens, µs. Where nothing
   * at all happens, a timer looks as often, at most once a second, while anything is held or works.
   * At HALT, also the time between two rounds of cancels of what still works.
   */
  readonly everyUs: number;
  /**
   * Whether HALT cancels the working orders of its scope; those that add to a position and still
   * work are cancelled again every `everyUs`.
   */
  readonly haltCancels: boolean;
  /** Whether HALT starts the policy's flattening of its scope; needs `flatten`. */
  readonly haltFlattens: boolean;
}

/** Where one scope stands. */
export interface LadderRung {
  readonly level: LadderLevel;
  /** Trigger that set it. */
  readonly trigger: string;
  /** Logged time since which the metrics allow a lower level, µs; -1 while they do not. */
  readonly clearSinceUs: number;
  /** Logged time since which the metrics allow `normal`; -1 or absent while they do not. */
  readonly normalSinceUs?: number;
  /** HALT is left by a named operator only. */
  readonly latched: boolean;
}

/**
 * Scope key → rung, of every scope that is not at `normal`. Keys: `all`, `account:NAME`,
 * `strategy:ID`, `venue:VENUE`, `instrument:ID`. Plain JSON; keys in code unit order.
 */
export type LadderState = Readonly<Record<string, LadderRung>>;

/** One change of a level, as the log records it. */
export interface LadderChange {
  readonly scope: string;
  readonly from: LadderLevel;
  readonly to: LadderLevel;
  readonly trigger: string;
  /** Decimal text; empty when unknown. */
  readonly observed: string;
  readonly limit: string;
}

/** One look at one trigger in one scope. */
export interface LadderObservation {
  /** Id of the trigger. */
  readonly trigger: string;
  /** Scope key. */
  readonly scope: string;
  /** What was measured, not rounded; null when it is unknown. */
  readonly value: Rational | null;
}

/** What a ladder needs to know that no {@link RiskView} tells. */
export interface LadderFacts {
  /** True while a feed that was connected is not. */
  readonly feedBroken: boolean;
  /** Denied intents of the run later than `sinceUs`. */
  denials(sinceUs: number): number;
  /** Orders of the run that the venue rejected later than `sinceUs`. */
  rejects(sinceUs: number): number;
}

/** The ladder after a look, and what changed. */
export interface LadderStep {
  readonly state: LadderState;
  /** In code unit order of the scopes. */
  readonly changes: readonly LadderChange[];
}
