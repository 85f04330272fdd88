import type { FaultCase } from '../lib/case.js';
import { F16 } from './f16-truncation.js';
import { F17 } from './f17-sectors.js';
import { F18 } from './f18-flips.js';
import { F19 } from './f19-edits.js';
import { F20 } from './f20-forgery.js';
import { F21 } from './f21-segments.js';
import { F22 } from './f22-rollback.js';
import { F29 } from './f29-live-tail.js';
import { F32 } from './f32-evolution.js';
import { F33 } from './f33-hostile.js';

/** Rows of the matrix made here, in order of their ids. */
export const CASES: readonly FaultCase[] = [F16, F17, F18, F19, F20, F21, F22, F29, F32, F33];
