/**
 * Makes strategies, and the intents they return.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { IntentBody, Side, TimeInForce } from '../events/index.js';
import type { OwnOrder } from '../execution/index.js';
import type { Strategy } from './types.js';

const ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/**
 * Checks and freezes a strategy definition; types of state and configuration are inferred.
 *
 * @param definition - see {@link Strategy}; `id` is lower case letters, digits, `.`, `_` or `-`
 * @throws QL_BAD_INPUT when a part is missing
 * @example
 * ```ts
 * import { defineStrategy, marketOrder } from 'quantlaxmi/strategy';
 *
 * export const buyOnce = defineStrategy({
 *   id: 'buy-once',
 *   version: '1.0.0',
 *   parseConfig: (raw) => ({ inst: String((raw as { inst: unknown }).inst) }),
 *   init: () => ({ bought: false }),
 *   onEvent: (state, event, ctx) => {
 *     if (state.bought || event.t !== 'Quote' || event.body.inst !== ctx.config.inst) return null;
 *     const intent = marketOrder({ inst: ctx.config.inst, intentId: 'b1', qty: 1, side: 'buy' });
 *     return { state: { bought: true }, intents: [intent] };
 *   },
 * });
 * buyOnce.id;
 * // => 'buy-once'
 * ```
 */
export function defineStrategy<S, C>(definition: Strategy<S, C>): Strategy<S, C> {
  const { id, version } = definition;
  if (!ID.test(id)) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `defineStrategy: id is ${JSON.stringify(id)}; expected 1 to 64 lower case letters, digits, ` +
        '".", "_" or "-". The id is part of every order id.',
      { context: { id } },
    );
  }
  const parts = { init: definition.init, onEvent: definition.onEvent, version };
  for (const [name, part] of Object.entries({ ...parts, parseConfig: definition.parseConfig })) {
    if (typeof part === (name === 'version' ? 'string' : 'function') && part !== '') continue;
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `defineStrategy ${id}: ${name} is missing; give id, version, parseConfig, init and onEvent.`,
      { context: { id, part: name } },
    );
  }
  return Object.freeze({ ...definition });
}

/** What every new order says. Quantities are mantissas of the instrument. */
export interface OrderParts {
  readonly inst: string;
  /** The strategy's own handle, never used twice in a run. */
  readonly intentId: string;
  readonly qty: number;
  readonly side: Side;
  /** Refused by risk where it could open or turn a position; default false. */
  readonly reduceOnly?: boolean;
}

/**
 * A limit order.
 *
 * @param parts - `price`: mantissa; `tif`: `gtc` unless given, `gtx` is post-only
 * @example
 * ```ts
 * import { limitOrder } from 'quantlaxmi/strategy';
 *
 * const intent = limitOrder({
 *   inst: 'BINANCE:USDM:BTCUSDT', intentId: 'q1', price: 616_597, qty: 10, side: 'buy', tif: 'gtx',
 * });
 * intent.type;
 * // => 'limit'
 * ```
 */
export function limitOrder(
  parts: OrderParts & { readonly price: number; readonly tif?: TimeInForce },
): IntentBody {
  return {
    action: 'place',
    inst: parts.inst,
    intentId: parts.intentId,
    price: parts.price,
    qty: parts.qty,
    reduceOnly: parts.reduceOnly ?? false,
    side: parts.side,
    tif: parts.tif ?? 'gtc',
    type: 'limit',
  };
}

/**
 * A market order; what finds no liquidity expires.
 *
 * @example
 * ```ts
 * import { marketOrder } from 'quantlaxmi/strategy';
 *
 * marketOrder({ inst: 'SIM:X:A', intentId: 'm1', qty: 1, side: 'sell' }).tif;
 * // => 'ioc'
 * ```
 */
export function marketOrder(parts: OrderParts): IntentBody {
  return {
    action: 'place',
    inst: parts.inst,
    intentId: parts.intentId,
    price: null,
    qty: parts.qty,
    reduceOnly: parts.reduceOnly ?? false,
    side: parts.side,
    tif: 'ioc',
    type: 'market',
  };
}

/**
 * The cancel of an own order.
 *
 * @param order - the order, or its instrument and the intent that made it
 * @example
 * ```ts
 * import { cancelOrder } from 'quantlaxmi/strategy';
 *
 * cancelOrder({ inst: 'SIM:X:A', intentId: 'q1', side: 'buy' }).action;
 * // => 'cancel'
 * ```
 */
export function cancelOrder(order: Pick<OwnOrder, 'inst' | 'intentId' | 'side'>): IntentBody {
  return {
    action: 'cancel',
    inst: order.inst,
    intentId: order.intentId,
    price: null,
    qty: 0,
    reduceOnly: false,
    side: order.side,
    tif: 'gtc',
    type: 'limit',
  };
}
