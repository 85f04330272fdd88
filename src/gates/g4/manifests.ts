/**
 * The manifests: readable, final, complete, and naming each other.
 * @module
 */
import { LIMITS } from '../../core/index.js';
import { type EventType, SCHEMA_VERSIONS, schemaSha256 } from '../../events/index.js';
import {
  type Manifest,
  parseRunManifest,
  parseSessionManifest,
  type RunManifest,
  type SchemaBinding,
  type SessionManifest,
} from '../../manifest/index.js';
import type { GateCheck } from '../report.js';
import { conditionCheck, problemsCheck, reasonOf } from './check.js';
import type { ArtefactFolder, DeploymentEvidence } from './evidence.js';

/** Both manifests, where they could be read; and the checks on reading them. */
export interface ReadManifests {
  readonly session: SessionManifest | null;
  readonly run: RunManifest | null;
  readonly checks: readonly GateCheck[];
}

/** All bytes of a small file; stops once it is longer than any manifest may be. */
export async function readWhole(files: ArtefactFolder, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of files.read(path)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > LIMITS.manifestBytes) break;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

async function readOne<M extends Manifest>(
  id: string,
  source: { files: ArtefactFolder; manifestPath: string },
  parse: (bytes: Uint8Array, options: { label: string }) => M,
): Promise<{ manifest: M | null; check: GateCheck }> {
  const threshold = 'sealed (ended or recovered), canonical, hash equal';
  try {
    const label = source.manifestPath;
    const manifest = parse(await readWhole(source.files, label), { label });
    const sealed = manifest.status === 'ended' || manifest.status === 'recovered';
    const check = conditionCheck(id, { holds: sealed, observed: manifest.status, threshold });
    return { manifest, check };
  } catch (error) {
    const detail = reasonOf(error);
    return {
      manifest: null,
      check: conditionCheck(id, { holds: false, observed: 'unreadable', threshold, detail }),
    };
  }
}

/** Reads both manifests as their room demands: size, canonical bytes, hash, schema, paths. */
export async function readManifests(evidence: DeploymentEvidence): Promise<ReadManifests> {
  const session = await readOne('manifest.session', evidence.session, parseSessionManifest);
  const run = await readOne('manifest.run', evidence.run, parseRunManifest);
  return {
    session: session.manifest,
    run: run.manifest,
    checks: [session.check, run.check],
  };
}

/** The run names this session, by hash, and its log. */
function linkProblems(session: SessionManifest, run: RunManifest): string[] {
  const problems: string[] = [];
  const expect = (what: string, found: unknown, expected: unknown): void => {
    if (found !== expected) problems.push(`${what} is ${found}, the session has ${expected}`);
  };
  expect('parent.sessionId', run.parent.sessionId, session.sessionId);
  expect('parent.manifestHash', run.parent.manifestHash, session.manifestHash);
  expect('inputs.walId', run.inputs.walId, session.wal.walId);
  expect('inputs.chainHead', run.inputs.chainHead, session.wal.chainHead);
  if (run.inputs.toSeq > session.wal.lastSeq) {
    problems.push(
      `inputs.toSeq is ${run.inputs.toSeq}, the session ends at ${session.wal.lastSeq}`,
    );
  }
  const listed = session.wal.segments.map((segment) => segment.sha256);
  if (run.inputs.walSha256.some((sha256) => !listed.includes(sha256))) {
    problems.push('inputs.walSha256 names a segment the session does not have');
  }
  return problems;
}

/** Fields that may be null in a draft but not in evidence. */
function missingFields(session: SessionManifest, run: RunManifest): string[] {
  const fields: [string, unknown][] = [
    ['session.sealedAt', session.sealedAt],
    ['session.universe', session.universe],
    ['session.code.package.lock', session.code.package.lock],
    ['run.endedAt', run.endedAt],
    ['run.universe', run.universe],
    ['run.code.strategy', run.code.strategy],
    ['run.result.finalStateHash', run.result.finalStateHash],
  ];
  const missing = fields.filter(([, value]) => value === null).map(([name]) => `${name} is null`);
  if (session.wal.segments.length === 0) missing.push('session.wal.segments is empty');
  if (run.decisions.log.segments.length === 0) missing.push('run.decisions.log.segments is empty');
  if (Object.keys(run.seeds).length === 0) missing.push('run.seeds is empty');
  return missing;
}

/** Versions without a decoder here, and versions whose schema is not the one known here. */
function schemaProblems(kind: string, schemas: SchemaBinding): string[] {
  const known: Readonly<Record<string, number>> = SCHEMA_VERSIONS;
  const types = Object.entries(schemas);
  if (types.length === 0) return [`${kind}: no schema versions`];
  return types.flatMap(([type, { sv, sha256 }]) => {
    const newest = Object.hasOwn(known, type) ? (known[type] ?? 0) : 0;
    if (sv < 1 || sv > newest) return [`${kind}: ${type} version ${sv} is not known here`];
    const expected = schemaSha256(type as EventType);
    if (sv < newest || sha256 === expected) return [];
    return [`${kind}: ${type} version ${sv} has another schema here (${expected})`];
  });
}

/** Whether the runtime was written down. */
function envProblems(kind: string, manifest: Manifest): string[] {
  const { arch, os, runtime, v8, tz, locale } = manifest.env;
  return Object.entries({ arch, os, runtime, v8, tz, locale })
    .filter(([, value]) => value === '')
    .map(([name]) => `${kind}.env.${name} is empty`);
}

/** Checks on the content of both manifests. */
export function manifestChecks(session: SessionManifest, run: RunManifest): GateCheck[] {
  return [
    problemsCheck('manifest.complete', 'no missing field', missingFields(session, run)),
    problemsCheck('manifest.link', 'the run names this session', linkProblems(session, run)),
    problemsCheck('schemas.known', 'every version has a decoder here', [
      ...schemaProblems('session', session.schemas),
      ...schemaProblems('run', run.schemas),
    ]),
    problemsCheck('runtime.recorded', 'no empty field', [
      ...envProblems('session', session),
      ...envProblems('run', run),
    ]),
  ];
}
