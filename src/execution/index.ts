/**
 * The life of an order, and the port to the places that execute it.
 * @module
 */
export type { OwnOrder } from './types.js';
export { NO_EFFECTS, type TimerRequest, type Venue, type VenueEffects } from './venue.js';
