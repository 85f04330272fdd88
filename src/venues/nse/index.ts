/**
 * Files of the National Stock Exchange of India: bhavcopies and option chains to events.
 * @module
 */
export { NSE_VENUE } from './market.js';
