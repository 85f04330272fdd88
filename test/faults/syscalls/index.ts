import type { FaultCase } from '../lib/case.js';

/** Rows of the matrix made here, in order of their ids. */
export const CASES: readonly FaultCase[] = [];
