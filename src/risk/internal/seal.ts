import type { Approved, OrderRequest } from '../types.js';

// The set knows object identities, so neither a cast nor a copy can stand in for an approval.
const sealed = new WeakSet<object>();

/** Freezes a request and remembers that it passed. Reachable from `evaluate.ts` only. */
export function seal<T extends OrderRequest>(request: T): Approved<T> {
  Object.freeze(request);
  sealed.add(request);
  return request as Approved<T>;
}

/** True for objects that went through {@link seal}. */
export function isSealed(value: unknown): boolean {
  return typeof value === 'object' && value !== null && sealed.has(value);
}
