/**
 * Messages per executed order.
 * @module
 */
import * as z from 'zod/mini';
import type { RiskCheck } from '../types.js';
import { type CheckEntry, countSchema, widthSchema } from './entry.js';
import { integerFrom } from './limits.js';
import { holds, isKnown, positiveInteger, refuses } from './result.js';

/**
 * Denies an order or amend when the messages of the run (new orders, amends and cancels, this one
 * included) would be more than so many for each order that executed. The first `graceMessages` go
 * in any case. Cancels count and are never refused.
 *
 * @param options - `messagesPerFill`: messages for each order that executed; `graceMessages`:
 *   messages before the ratio counts, 0 or more
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { messageToFill } from 'quantlaxmi/risk';
 *
 * messageToFill({ messagesPerFill: 50, graceMessages: 500 }).id;
 * // => 'messageToFill'
 * ```
 */
export function messageToFill(options: {
  readonly messagesPerFill: number;
  readonly graceMessages: number;
}): RiskCheck {
  const per = positiveInteger('messageToFill', 'messagesPerFill', options.messagesPerFill);
  const grace = integerFrom('messageToFill: graceMessages', options.graceMessages, { min: 0 });
  return {
    id: 'messageToFill',
    inputs: ['counts'],
    spec: { check: 'messageToFill', messagesPerFill: per, graceMessages: grace },
    evaluate(_, { counts: { messages, filledOrders } }) {
      const used = messages + 1;
      if (!(isKnown(used) && isKnown(filledOrders) && messages >= 0 && filledOrders >= 0)) {
        return refuses('QL_RISK_MESSAGE_RATIO', '', '');
      }
      // A limit past 2^53 is above any count there is.
      const limit = Math.min(Number.MAX_SAFE_INTEGER, Math.max(grace, per * filledOrders));
      const [observed, text] = [String(used), String(limit)];
      return used <= limit
        ? holds(observed, text)
        : refuses('QL_RISK_MESSAGE_RATIO', observed, text);
    },
  };
}

const schema = () =>
  z.strictObject({
    check: z.literal('messageToFill'),
    messagesPerFill: countSchema(),
    graceMessages: widthSchema(),
  });

/** Entry of {@link messageToFill}. */
export const messageToFillCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'messageToFill',
  schema,
  make: messageToFill,
  doc: {
    what: 'Messages of the run for each order that executed.',
    codes: ['QL_RISK_MESSAGE_RATIO'],
    unit: 'messages',
    default: 'none',
    source: 'RTS 9 (order to trade ratio); FIA guide s.1.11',
  },
};
