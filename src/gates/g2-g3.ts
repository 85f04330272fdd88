/**
 * G2 and G3: registered so that a report says what was not judged. They never pass.
 * @module
 */
import type { Gate } from './gate.js';

const notJudged = (gate: { id: string; name: string; needs: string }): Gate => ({
  id: gate.id,
  name: gate.name,
  version: '0.0.0',
  config: {},
  evaluate: async () => [
    {
      id: 'evidence.available',
      observed: 'none',
      threshold: gate.needs,
      verdict: 'notApplicable',
      detail: `This version has no such evidence: ${gate.needs}. Nothing was judged.`,
    },
  ],
});

/**
 * G2 AntiOverfit. Reports notApplicable with the reason.
 *
 * @returns the gate
 */
export const g2AntiOverfit = (): Gate =>
  notJudged({
    id: 'G2',
    name: 'AntiOverfit',
    needs: 'trial count, deflated Sharpe ratio, probability of backtest overfitting, null tests',
  });

/**
 * G3 Robustness. Reports notApplicable with the reason.
 *
 * @returns the gate
 */
export const g3Robustness = (): Gate =>
  notJudged({
    id: 'G3',
    name: 'Robustness',
    needs: 'parameter perturbation, cost and latency stress, regime splits',
  });
