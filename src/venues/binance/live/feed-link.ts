/**
 * A connection as the feed holds it, and the limits it keeps.
 * @module
 */
import type { FeedLimits, FeedLink } from '../../feed/index.js';
import { binanceInstrumentId } from '../market.js';
import { linkAddress } from './address.js';
import { BINANCE_LIMITS } from './limits.data.js';
import type { LinkShare } from './link-table.js';
import type { BinancePlan } from './options.js';

/** A little before the venue closes the connection itself, after 24 hours. */
const HAND_OVER_BEFORE_US = 600_000_000;
const SECOND_US = 1_000_000;
const MINUTE_US = 60_000_000;
/** exchangeInfo aside, no message of the venue comes near this. */
const MESSAGE_BYTES_MAX = 16_777_216;

/** The venue's limits, less what its own pings take. */
export function feedLimits(plan: BinancePlan): FeedLimits {
  const limits = BINANCE_LIMITS[plan.market];
  return {
    connects: { count: limits.connectsPer5Minutes.value, perUs: 5 * MINUTE_US },
    // One place is left for the pong that answers the venue's ping: it counts too.
    sends: { count: limits.messagesPerSecond.value - 1, perUs: SECOND_US },
    requests: { count: limits.weightPerMinute.value, perUs: MINUTE_US },
  };
}

/** @param inAddress - streams named in the address */
export function feedLink(
  plan: BinancePlan,
  share: LinkShare,
  inAddress: readonly string[],
): FeedLink {
  const { id, route, streams } = share;
  const limits = BINANCE_LIMITS[plan.market];
  const symbols = new Set([...streams.values()].map((one) => one.symbol));
  return {
    id,
    url: linkAddress(plan, route, inAddress),
    headers: {},
    insts: [...symbols].map((symbol) => binanceInstrumentId(plan.market, symbol)),
    lifetimeUs: limits.connectionHours.value * 60 * MINUTE_US - HAND_OVER_BEFORE_US,
    // Two pings missed and half a time more: dead, though nobody closed it.
    silenceUs: Math.ceil(2.5 * limits.pingSeconds.value) * SECOND_US,
    messageBytesMax: MESSAGE_BYTES_MAX,
  };
}
