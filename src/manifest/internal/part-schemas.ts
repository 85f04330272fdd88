/** Schemas of the parts both manifests share. Functions, so that unused ones cost nothing. */
import * as z from 'zod/mini';
import type { CodeEvidence, EnvEvidence, LogBinding, SchemaBinding } from '../parts.js';
import type { SegmentBinding, UniverseBinding } from '../parts.js';

const SHORT_MAX = 512;
const LIST_MAX = 65_536;

export const text = () => z.string().check(z.maxLength(SHORT_MAX));
export const name = () => z.string().check(z.minLength(1), z.maxLength(SHORT_MAX));
export const hash = () => z.string().check(z.regex(/^[0-9a-f]{64}$/));
export const walId = () => z.string().check(z.regex(/^[0-9a-f]{32}$/));
export const digits = () => z.string().check(z.regex(/^-?(0|[1-9][0-9]{0,77})$/));
export const count = () => z.int().check(z.minimum(0));
export const micros = () => z.int();
export const counts = () => z.record(name(), count());
export const list = <T extends z.ZodMiniType>(item: T) =>
  z.array(item).check(z.maxLength(LIST_MAX));
export const status = () => z.enum(['running', 'ended', 'recovered', 'quarantined']);

const segment = () =>
  z.strictObject({
    bytes: count(),
    first: count(),
    h: hash(),
    last: count(),
    n: count(),
    name: name(),
    rx0: z.nullable(micros()),
    rx1: z.nullable(micros()),
    seg: count(),
    sha256: hash(),
    status: z.exactOptional(z.literal('expired')),
    why: z.nullable(z.enum(['rotate', 'close', 'recovered'])),
  });

/** Retention takes from the front, and never all. */
const expiresInOrder = (segments: readonly SegmentBinding[]): boolean => {
  const held = segments.findIndex((one) => one.status === undefined);
  return held < 0
    ? segments.length === 0
    : segments.slice(held).every((one) => one.status === undefined);
};

export const logBinding = (): z.ZodMiniType<LogBinding> =>
  z.strictObject({
    chainHead: hash(),
    dir: name(),
    lastSeq: count(),
    perType: counts(),
    segments: list(segment()).check(
      z.refine(expiresInOrder, { error: 'expired segments must be the first ones, and not all' }),
    ),
    totalEvents: count(),
    walId: walId(),
  });

export const durability = () =>
  z.union([
    z.strictObject({ kind: z.literal('always') }),
    z.strictObject({ kind: z.literal('interval'), bytes: count(), ms: count() }),
    z.strictObject({ kind: z.literal('os') }),
  ]);

export const schemaBinding = (): z.ZodMiniType<SchemaBinding> =>
  z.record(name(), z.strictObject({ sha256: hash(), sv: count() }));

export const universeBinding = (): z.ZodMiniType<UniverseBinding> =>
  z.strictObject({ asOf: z.nullable(micros()), count: count(), path: name(), sha256: hash() });

const gitEvidence = () =>
  z.strictObject({
    branch: text(),
    commit: text(),
    diffSha256: hash(),
    dirty: z.boolean(),
    tree: text(),
    untracked: list(
      z.strictObject({ path: z.string().check(z.maxLength(4096)), sha256: z.nullable(hash()) }),
    ),
    untrackedCount: count(),
  });

const codeBody = () =>
  z.strictObject({
    codeHash: hash(),
    fileCount: count(),
    filesSha256: hash(),
    lock: z.nullable(hash()),
    name: name(),
    version: text(),
  });

export const codeEvidence = (): z.ZodMiniType<CodeEvidence> =>
  z.strictObject({
    codeHash: hash(),
    git: z.nullable(gitEvidence()),
    package: codeBody(),
    strategy: z.nullable(codeBody()),
  });

export const envEvidence = (): z.ZodMiniType<EnvEvidence> =>
  z.strictObject({
    arch: text(),
    cpu: text(),
    cpuCount: count(),
    fs: text(),
    icu: text(),
    locale: text(),
    os: text(),
    openssl: text(),
    runtime: name(),
    tz: text(),
    tzdata: text(),
    unicode: text(),
    uv: text(),
    v8: text(),
  });
