import type { IntentBody } from 'quantlaxmi/events';
import {
  evaluateIntent,
  maxOrderRate,
  maxPosition,
  type OrderIntent,
  quoteAge,
  type RiskDecision,
  type RiskPolicy,
  type RiskView,
  riskPolicy,
  sanitizeIntent,
  UNKNOWN_VIEW,
} from 'quantlaxmi/risk';
import { testInstrument } from 'quantlaxmi/testing';

export const inst = 'SIM:X:BTCUSDT';

/** A calm market: 100.0 / 100.1, flat, nothing working. */
export const view = (part: Partial<RiskView> = {}): RiskView => ({
  ...UNKNOWN_VIEW,
  log: 'ok',
  reconcile: 'none',
  nowUs: 1_000_000,
  killSwitch: 'released',
  halted: '',
  memory: {},
  instrument: (id) => (id === inst ? testInstrument() : null),
  touch: () => ({ ask: 1_001, askQty: 10, bid: 1_000, bidQty: 10, rx: 1_000_000 }),
  bookState: () => 'synced',
  sweepPrice: (_, side, qty) => (qty > 10 ? null : side === 'buy' ? 1_001 : 1_000),
  position: () => 0,
  working: () => ({ buyQty: 0, sellQty: 0 }),
  order: () => null,
  ...part,
});

export const intent = (part: Partial<IntentBody> = {}): IntentBody => ({
  action: 'place',
  inst,
  intentId: 'i-1',
  price: 1_000,
  qty: 5,
  reduceOnly: false,
  side: 'buy',
  tif: 'gtc',
  type: 'limit',
  ...part,
});

export const policy: RiskPolicy = riskPolicy({
  checks: [
    maxPosition({ qtyMax: { [inst]: '0.020' } }),
    quoteAge({ ageMaxUs: 500_000 }),
    maxOrderRate({ orders: 3, perUs: 1_000_000 }),
  ],
});

const ids = { clientOrderId: 'c-1', decisionId: 'd-1', orderId: 'o-1', riskDecisionId: 'r-1' };

export const ordered = (raw: unknown): OrderIntent => ({ ...sanitizeIntent(raw), ...ids });

export const decide = (raw: unknown, part: Partial<RiskView> = {}, by = policy): RiskDecision =>
  evaluateIntent(by, ordered(raw), view(part));

/** Codes of the checks that do not hold. */
export const codes = (decision: RiskDecision): string[] =>
  decision.checks.filter((check) => !check.ok).map((check) => check.code);
