/**
 * What the parts of a policy besides its checks must be: one set of rules, for policies that are
 * parsed and for those made in code.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import { parseRational } from '../fixed-point/index.js';
import * as z from 'zod/mini';
import { ladderProblem, ladderSchema } from './ladder-schema.js';
import type { LadderSpec } from './ladder-types.js';
import type { AccountSpec, FlattenSpec, OrderLifeSpec, ReconcileSpec } from './policy-types.js';

/** The optional parts of a policy. An absent part is an absent key. */
export interface PolicyParts {
  readonly account?: AccountSpec | undefined;
  readonly ladder?: LadderSpec | undefined;
  readonly flatten?: FlattenSpec | undefined;
  readonly orders?: OrderLifeSpec | undefined;
  readonly reconcile?: ReconcileSpec | undefined;
}

/** The names of the parts, as keys of a policy. */
export const PART_NAMES = ['account', 'flatten', 'ladder', 'orders', 'reconcile'] as const;

const DAY_US = 86_400_000_000;
const name = () => z.string().check(z.minLength(1), z.maxLength(128));
const positive = () => z.int().check(z.positive());

function accountSchema() {
  const rate = z.union([
    z.strictObject({ inst: name(), inverted: z.boolean() }),
    z.strictObject({ fixed: z.string() }),
  ]);
  return z.strictObject({
    currency: name(),
    rates: z.record(name(), rate),
    dayStartUs: z.int().check(z.gt(-DAY_US), z.lt(DAY_US)),
    lots: z.enum(['average', 'fifo']),
  });
}

const flattenSchema = () =>
  z.strictObject({
    slicePpm: positive().check(z.lte(1_000_000)),
    everyUs: positive(),
    throughBps: z.int().check(z.nonnegative(), z.lt(10_000)),
    ordersMax: positive(),
  });

const ordersSchema = () =>
  z.strictObject({
    ackTimeoutUs: positive(),
    changeTimeoutUs: positive(),
    queryEveryUs: positive(),
  });

const reconcileSchema = () =>
  z.strictObject({
    before: z.enum(['firstOrder', 'firstOrderAndReconnect']),
    foreignOrders: z.enum(['cancel', 'halt']),
    missingOrders: z.enum(['adopt', 'halt']),
    positions: z.enum(['adopt', 'halt']),
    balances: z.enum(['adopt', 'halt']),
    balanceTolerance: z.string(),
    timeoutUs: positive(),
  });

/** Shape of the parts, for `parseRiskPolicy` and for {@link checkParts}. */
export const partShapes = () => ({
  account: z.exactOptional(accountSchema()),
  ladder: z.exactOptional(ladderSchema()),
  flatten: z.exactOptional(flattenSchema()),
  orders: z.exactOptional(ordersSchema()),
  reconcile: z.exactOptional(reconcileSchema()),
});

/** Refuses a policy, naming the field. */
export function refusePolicy(place: string, message: string, cause?: unknown): never {
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `risk policy: ${place === '' ? 'the value' : place}: ${message}. Correct the policy.`,
    { context: { place }, cause },
  );
}

/** First problem of a value that a schema refused, by its field. */
export function refuseIssue(error: z.core.$ZodError): never {
  const issue = error.issues[0];
  return refusePolicy(issue?.path.join('.') ?? '', issue?.message ?? 'not valid', error);
}

function decimal(place: string, text: string, least: 'zero' | 'above'): void {
  let num = -1n;
  try {
    num = parseRational(text).num;
  } catch (error) {
    refusePolicy(place, `found ${JSON.stringify(text)}, expected decimal text`, error);
  }
  const fits = least === 'zero' ? num >= 0n : num > 0n;
  if (!fits)
    refusePolicy(place, `found ${text}, expected ${least === 'zero' ? '0 or ' : ''}above 0`);
}

function checkAccount(account: AccountSpec): void {
  for (const [currency, source] of Object.entries(account.rates)) {
    const place = `account.rates.${currency}`;
    if (currency === account.currency) {
      refusePolicy(place, 'the reporting currency has rate 1, leave it out');
    }
    if ('fixed' in source) decimal(`${place}.fixed`, source.fixed, 'above');
  }
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}

/**
 * The parts as frozen copies, checked: each shape, each text a decimal, thresholds rising, and
 * what one part asks of another.
 *
 * @throws QL_BAD_INPUT naming the field
 */
export function checkParts(raw: PolicyParts): PolicyParts {
  const given: Record<string, unknown> = {};
  for (const part of PART_NAMES) if (raw[part] !== undefined) given[part] = raw[part];
  if (Object.keys(given).length === 0) return given;
  const parsed = z.strictObject(partShapes()).safeParse(given);
  if (!parsed.success) return refuseIssue(parsed.error);
  const { account, flatten, ladder, reconcile } = parsed.data;
  if (account !== undefined) checkAccount(account);
  if (reconcile !== undefined) {
    decimal('reconcile.balanceTolerance', reconcile.balanceTolerance, 'zero');
  }
  if (ladder !== undefined) {
    const problem = ladderProblem(ladder, { account: account !== undefined });
    if (problem !== null) refusePolicy(`ladder.${problem.place}`, problem.message);
    if (ladder.haltFlattens && flatten === undefined) {
      refusePolicy('ladder.haltFlattens', 'a halt is to flatten, but there is no part `flatten`');
    }
  }
  return freeze(parsed.data);
}
