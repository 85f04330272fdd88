/**
 * Thresholds of G4 as data.
 * @module
 */
import * as z from 'zod';

function isPattern(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}

const severity = () => z.enum(['fail', 'warn']);

/** Schema of the thresholds of `g4Deployability`; every field must be given. */
export const g4ConfigSchema = () =>
  z.strictObject({
    /** Risk checks the policy must hold. */
    riskChecks: z.array(z.string().min(1)).min(1),
    /** A limit with more digits before the point than this is as good as none. */
    limitDigitsMax: z.int().min(1).max(30),
    /** What it means when there is no git evidence at all. */
    gitMissing: severity(),
    /** What it means when the runtime differs from the recorded one. */
    runtimeDiffers: severity(),
    /** Fewest replays that must be equal. */
    replaysMin: z.int().min(1),
    /** Texts that look like secrets: regular expressions, no match longer than 512 characters. */
    secretPatterns: z
      .array(
        z.strictObject({
          name: z.string().min(1),
          pattern: z.string().min(1).refine(isPattern, 'not a regular expression'),
        }),
      )
      .min(1),
  });

/** Thresholds of `g4Deployability`. */
export type G4Config = z.infer<ReturnType<typeof g4ConfigSchema>>;
