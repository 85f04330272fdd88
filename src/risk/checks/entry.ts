/**
 * How a check is known to `parseRiskPolicy` and to the documentation.
 * @module
 */
import * as z from 'zod/mini';
import type { RiskReason } from '../reasons.data.js';
import type { RiskCheck } from '../types.js';

/** What docs/risk.md says of a check. */
export interface CheckDoc {
  /** One sentence: what it denies. */
  readonly what: string;
  /** Every reason code it may give. */
  readonly codes: readonly RiskReason[];
  /** Unit of observed value and limit. */
  readonly unit: string;
  /** What holds when nothing is configured. */
  readonly default: string;
  /** Rule, paper or venue document it follows; own design where there is none. */
  readonly source: string;
}

/** Schema of one check's spec: a strict object with `check` as a literal. */
export type CheckSchema = z.ZodMiniObject;

/**
 * One check in the registry. `schema` is a function, so that a program that imports a factory and
 * never parses a policy carries no schema.
 */
export interface CheckEntry<S extends CheckSchema = CheckSchema> {
  readonly check: string;
  readonly schema: () => S;
  /** Makes the check of a description that the schema accepted. */
  make(spec: z.output<S>): RiskCheck;
  readonly doc: CheckDoc;
}

/** Entry of any check, as the registry lists it. */
export type AnyCheckEntry = Omit<CheckEntry, 'make'> & { make(spec: never): RiskCheck };

/** Limits by key, decimal text; the factory checks the texts themselves. */
export const limitsSchema = () => z.record(z.string().check(z.minLength(1)), z.string());

/** An integer of at least 1. */
export const countSchema = () => z.int().check(z.positive());

/** An integer of at least 0. */
export const widthSchema = () => z.int().check(z.nonnegative());
