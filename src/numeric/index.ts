/**
 * Elementary functions and sums that give the same bits on every engine: built from `+ - * /`,
 * square root and bit access only, in a fixed order.
 * @module
 */

export { erf, erfc, erfcx } from './erf.js';
export { exp, expm1, tanh } from './exp.js';
export { log, log1p } from './log.js';
export { normalCdf, normalInverseCdf, normalPdf, rngNormal } from './normal.js';
export { pow10, powInt } from './power.js';
export { floorDiv, floorMod, neumaier, sumOrdered, sumPairwise8 } from './sum.js';
