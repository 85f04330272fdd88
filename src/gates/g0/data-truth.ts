/**
 * G0 DataTruth: is what was captured fit to be believed?
 * @module
 */
import { checkConfig } from '../config.js';
import type { Gate } from '../gate.js';
import { type G0Config, g0ConfigSchema } from './config.js';
import { dataTruthScan } from './scan.js';

/**
 * G0 DataTruth over the events of a session: one pass, memory flat in the number of events. A log
 * that cannot be read to its end fails.
 *
 * @param config - thresholds, e.g. `g0Defaults`
 * @returns the gate; it needs `evidence.session`
 * @throws QL_GATE_CONFIG when the configuration is not valid
 *
 * @example
 * ```ts
 * import { g0DataTruth, g0Defaults, runGates } from 'quantlaxmi/gates';
 * const gate = g0DataTruth(g0Defaults);
 * const empty = { universe: [], async *events() {} };
 * const [report] = await runGates([gate], { session: empty });
 * report?.verdict; // => 'fail'
 * ```
 */
export function g0DataTruth(config: G0Config): Gate {
  const checked = checkConfig('G0', g0ConfigSchema(), config);
  return {
    id: 'G0',
    name: 'DataTruth',
    version: '1.2.0',
    config: checked,
    evaluate: async ({ session }) => {
      if (session === undefined) {
        return [
          {
            id: 'session.substance',
            observed: 'no session',
            threshold: '>= 1 market event',
            verdict: 'skip',
            detail: 'No session was given.',
          },
        ];
      }
      const scan = dataTruthScan(checked);
      for await (const batch of session.events()) for (const event of batch) scan.push(event);
      return scan.checks(session.universe, session.end ?? null);
    },
  };
}
