/** Where local venues listen. @module */

/** Address of local venues: reachable from this machine only. */
export const LOOPBACK = '127.0.0.1';
