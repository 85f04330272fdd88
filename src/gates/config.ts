/**
 * Gate configuration: data, checked by a schema, shown whole in the report.
 * @module
 */
import * as z from 'zod';
import { QuantlaxmiError } from '../core/index.js';

/** The most that is allowed of something, and what going over it means. */
export interface Limit {
  readonly max: number;
  readonly over: 'fail' | 'warn';
}

/** Schema of a {@link Limit}. */
export const limitSchema = () =>
  z.strictObject({ max: z.int().min(0), over: z.enum(['fail', 'warn']) });

/** Checks a gate's configuration and gives it back; unknown and missing fields are refused. */
export function checkConfig<T>(gate: string, schema: z.ZodType<T>, config: unknown): T {
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  throw new QuantlaxmiError(
    'QL_GATE_CONFIG',
    `configuration of ${gate} at "${path}": ${issue?.message ?? 'not valid'}; ` +
      'give every threshold, starting from the preset',
    { context: { gate, path } },
  );
}
