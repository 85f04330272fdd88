/** The session manifest's schema: the specification its bytes are held against. @module */
import * as z from 'zod/mini';
import {
  codeEvidence,
  count,
  durability,
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
} from './internal/part-schemas.js';
import type { CaptureEvidence, RawBinding, SessionManifest } from './session-manifest.js';
import { SESSION_MANIFEST_FORMAT } from './session-manifest.js';

const capture = (): z.ZodMiniType<CaptureEvidence> =>
  z.strictObject({
    clock: z.strictObject({
      errorMaxUs: z.nullable(count()),
      kind: z.enum(['system', 'ntp', 'ptp', 'recording', 'manual']),
      offsetUs: z.nullable(z.int()),
    }),
    durability: durability(),
    // A host and port: a URL could carry credentials or a key in its query.
    endpoint: z.nullable(z.string().check(z.regex(/^[A-Za-z0-9.[\]:_-]{1,255}$/))),
    feed: z.strictObject({ name: name(), version: text() }),
    gaps: count(),
    malformed: count(),
    reconnects: count(),
    recoveredDroppedBytes: count(),
    scales: list(
      z.strictObject({
        inferred: z.boolean(),
        inst: name(),
        lot: z.int(),
        priceExponent: z.int(),
        qtyExponent: z.int(),
        tick: z.int(),
      }),
    ),
    subscriptions: list(text()),
    timezone: name(),
    venues: list(name()),
  });

const raw = (): z.ZodMiniType<RawBinding> =>
  z.strictObject({
    dir: name(),
    fmt: z.literal('quantlaxmi.raw/1'),
    parts: list(
      z.strictObject({
        bytes: count(),
        lines: count(),
        name: name(),
        rx0: z.nullable(micros()),
        rx1: z.nullable(micros()),
        sha256: hash(),
        whole: z.boolean(),
      }),
    ),
  });

/**
 * The schema of a sealed session manifest, `manifestHash` included. Unknown keys are refused.
 *
 * @example
 * ```ts
 * import { sessionManifestSchema } from 'quantlaxmi/manifest';
 *
 * sessionManifestSchema().safeParse({ fmt: 'quantlaxmi-session/1' }).success; // => false
 * ```
 */
export function sessionManifestSchema(): z.ZodMiniType<SessionManifest> {
  return z.strictObject({
    calendar: z.nullable(z.strictObject({ sha256: hash() })),
    capture: capture(),
    code: codeEvidence(),
    createdAt: micros(),
    env: envEvidence(),
    fmt: z.literal(SESSION_MANIFEST_FORMAT),
    manifestHash: hash(),
    parentSessionId: z.nullable(name()),
    prevManifestHash: z.nullable(hash()),
    raw: z.exactOptional(raw()),
    revision: z.int().check(z.minimum(1)),
    schemas: schemaBinding(),
    sealedAt: z.nullable(micros()),
    sessionId: name(),
    status: status(),
    universe: z.nullable(universeBinding()),
    wal: logBinding(),
  });
}
