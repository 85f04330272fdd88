import { CASES as BYTES } from './bytes/index.js';
import type { FaultCase } from './lib/case.js';
import { CASES as POWER } from './power/index.js';
import { CASES as SYSCALLS } from './syscalls/index.js';

/** All rows of the matrix, in order of their ids. */
export const FAULT_CASES: readonly FaultCase[] = [...SYSCALLS, ...POWER, ...BYTES].toSorted(
  (a, b) => (a.id < b.id ? -1 : 1),
);
