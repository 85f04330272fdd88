/**
 * A simulated venue of small parts: latency, fees, matching.
 * @module
 */
export { type ChargedFill, type Fee, type FeeModel, makerTakerFees } from './fees.js';
export { constantLatency, type LatencyModel } from './latency.js';
export { SIM_REASONS, type SimReason } from './reasons.data.js';
export { type SimVenueOptions, simVenue } from './sim-venue.js';
