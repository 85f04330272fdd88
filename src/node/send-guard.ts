/** What a process asks itself before it sends: kill switch, log, age of the decision. @module */
import type { Clock } from '../core/index.js';
import { KILL_SWITCH_REASON, type SendGuard } from '../strategy/index.js';
import type { KillSwitchPort } from './kill-switches.js';

/** Parts of a {@link sendGuard}; each that is given can hold a request back. */
export interface SendGuardOptions {
  /** Holds back new orders and amends; cancels go out. */
  readonly killSwitch?: KillSwitchPort;
  /** The run's log; a `WalWriter` fits. Poisoned or closed, it holds everything back. */
  readonly log?: { readonly state: 'open' | 'poisoned' | 'closed' };
  /** Longest time from the logged time of a decision to its send, µs; needs `clock`. */
  readonly decisionAgeMaxUs?: number;
  readonly clock?: Clock;
}

/**
 * Makes the guard of a run in this process. It fails closed: what throws, or cannot be told, holds
 * the request back.
 *
 * @param options - what may hold a request back
 * @returns a guard for `createRunner`; its reasons are `QL_WAL_POISONED`, `QL_RISK_KILL_SWITCH` and
 *   `QL_SEND_LATE`
 * @example
 * ```ts
 * import { killSwitchApi, sendGuard } from 'quantlaxmi/node';
 *
 * const killSwitch = killSwitchApi();
 * const guard = sendGuard({ killSwitch });
 * guard.check({ kind: 'reconcile' }, { nowUs: 0, cause: 1 }); // => ''
 * ```
 */
export function sendGuard(options: SendGuardOptions): SendGuard {
  const { clock, decisionAgeMaxUs, killSwitch, log } = options;
  return {
    check(action, { nowUs }) {
      if (log !== undefined && log.state !== 'open') return 'QL_WAL_POISONED';
      if (action.kind !== 'submit' && action.kind !== 'amend') return '';
      if (killSwitch !== undefined && killSwitch.engaged() !== false) return KILL_SWITCH_REASON;
      if (decisionAgeMaxUs === undefined) return '';
      // Without a clock the age is unknown.
      const ageUs = clock === undefined ? Number.NaN : clock.nowUs() - nowUs;
      return ageUs <= decisionAgeMaxUs ? '' : 'QL_SEND_LATE';
    },
  };
}
