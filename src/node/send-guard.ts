/** What a process asks itself before it sends: kill switch, logs, age of the decision. @module */
import type { Clock } from '../core/index.js';
import { KILL_SWITCH_REASON, type SendGuard } from '../strategy/index.js';
import type { KillSwitchPort } from './kill-switches.js';

/** Health of a log, as its writer or a {@link logHealth} tells it. */
export interface LogState {
  readonly state: 'open' | 'poisoned' | 'closed';
  /** False while the disk keeps up; left out where nobody measures it. */
  readonly stalled?: boolean;
}

/** Parts of a {@link sendGuard}; each that is given can hold a request back. */
export interface SendGuardOptions {
  /** Holds back new orders and amends; cancels go out. */
  readonly killSwitch?: KillSwitchPort;
  /**
   * The run's log, or several with the session's; a `WalWriter` fits. Poisoned or closed, one holds
   * everything back; stalled, it holds new orders and amends back.
   */
  readonly log?: LogState | readonly LogState[];
  /** Longest time from the logged time of a decision to its send, µs; needs `clock`. */
  readonly decisionAgeMaxUs?: number;
  readonly clock?: Clock;
}

/** Reason of what is held back because a part of the guard could not answer. */
const GUARD_FAILED = 'QL_SEND_GUARD_FAILED';

/**
 * Makes the guard of a run in this process. It fails closed: what throws, or answers anything but
 * a plain no, holds the request back.
 *
 * @param options - what may hold a request back
 * @returns a guard for `createRunner`; its reasons are `QL_WAL_POISONED`, `QL_WAL_STALLED`,
 *   `QL_RISK_KILL_SWITCH`, `QL_SEND_LATE` and `QL_SEND_GUARD_FAILED`
 * @example
 * ```ts
 * import { killSwitchApi, sendGuard } from 'quantlaxmi/node';
 *
 * const killSwitch = killSwitchApi();
 * const guard = sendGuard({ killSwitch });
 * guard.check({ kind: 'reconcile', question: 1 }, { nowUs: 0, cause: 1 }); // => ''
 * ```
 */
export function sendGuard(options: SendGuardOptions): SendGuard {
  const { clock, decisionAgeMaxUs, killSwitch, log = [] } = options;
  const logs: readonly LogState[] = Array.isArray(log) ? log : [log as LogState];
  const refusal: SendGuard['check'] = (action, { nowUs }) => {
    if (logs.some(({ state }) => state !== 'open')) return 'QL_WAL_POISONED';
    if (action.kind !== 'submit' && action.kind !== 'amend') return '';
    if (logs.some(({ stalled = false }) => stalled !== false)) return 'QL_WAL_STALLED';
    if (killSwitch !== undefined && killSwitch.engaged() !== false) return KILL_SWITCH_REASON;
    if (decisionAgeMaxUs === undefined) return '';
    // Without a clock the age is unknown.
    const ageUs = clock === undefined ? Number.NaN : clock.nowUs() - nowUs;
    // A clock behind the log by as much says as little about the age.
    return ageUs <= decisionAgeMaxUs && ageUs >= -decisionAgeMaxUs ? '' : 'QL_SEND_LATE';
  };
  return {
    check(action, at) {
      try {
        return refusal(action, at);
      } catch {
        return GUARD_FAILED;
      }
    },
  };
}
