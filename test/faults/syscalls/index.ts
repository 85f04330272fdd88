import type { FaultCase } from '../lib/case.js';
import { F02, F03, F04 } from './f02-f04-sweeps.js';
import { F05 } from './f05-recovery.js';

/** Rows of the matrix made here, in order of their ids. */
export const CASES: readonly FaultCase[] = [F02, F03, F04, F05];
