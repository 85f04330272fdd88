/**
 * How long a venue wants to be left alone.
 * @module
 */
import type { HttpAnswer } from '../ports.js';

/** Longest wait that is believed, s: venues ban for at most three days. */
const SECONDS_MAX = 604_800;

const SECOND_US = 1_000_000;

/** Statuses that forbid any further request for a while: too many, and banned. */
export function isRefusedForRate(status: number): boolean {
  return status === 429 || status === 418;
}

/** Wait that the answer asks for by `Retry-After` in seconds, µs; `fallbackUs` without one. */
export function retryAfterUs(answer: HttpAnswer, fallbackUs: number): number {
  const text = (answer.headers['retry-after'] ?? '').trim();
  if (!/^[0-9]{1,9}$/.test(text)) return fallbackUs;
  let seconds = 0;
  for (let i = 0; i < text.length; i++) seconds = seconds * 10 + (text.charCodeAt(i) - 48);
  return Math.min(seconds, SECONDS_MAX) * SECOND_US;
}
