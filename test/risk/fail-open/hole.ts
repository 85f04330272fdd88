/** A hole of another engine, in its own terms, and what shows that it is none here. */
import type { RiskPolicy, RiskView } from 'quantlaxmi/risk';
import { parseRiskPolicy } from 'quantlaxmi/risk';
import { expect } from 'vitest';
import { fullPolicySpec } from '../full-policy.data.js';
import { against, BTC, decideWith, knownView, limitBuy } from '../known-view.js';

/** What a test of a hole says: the thing refused, and the same thing let through. */
export interface Shown {
  refused(): void;
  allowed(): void;
}

export interface Hole {
  /** Engine and place, e.g. `NT l.1033`. */
  readonly tag: string;
  /** The hole, as it was found there. */
  readonly hole: string;
  /** Shows both: refused with the hole's condition, allowed without it. */
  readonly show: (shown: Shown) => void | Promise<void>;
}

/** The full policy with one check's limits replaced. */
export const policyWith = (name: string, limits: Readonly<Record<string, unknown>>): RiskPolicy => {
  const spec = fullPolicySpec({ inst: BTC, venue: 'SIM', settle: 'USDT', qtyMax: '0.100' });
  const checks = spec.checks.map((check) =>
    check.check === name ? { ...check, ...limits } : check,
  );
  return parseRiskPolicy({ ...spec, checks });
};

const normal = policyWith('', {});

interface Asked {
  readonly view?: Partial<RiskView>;
  readonly intent?: Readonly<Record<string, unknown>>;
  readonly policy?: RiskPolicy;
}

const ask = ({ intent = {}, policy = normal, view = {} }: Asked) =>
  decideWith(policy, { ...limitBuy, ...intent }, knownView(view));

/** Refused for this reason, and nothing goes out. */
export const refuses = (shown: Shown, code: string, asked: Asked): void => {
  const decision = ask(asked);
  expect(against(decision)).toContain(code);
  expect(decision.approved).toBeNull();
  expect(decision.verdict).not.toBe('allow');
  shown.refused();
};

/** The same goes out where the fact is known and good. */
export const allows = (shown: Shown, asked: Asked = {}): void => {
  const decision = ask(asked);
  expect(against(decision)).toEqual([]);
  expect(decision.approved).not.toBeNull();
  shown.allowed();
};
