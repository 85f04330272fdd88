/**
 * Re-executes a run from its logs, compares every output, and reports the first that differs with
 * the context of both sides and the likeliest reason.
 * @module
 */
export { describeDivergence } from './describe.js';
export type {
  Divergence,
  DivergenceClass,
  DivergenceContext,
  DivergenceKind,
  TracedOutput,
} from './divergence.js';
export { classifyDivergence } from './divergence.js';
export type { EventStream } from './internal/cursor.js';
export type { ReplayableRun, ReplayOptions, ReplayResult } from './replay.js';
export { replay } from './replay.js';
