/**
 * The configuration file of a paper run: everything that decides, as plain JSON.
 * @module
 */
import * as z from 'zod/mini';
import { decodeUtf8, LIMITS, parseStrictJson, QuantlaxmiError } from '../../core/index.js';
import { parseRiskPolicy, type RiskPolicy } from '../../risk/index.js';
import { constantLatency, makerTakerFees, type SimVenueOptions } from '../../sim/index.js';
import { readFileCapped } from '../internal/read-file.js';

/** The simulated venue as data. */
export interface SimVenueConfig {
  readonly kind: 'sim';
  /** Time from sending a request to the venue acting on it, µs. */
  readonly entryUs: number;
  /** Time from the venue acting to the run knowing, µs. */
  readonly responseUs: number;
  /** Fees in parts per million of the notional (1 bp = 100 ppm); negative for a rebate. */
  readonly makerPpm: number;
  readonly takerPpm: number;
  /** Decimal exponent of fees, e.g. -8. */
  readonly feeExponent: number;
}

/** A paper run's configuration. */
export interface RunConfig {
  /** Goes to the strategy's `parseConfig`. */
  readonly strategy: unknown;
  readonly risk: RiskPolicy;
  readonly venue: SimVenueConfig;
  /** Starting cash: currency → decimal text. */
  readonly cash: Readonly<Record<string, string>>;
}

const schema = () =>
  z.strictObject({
    strategy: z.unknown(),
    risk: z.unknown(),
    venue: z.strictObject({
      kind: z.literal('sim'),
      entryUs: z.int().check(z.minimum(0)),
      responseUs: z.int().check(z.minimum(0)),
      makerPpm: z.int(),
      takerPpm: z.int(),
      feeExponent: z.int(),
    }),
    cash: z.record(z.string(), z.string()),
  });

const refuse = (label: string, why: string, cause?: unknown): QuantlaxmiError =>
  new QuantlaxmiError(
    'QL_RUN_CONFIG',
    `${label}: ${why}; expected { "strategy": …, "risk": { "fmt": "quantlaxmi-risk/1", "checks": […] }, "venue": { "kind": "sim", "entryUs", "responseUs", "makerPpm", "takerPpm", "feeExponent" }, "cash": { "USDT": "10000" } }`,
    { cause, context: { file: label } },
  );

/**
 * Checks a run configuration.
 *
 * @param raw - parsed JSON
 * @param label - how errors name it
 * @throws QuantlaxmiError QL_RUN_CONFIG, and what the risk policy's parser throws
 */
export const parseRunConfig = (raw: unknown, label = 'run configuration'): RunConfig => {
  const parsed = schema().safeParse(raw);
  if (!parsed.success) {
    const { issues } = parsed.error;
    const why = issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ');
    throw refuse(label, why);
  }
  const { strategy, risk, venue, cash } = parsed.data;
  return { strategy, risk: parseRiskPolicy(risk), venue, cash };
};

/**
 * Reads a run configuration from a JSON file.
 *
 * @throws QuantlaxmiError QL_FILE_READ, QL_RUN_CONFIG, QL_JSON_*
 */
export const readRunConfig = async (file: string): Promise<RunConfig> => {
  const bytes = await readFileCapped(file, { bytesMax: LIMITS.manifestBytes, absent: 'throw' });
  return parseRunConfig(parseStrictJson(decodeUtf8(bytes)), file);
};

/** The simulated venue that a configuration describes. */
export const simVenueOf = (config: SimVenueConfig): SimVenueOptions => ({
  latency: constantLatency({ entryUs: config.entryUs, responseUs: config.responseUs }),
  fees: makerTakerFees({
    makerPpm: config.makerPpm,
    takerPpm: config.takerPpm,
    feeExponent: config.feeExponent,
  }),
});
