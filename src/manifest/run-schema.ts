/** The run manifest's schema: the specification its bytes are held against. @module */
import * as z from 'zod/mini';
import {
  codeEvidence,
  count,
  digits,
  envEvidence,
  hash,
  list,
  logBinding,
  micros,
  name,
  schemaBinding,
  status,
  text,
  universeBinding,
  walId,
} from './internal/part-schemas.js';
import type { IntegerJson, RunManifest } from './run-manifest.js';
import { RUN_MANIFEST_FORMAT } from './run-manifest.js';

// The strict parser has already bounded depth, names and numbers of whatever stands here.
const integerJson = () => z.custom<IntegerJson>((value) => value !== undefined);

const policy = () => z.strictObject({ description: integerJson(), sha256: hash() });

const inputs = () =>
  z.strictObject({
    chainHead: hash(),
    fromSeq: count(),
    toSeq: count(),
    walId: walId(),
    walPath: name(),
    walSha256: list(hash()),
  });

const config = () =>
  z.strictObject({
    hmacSha256: z.nullable(hash()),
    redacted: integerJson(),
    secrets: list(text()),
    sha256: hash(),
  });

const decisions = () =>
  z.strictObject({
    checkpoints: list(z.strictObject({ hash: hash(), n: count(), seq: count() })),
    count: count(),
    log: logBinding(),
    outputs: count(),
    traceHash: hash(),
  });

const result = () =>
  z.strictObject({
    fills: count(),
    finalStateHash: z.nullable(hash()),
    orders: count(),
    pnl: list(
      z.strictObject({
        currency: name(),
        exponent: z.int(),
        fees: digits(),
        realized: digits(),
      }),
    ),
  });

const gate = () =>
  z.strictObject({
    gateId: name(),
    reportPath: name(),
    reportSha256: hash(),
    verdict: z.enum(['pass', 'fail', 'warn', 'skip', 'notApplicable']),
    version: name(),
  });

const replayOf = () =>
  z.strictObject({
    divergence: z.nullable(name()),
    equal: z.boolean(),
    runId: name(),
    traceHash: hash(),
  });

/**
 * The schema of a run manifest, `manifestHash` included. Unknown keys are refused.
 *
 * @example
 * ```ts
 * import { runManifestSchema } from 'quantlaxmi/manifest';
 *
 * runManifestSchema().safeParse({ fmt: 'quantlaxmi-run/1' }).success; // => false
 * ```
 */
export function runManifestSchema(): z.ZodMiniType<RunManifest> {
  return z.strictObject({
    calendar: z.nullable(z.strictObject({ sha256: hash() })),
    cash: z.record(name(), text()),
    code: codeEvidence(),
    config: config(),
    decisions: decisions(),
    endedAt: z.nullable(micros()),
    env: envEvidence(),
    fmt: z.literal(RUN_MANIFEST_FORMAT),
    gates: list(gate()),
    inputs: inputs(),
    manifestHash: hash(),
    mode: z.enum(['live', 'paper', 'replay', 'backtest']),
    parent: z.strictObject({ manifestHash: hash(), sessionId: name() }),
    prevManifestHash: z.nullable(hash()),
    replayOf: z.nullable(replayOf()),
    restarts: z.optional(list(z.strictObject({ cause: count(), lastSeq: count() }))),
    result: result(),
    revision: z.int().check(z.minimum(1)),
    risk: policy(),
    runConfigHash: hash(),
    runId: name(),
    schemas: schemaBinding(),
    seeds: z.record(name(), digits()),
    startedAt: micros(),
    status: status(),
    strategy: z.strictObject({ id: name(), version: text() }),
    universe: z.nullable(universeBinding()),
    upcasters: z.strictObject({ sha256: hash() }),
    venue: policy(),
  });
}
