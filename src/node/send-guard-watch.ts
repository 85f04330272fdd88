/** Carries what a process sees of itself into the run's log. @module */
import type { EventInput } from '../events/index.js';
import { KILL_SWITCH_REASON, type Runner } from '../strategy/index.js';
import type { KillSwitchPort } from './kill-switches.js';
import type { LogState } from './send-guard.js';

/** Parts of a {@link watchRun}. */
export interface WatchRunOptions {
  readonly runner: Pick<Runner, 'operator'>;
  readonly killSwitch?: KillSwitchPort;
  /** Logs the run stands on: its own, the session's. */
  readonly logs?: readonly LogState[];
}

/** Tells a run of its surroundings. */
export interface RunWatch {
  /**
   * Looks once and logs what changed since the last look. Call it with every batch.
   * @throws QL_RUNNER_HALTED when the run's own log cannot take the fact
   */
  poll(): Promise<void>;
}

type Health = 'QL_WAL_FLOWING' | 'QL_WAL_STALLED' | 'QL_WAL_POISONED';

function thrown(port: KillSwitchPort | undefined): boolean {
  try {
    return port !== undefined && port.engaged() !== false;
  } catch {
    return true;
  }
}

function healthOf(logs: readonly LogState[]): Health {
  if (logs.some(({ state }) => state !== 'open')) return 'QL_WAL_POISONED';
  const behind = logs.some(({ stalled = false }) => stalled !== false);
  return behind ? 'QL_WAL_STALLED' : 'QL_WAL_FLOWING';
}

const fact = (
  kind: 'config' | 'killSwitch',
  code: string,
  details: Readonly<Record<string, string | number>>,
): EventInput => ({
  ...{ t: 'Session', sv: 1, rx: 0, ts: null, src: 'OPERATOR' },
  body: { code, details, inst: null, kind },
});

/**
 * Watches a kill switch and logs for a run, so that its decisions know of them and a replay does
 * too. That a switch is thrown is told; that it was released is not, since trading starts again by
 * a named operator only.
 *
 * @param options - the run, and what is watched
 * @example
 * ```ts
 * import { killSwitchApi, watchRun } from 'quantlaxmi/node';
 * import type { EventInput } from 'quantlaxmi/events';
 *
 * const told: EventInput[] = [];
 * const killSwitch = killSwitchApi();
 * const runner = { operator: async (event: EventInput) => void told.push(event) };
 * const watch = watchRun({ runner, killSwitch });
 * killSwitch.engage('asha', 'drill');
 * await watch.poll();
 * told.length; // => 1
 * ```
 */
export function watchRun(options: WatchRunOptions): RunWatch {
  const { killSwitch, logs = [], runner } = options;
  let engaged = false;
  let health: Health = 'QL_WAL_FLOWING';
  return {
    async poll() {
      const isEngaged = thrown(killSwitch);
      if (isEngaged && !engaged) {
        const details = { by: 'watch', engaged: 1 };
        await runner.operator(fact('killSwitch', KILL_SWITCH_REASON, details));
      }
      engaged = isEngaged;
      const now = healthOf(logs);
      if (now === health) return;
      health = now;
      await runner.operator(fact('config', now, {}));
    },
  };
}
