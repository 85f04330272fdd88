/**
 * Files of the National Stock Exchange of India: bhavcopies and option chains to events.
 * @module
 */
export { type NseCapture, type NseCaptureOptions, type NseStats, nseCapture } from './capture.js';
export { NSE_FILE_KINDS, type NseFileKind, nseFileKind, nseFileTime } from './file-kind.js';
export { NSE_VENUE } from './market.js';
