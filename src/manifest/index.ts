/**
 * Session and run manifests: what was captured, what ran on it, and what came out, each named by
 * hash in one canonical file that cannot be changed unnoticed.
 * @module
 */
export type { Anchor } from './anchor.js';
export {
  ANCHOR_BYTES_MAX,
  anchorOf,
  anchorOrigin,
  anchorProblems,
  encodeAnchor,
  parseAnchor,
} from './anchor.js';
export type { BindConfigOptions } from './config.js';
export { bindConfig, bindPolicy } from './config.js';
export type { FieldDifference } from './diff.js';
export { diffJson, diffManifests } from './diff.js';
export { expiredSegments, expireSegments } from './expire.js';
export type {
  Envelope,
  EnvelopeSignature,
  ParseEnvelopeOptions,
  SignatureVerifier,
  VerifiedEnvelope,
  VerifyEnvelopeOptions,
} from './dsse.js';
export { encodeEnvelope, parseEnvelope, preAuthEncoding, verifyEnvelope } from './dsse.js';
export type { BindingState, RunBindings, RunChoices } from './identity.js';
export { bindingsOf, choicesHashOf, compareBindings, deriveRunId } from './identity.js';
export type { ParseManifestOptions } from './parse.js';
export { parseManifest, parseRunManifest, parseSessionManifest } from './parse.js';
export type {
  CodeBody,
  CodeEvidence,
  DurabilityPolicy,
  EnvEvidence,
  GitEvidence,
  LogBinding,
  ManifestStatus,
  SchemaBinding,
  SegmentBinding,
  UniverseBinding,
} from './parts.js';
export type { ManifestPath } from './paths.js';
export { assertManifestPaths, manifestPaths } from './paths.js';
export { assertRevision, bindGates, reviseManifest } from './revision.js';
export type {
  ConfigBinding,
  DecisionsBinding,
  GateBinding,
  GateVerdict,
  InputsBinding,
  IntegerJson,
  MoneyBinding,
  PolicyBinding,
  ReplayBinding,
  RestartBinding,
  ResultBinding,
  RunManifest,
  RunManifestBody,
  RunMode,
  TraceCheckpointBinding,
} from './run-manifest.js';
export { RUN_MANIFEST_FORMAT } from './run-manifest.js';
export { runManifestSchema } from './run-schema.js';
export { bindSchemas, bindUpcasters, unknownSchemas } from './schemas.js';
export type { Manifest, ManifestBody, Sealed } from './seal.js';
export { encodeManifest, manifestHashOf, sealManifest } from './seal.js';
export type {
  CaptureEvidence,
  ClockEvidence,
  RawBinding,
  RawPartBinding,
  ScaleBinding,
  SessionManifest,
  SessionManifestBody,
} from './session-manifest.js';
export { SESSION_MANIFEST_FORMAT } from './session-manifest.js';
export { sessionManifestSchema } from './session-schema.js';
export type {
  EvidencePredicate,
  EvidenceStatement,
  StatementSubject,
  SubjectPath,
} from './statement.js';
export {
  encodeStatement,
  EVIDENCE_PREDICATE_TYPE,
  evidenceStatement,
  parseStatement,
  STATEMENT_PAYLOAD_TYPE,
  STATEMENT_TYPE,
  statementSchema,
  subjectPaths,
} from './statement.js';
export type { BoundUniverse } from './universe.js';
export { bindUniverse, parseUniverse, UNIVERSE_FILE } from './universe.js';
