import { QuantlaxmiError } from '../core/index.js';
import type { EventType } from './types.js';

/** A body of some version, before its shape is known. */
export type AnyBody = Readonly<Record<string, unknown>>;

/** Lifts a body one version up. Pure and total: it runs on every read and never on stored bytes. */
export type Upcaster = (body: AnyBody) => AnyBody;

/** `table[type][sv]` lifts a body of that type from `sv` to `sv + 1`. */
export type UpcasterTable = Readonly<
  Partial<Record<EventType, Readonly<Record<number, Upcaster>>>>
>;

/** The chain of this release. Every type is still at version 1, so there is nothing to lift. */
export const UPCASTERS: UpcasterTable = {};

/** One step; a step that throws is not total, and that is said with its place. */
function oneStep(
  lift: Upcaster,
  body: AnyBody,
  { t, sv }: { readonly t: EventType; readonly sv: number },
): AnyBody {
  try {
    return lift(body);
  } catch (cause) {
    throw new QuantlaxmiError(
      'QL_EVENT_UPCAST',
      `event type ${t}: the step from version ${sv} to ${sv + 1} threw; make it take every body ` +
        'that version allows',
      { cause, context: { t, sv } },
    );
  }
}

/**
 * Lifts a body from an older schema version, one step at a time.
 *
 * @param step - type, version found, version wanted and the body
 * @param table - the chain, {@link UPCASTERS} for logs of this package
 * @returns the body at version `to`; the given one when `from` equals `to`
 * @throws QuantlaxmiError QL_EVENT_UPCAST when a step is missing or throws, or versions run
 * backwards
 * @example
 * ```ts
 * import { upcastBody } from 'quantlaxmi/events';
 *
 * const table = { Timer: { 1: (body: object) => ({ ...body, due: 0 }) } };
 * upcastBody({ t: 'Timer', from: 1, to: 2, body: { id: 'a' } }, table); // => { id: 'a', due: 0 }
 * ```
 */
export function upcastBody(
  {
    t,
    from,
    to,
    body,
  }: { readonly t: EventType; readonly from: number; readonly to: number; readonly body: AnyBody },
  table: UpcasterTable,
): AnyBody {
  if (from > to) {
    throw new QuantlaxmiError(
      'QL_EVENT_UPCAST',
      `event type ${t}: no way from version ${from} back to ${to}; read it with a newer release`,
      { context: { t, from, to } },
    );
  }
  let lifted = body;
  for (let sv = from; sv < to; sv++) {
    const lift = table[t]?.[sv];
    if (lift === undefined) {
      throw new QuantlaxmiError(
        'QL_EVENT_UPCAST',
        `event type ${t}: no step from version ${sv} to ${sv + 1}; add it to the upcaster table`,
        { context: { t, from, to, missing: sv } },
      );
    }
    lifted = oneStep(lift, lifted, { t, sv });
  }
  return lifted;
}
