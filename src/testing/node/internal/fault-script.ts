/** Says which faults of a script are due. @module */
import { QuantlaxmiError } from '../../../core/index.js';
import type { FaultAt, FaultKind, ScriptedFault } from '../faults.js';

/** What a script counts. */
export type ScriptCounter = 'frames' | 'us' | 'requests' | 'attempts' | 'messages';

const COUNTERS: readonly ScriptCounter[] = ['frames', 'us', 'requests', 'attempts', 'messages'];

function limitOf(at: FaultAt, index: number): readonly [ScriptCounter, number] {
  for (const name of COUNTERS) {
    const value = (at as Partial<Record<ScriptCounter, number>>)[name];
    if (value !== undefined && Number.isSafeInteger(value) && value >= 0) return [name, value];
  }
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `fault script, line ${index + 1}: "at" is ${JSON.stringify(at)}; expected one of ` +
      `${COUNTERS.join(', ')} with an integer of at least 0.`,
    { context: { line: index + 1 } },
  );
}

/** Hands out each scripted fault once, when its counter got there. */
export class FaultScript {
  readonly #waiting = new Map<ScriptCounter, { limit: number; line: ScriptedFault }[]>();
  readonly #counts: Partial<Record<FaultKind, number>> = {};

  constructor(script: readonly ScriptedFault[]) {
    for (const [index, line] of script.entries()) {
      const [counter, limit] = limitOf(line.at, index);
      const list = this.#waiting.get(counter) ?? [];
      list.push({ limit, line });
      this.#waiting.set(counter, list);
    }
    // Stable: lines of the same limit take effect in the order of the script.
    for (const list of this.#waiting.values()) list.sort((a, b) => a.limit - b.limit);
  }

  /** Faults that are due at `value` of a counter, in order; each is handed out once. */
  due(counter: ScriptCounter, value: number): readonly ScriptedFault[] {
    const list = this.#waiting.get(counter);
    if (list === undefined || list.length === 0 || (list[0]?.limit ?? 0) > value) return [];
    const after = list.findIndex((item) => item.limit > value);
    return list.splice(0, after < 0 ? list.length : after).map((item) => item.line);
  }

  /** A fault happened. */
  count(kind: FaultKind): void {
    this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
  }

  get counts(): Readonly<Partial<Record<FaultKind, number>>> {
    return { ...this.#counts };
  }
}
