/**
 * Test doubles that need a real machine: venues on loopback with real sockets.
 * @module
 */
export { LOOPBACK } from './loopback.js';
