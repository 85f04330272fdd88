import type { FaultCase } from '../lib/case.js';
import { LYING_WRITER, POWER_CUT } from './cut-power.js';
import { DISK_FULL } from './disk-full.js';
import { FOOTER_FSYNC_FAILURE, FSYNC_FAILURE } from './fsync-failure.js';
import { SNAPSHOT } from './snapshot.js';
import { TORN_SEQUENCE, TORN_WRITE } from './torn-write.js';
import { UNSYNCED } from './unsynced.js';

/** Rows of the matrix made here, in order of their ids. */
export const CASES: readonly FaultCase[] = [
  FSYNC_FAILURE,
  FOOTER_FSYNC_FAILURE,
  DISK_FULL,
  POWER_CUT,
  LYING_WRITER,
  SNAPSHOT,
  UNSYNCED,
  TORN_WRITE,
  TORN_SEQUENCE,
];
