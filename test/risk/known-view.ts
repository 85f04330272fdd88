/** A view in which everything is known and calm: the ground to take one thing away from. */
import {
  evaluateIntent,
  parseRiskPolicy,
  type RiskDecision,
  type RiskPolicy,
  type RiskView,
  sanitizeIntent,
  UNKNOWN_VIEW,
} from 'quantlaxmi/risk';
import { testInstrument } from 'quantlaxmi/testing';
import { fullPolicySpec } from './full-policy.data.js';

export const BTC = 'SIM:X:BTCUSDT';
export const NOW_US = 1_732_320_000_000_000;

const money = (num: bigint) => ({ num, den: 1n });

/** 100.0 / 100.1, flat, 1,000,000 USDT, all feeds and ports well. */
export const knownView = (part: Partial<RiskView> = {}): RiskView => ({
  ...UNKNOWN_VIEW,
  nowUs: NOW_US,
  killSwitch: 'released',
  strategyId: 's',
  account: 'A',
  log: 'ok',
  reconcile: 'done',
  clockErrorUs: 10,
  report: { account: 'A', balances: [], cause: 0, margin: {}, positions: [] },
  instrument: (inst) => (inst === BTC ? testInstrument() : null),
  touch: (inst) =>
    inst === BTC ? { ask: 1_001, askQty: 500, bid: 1_000, bidQty: 500, rx: NOW_US } : null,
  bookState: () => 'synced',
  sweepPrice: (_, side, qty) => (qty > 500 ? null : side === 'buy' ? 1_001 : 1_000),
  position: () => 0,
  working: () => ({ buyQty: 0, sellQty: 0 }),
  held: () => [],
  mark: () => ({ price: 1_000, rx: NOW_US, source: 'mid' }),
  lastTrade: () => ({ price: 1_000, rx: NOW_US, source: 'last' }),
  range: () => ({ high: 1_001, low: 1_000, sinceUs: NOW_US - 10_000_000 }),
  displayedQty: () => 500,
  cash: () => money(1_000_000n),
  rate: (from, to) => (from === to ? { value: money(1n), rx: null } : null),
  equity: () => ({
    currency: 'USDT',
    equity: money(1_000_000n),
    dayStart: money(1_000_000n),
    peak: money(1_000_000n),
    oldestRx: NOW_US,
    lossesInRow: 0,
  }),
  dayPnl: () => money(0n),
  toxicityPpm: () => 100,
  regime: () => ({
    cause: 0,
    inst: BTC,
    liquidity: 'deep',
    profile: '',
    sinceSeq: 1,
    trend: 'flat',
    volatility: 'low',
  }),
  ...part,
});

/** Every check of the registry, with wide limits. */
export const fullPolicy: RiskPolicy = parseRiskPolicy(
  fullPolicySpec({ inst: BTC, venue: 'SIM', settle: 'USDT', qtyMax: '0.100' }),
);

export const limitBuy = {
  action: 'place',
  inst: BTC,
  intentId: 'i-1',
  price: 1_000,
  qty: 10,
  reduceOnly: false,
  side: 'buy',
  tif: 'gtc',
  type: 'limit',
} as const;

const ids = { clientOrderId: 'c-1', decisionId: 'd-1', orderId: 'o-1', riskDecisionId: 'r-1' };

export const decideWith = (policy: RiskPolicy, raw: unknown, view: RiskView): RiskDecision =>
  evaluateIntent(policy, { ...sanitizeIntent(raw), ...ids }, view);

/** Codes that stand against it. */
export const against = (decision: RiskDecision): string[] =>
  decision.checks.filter(({ ok }) => !ok).map(({ code }) => code);
