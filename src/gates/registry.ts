/**
 * A registry of gates by id, for runners that choose gates by name.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { Gate } from './gate.js';
import { assertDistinct } from './run-gates.js';

/** Gates by id, in the order they were registered. */
export interface GateRegistry {
  /** Every gate. */
  readonly all: () => readonly Gate[];
  /** The id of every gate. */
  readonly ids: () => readonly string[];
  /** The named gates in registration order. */
  readonly select: (ids: readonly string[]) => readonly Gate[];
}

/**
 * Makes a registry.
 *
 * @param gates - gates with distinct ids
 * @returns the registry
 * @throws QL_GATE_REGISTRY when two gates share an id, or `select` names an unknown one
 *
 * @example
 * ```ts
 * import { g2AntiOverfit, g3Robustness, gateRegistry } from 'quantlaxmi/gates';
 * const registry = gateRegistry([g2AntiOverfit(), g3Robustness()]);
 * registry.select(['G3']).map((gate) => gate.name); // => ['Robustness']
 * ```
 */
export function gateRegistry(gates: readonly Gate[]): GateRegistry {
  assertDistinct(gates);
  const ids = gates.map((gate) => gate.id);
  return {
    all: () => gates.slice(),
    ids: () => ids.slice(),
    select: (wanted) => {
      const unknown = wanted.find((id) => !ids.includes(id));
      if (unknown !== undefined) {
        throw new QuantlaxmiError(
          'QL_GATE_REGISTRY',
          `gate "${unknown}" is not registered; registered are ${ids.join(', ')}; correct the id`,
          { context: { gate: unknown } },
        );
      }
      return gates.filter((gate) => wanted.includes(gate.id));
    },
  };
}
