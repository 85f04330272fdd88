import type { FaultCase } from '../lib/case.js';
import { F01 } from './f01-kill.js';
import { F02, F03, F04 } from './f02-f04-sweeps.js';
import { F05 } from './f05-recovery.js';
import { F08 } from './f08-short-writes.js';
import { F09 } from './f09-errnos.js';
import { F23, F24 } from './f23-f24-writers.js';
import { F25 } from './f25-stale-lock.js';
import { F26 } from './f26-clock.js';
import { F27 } from './f27-stopped-disk.js';
import { F28 } from './f28-read-errors.js';
import { F30 } from './f30-order.js';
import { F31 } from './f31-random-faults.js';
import { F34 } from './f34-open-errors.js';
import { F35 } from './f35-replay-load.js';
import { F36 } from './f36-order-gap.js';

/** Rows of the matrix made here, in order of their ids. */
export const CASES: readonly FaultCase[] = [
  F01,
  F02,
  F03,
  F04,
  F05,
  F08,
  F09,
  F23,
  F24,
  F25,
  F26,
  F27,
  F28,
  F30,
  F31,
  F34,
  F35,
  F36,
];
