/**
 * Order-book imbalance on the best quotes: join (or take) the side that is heavier, leave when the
 * weight turns or a time is over. Small on purpose; it shows the shape of a strategy, not an edge.
 *
 * Everything that decides is an integer: weights are parts per million, times are microseconds,
 * prices and quantities are mantissas of the instrument.
 */
import { QuantlaxmiError } from 'quantlaxmi/core';
import type { IntentBody, QuoteBody, Side } from 'quantlaxmi/events';
import { parseMantissa } from 'quantlaxmi/fixed-point';
import {
  cancelOrder,
  defineStrategy,
  limitOrder,
  type StepContext,
  type StrategyOutput,
} from 'quantlaxmi/strategy';

export interface ImbalanceConfig {
  readonly inst: string;
  /** Order quantity as decimal text, e.g. `"0.010"`. */
  readonly qty: string;
  /** Enter at an absolute imbalance of at least this, ppm. */
  readonly enterPpm: number;
  /** Leave once the imbalance in our direction is below this, ppm. */
  readonly exitPpm: number;
  /** Leave after this time whatever the book says, µs. */
  readonly holdUs: number;
  /** `maker` joins the best price (post-only), `taker` crosses the spread. */
  readonly style: 'maker' | 'taker';
}

interface ImbalanceState {
  /** Intents made so far; names the next one. */
  readonly made: number;
  /** When the position was opened, µs; 0 while flat. */
  readonly sinceUs: number;
}

type Context = StepContext<ImbalanceConfig>;

function refuse(field: string, expected: string): never {
  throw new QuantlaxmiError('QL_BAD_INPUT', `imbalance: ${field}: expected ${expected}.`, {
    context: { field },
  });
}

function integer(raw: Readonly<Record<string, unknown>>, field: string, absent: number): number {
  const value = raw[field] ?? absent;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  return refuse(field, 'an integer of at least 0');
}

function parseConfig(raw: unknown): ImbalanceConfig {
  if (typeof raw !== 'object' || raw === null) return refuse('config', 'an object');
  const fields = raw as Readonly<Record<string, unknown>>;
  const { inst, qty } = fields;
  const style = fields['style'] ?? 'maker';
  if (typeof inst !== 'string' || inst === '') return refuse('inst', 'an instrument id');
  if (typeof qty !== 'string') return refuse('qty', 'decimal text');
  if (style !== 'maker' && style !== 'taker') return refuse('style', 'maker or taker');
  return {
    inst,
    qty,
    enterPpm: integer(fields, 'enterPpm', 600_000),
    exitPpm: integer(fields, 'exitPpm', 0),
    holdUs: integer(fields, 'holdUs', 2_000_000),
    style,
  };
}

/** (bid − ask) / (bid + ask) of the quantities at the best prices, ppm, rounded toward zero. */
export function imbalancePpm(quote: QuoteBody): number {
  const total = quote.bidQty + quote.askQty;
  if (total <= 0) return 0;
  return Math.trunc(((quote.bidQty - quote.askQty) * 1_000_000) / total);
}

function enter(state: ImbalanceState, ctx: Context, quote: QuoteBody): IntentBody | null {
  const ppm = imbalancePpm(quote);
  if (Math.abs(ppm) < ctx.config.enterPpm) return null;
  const side: Side = ppm > 0 ? 'buy' : 'sell';
  const joins = side === 'buy' ? quote.bid : quote.ask;
  const takes = side === 'buy' ? quote.ask : quote.bid;
  const price = ctx.config.style === 'maker' ? joins : takes;
  if (price === null) return null;
  return limitOrder({
    inst: ctx.config.inst,
    intentId: `i${state.made + 1}`,
    price,
    qty: parseMantissa(ctx.config.qty, ctx.instrument(ctx.config.inst).qtyExponent),
    side,
    tif: ctx.config.style === 'maker' ? 'gtx' : 'ioc',
  });
}

function leave(state: ImbalanceState, ctx: Context, quote: QuoteBody): IntentBody | null {
  const position = ctx.position(ctx.config.inst);
  const side: Side = position > 0 ? 'sell' : 'buy';
  const weight = position > 0 ? imbalancePpm(quote) : -imbalancePpm(quote);
  const overdue = ctx.nowUs - state.sinceUs >= ctx.config.holdUs;
  if (weight >= ctx.config.exitPpm && !overdue) return null;
  const price = side === 'buy' ? quote.ask : quote.bid;
  if (price === null) return null;
  return limitOrder({
    inst: ctx.config.inst,
    intentId: `i${state.made + 1}`,
    price,
    qty: Math.abs(position),
    side,
    tif: 'ioc',
    reduceOnly: true,
  });
}

function onQuote(
  state: ImbalanceState,
  ctx: Context,
  quote: QuoteBody,
): StrategyOutput<ImbalanceState> | null {
  const [working] = ctx.openOrders(ctx.config.inst);
  const features = { imbalancePpm: imbalancePpm(quote) };
  if (working !== undefined) {
    // One order at a time. A resting one is withdrawn when its price is no longer the best.
    const best = working.side === 'buy' ? quote.bid : quote.ask;
    if (working.state !== 'acked' || working.price === best) return null;
    return { state, intents: [cancelOrder(working)], features };
  }
  const flat = ctx.position(ctx.config.inst) === 0;
  const intent = flat ? enter(state, ctx, quote) : leave(state, ctx, quote);
  if (intent === null) return null;
  return { state: { ...state, made: state.made + 1 }, intents: [intent], features };
}

export default defineStrategy<ImbalanceState, ImbalanceConfig>({
  id: 'imbalance',
  version: '1.0.0',
  parseConfig,
  init: () => ({ made: 0, sinceUs: 0 }),
  onEvent: (state, event, ctx) => {
    if (event.t === 'Quote' && event.body.inst === ctx.config.inst) {
      return onQuote(state, ctx, event.body);
    }
    if (event.t === 'Fill') {
      const flat = ctx.position(ctx.config.inst) === 0;
      const sinceUs = flat ? 0 : state.sinceUs === 0 ? ctx.nowUs : state.sinceUs;
      return { state: { ...state, sinceUs } };
    }
    return null;
  },
});
