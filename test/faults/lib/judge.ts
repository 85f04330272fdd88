import type { FaultCase, FaultOutcome, Scale } from './case.js';

/** Why an outcome does not hold; empty when it does. */
export function reasonsAgainst(
  { id, injectedMin }: Pick<FaultCase, 'id' | 'injectedMin'>,
  outcome: FaultOutcome,
  scale: Scale,
): readonly string[] {
  const { injected, lost, undetected, misclassified, controls, failures } = outcome;
  const least = scale === 'full' ? injectedMin : 1;
  const reasons: string[] = [];
  if (!(injected >= least)) reasons.push(`${injected} faults were injected, at least ${least} due`);
  if (lost !== 0) reasons.push(`${lost} acknowledged records were lost`);
  if (undetected !== 0) reasons.push(`${undetected} faults were not detected`);
  if (misclassified !== 0) reasons.push(`${misclassified} faults were misclassified`);
  for (const { name, caught, detail } of controls) {
    if (!caught) reasons.push(`control "${name}" was not caught: ${detail}`);
  }
  reasons.push(...failures);
  return reasons.map((reason) => `${id}: ${reason}`);
}
