/**
 * The doors to the machine: session and run folders, file logs, the process clock, code and
 * environment evidence, the kill switch.
 * @module
 */
export { systemAlarm } from './alarm.js';
export type { WriteFileOptions } from './atomic-write.js';
export { replaceAtomically, writeOnce } from './atomic-write.js';
export type { ClockStep, SystemClockOptions } from './clock.js';
export { systemClock } from './clock.js';
export type { CodeHashOptions } from './code-hash.js';
export { codeHash } from './code-hash.js';
export { publishAnchor, readAnchor } from './evidence/anchor.js';
export type { KeyFileOptions, KeyFiles, SigningKey } from './evidence/keys.js';
export {
  generateKeyFiles,
  keyPassphrase,
  PASSPHRASE_VARIABLE,
  readPublicKey,
  readSigningKey,
} from './evidence/keys.js';
export type { SignedEvidence, SignOptions } from './evidence/sign.js';
export { cosignEvidence, ENVELOPE_SUFFIX, signEvidence } from './evidence/sign.js';
export type {
  EvidenceFault,
  EvidenceVerification,
  SignatureState,
  VerifyEvidenceOptions,
} from './evidence/verify.js';
export { verifyEvidence } from './evidence/verify.js';
export type { AnyStrategy } from './internal/strategy-shape.js';
export { consoleSink, jsonLogSink, type LogSinkOptions, type StreamLogSink } from './json-log.js';
export type { KillSwitchFile, KillSwitchState } from './kill-switch.js';
export { killSwitchFile } from './kill-switch.js';
export type { KillSwitchApi, KillSwitchPort, KillSwitchSignal } from './kill-switches.js';
export { killSwitch, killSwitchApi, killSwitchSignal } from './kill-switches.js';
export { type LogState, type SendGuardOptions, sendGuard } from './send-guard.js';
export { type LogHealth, type LogHealthOptions, logHealth } from './send-guard-log.js';
export { type RunWatch, type WatchRunOptions, watchRun } from './send-guard-watch.js';
export type { LoadedStrategy } from './load-strategy.js';
export { loadStrategy } from './load-strategy.js';
export type { LockKind } from './lock.js';
export { lockFile } from './lock.js';
export type { Locators } from './locators.js';
export { LOCATORS_FILE, readLocators, writeLocators } from './locators.js';
export {
  type PrometheusExporter,
  type PrometheusExporterOptions,
  prometheusExporter,
} from './prometheus.js';
export type { ExpiredSession, RetentionOptions } from './retention.js';
export { expireSession } from './retention.js';
export type { OpenRunOptions, Run, RunVerification } from './run.js';
export { openRun } from './run.js';
export type { CreateRunOptions, RunOutcome, RunWriter } from './run-writer.js';
export { createRun } from './run-writer.js';
export { runtimeVersions } from './runtime.js';
export type { SecretFinding } from './secret-scan.js';
export { scanForSecret } from './secret-scan.js';
export type { Session, SessionRange, SessionVerification } from './session.js';
export { openSession } from './session.js';
export type {
  CaptureSettings,
  CreateSessionOptions,
  ResumeSessionOptions,
  SessionWriter,
} from './session-writer.js';
export { createSession, resumeSession } from './session-writer.js';
export { httpPort } from './net/http.js';
export { type LivePortsOptions, livePorts } from './net/live-ports.js';
export { systemTimers } from './net/timers.js';
export { webSocketPort } from './net/web-socket.js';
export { openRawRecorder, type RawRecorder, type RawRecorderOptions } from './raw/recorder.js';
export { nodeSha256 } from './sha256.js';
export type { VerifyWalParallelOptions } from './verify-parallel.js';
export { verifyWalParallel } from './verify-parallel.js';
export type { CompressedSegment, CompressOptions } from './wal-store/compress-segments.js';
export { compressSegments } from './wal-store/compress-segments.js';
export type { CompressedKind } from './wal-store/compressed-format.js';
export type { FileStoreOptions } from './wal-store/file-store.js';
export { fileStore } from './wal-store/file-store.js';
export { PACKAGE_VERSION } from './package-version.js';
export type { BookAt, BookAtOptions } from './pipeline/book-at.js';
export { bookAt } from './pipeline/book-at.js';
export {
  captureLive,
  type CaptureLiveOptions,
  type LiveProgress,
  type LiveResult,
} from './pipeline/capture-live.js';
export {
  captureRaw,
  type CaptureRawOptions,
  type RawCaptureResult,
} from './pipeline/capture-raw.js';
export { eventLinesSha256 } from './pipeline/event-lines.js';
export { rawHeadOf } from './raw/read-parts.js';
export type { CaptureFilesOptions, CaptureFilesResult } from './pipeline/capture-files.js';
export { captureFiles } from './pipeline/capture-files.js';
export {
  type CaptureKiteOptions,
  type CaptureKiteResult,
  captureKiteRecording,
  readKiteDump,
} from './pipeline/capture-kite.js';
export type { CaptureRecordingOptions, CaptureResult } from './pipeline/capture-recording.js';
export { captureRecording } from './pipeline/capture-recording.js';
export {
  assertBoundLog,
  assertLogEnd,
  compareWithManifest,
  removedFrontOf,
  sealedManifestOf,
} from './pipeline/compare-manifest.js';
export { findLog } from './pipeline/find-log.js';
export type { CompressLogOptions } from './pipeline/compress-log.js';
export { compressLog } from './pipeline/compress-log.js';
export type { SalvagedLog, SalvageLogOptions } from './pipeline/salvage-log.js';
export { salvageLog } from './pipeline/salvage-log.js';
export type { SealedLog } from './pipeline/seal-log.js';
export { sealLog } from './pipeline/seal-log.js';
export type { SealedKilledRun, SealKilledRunOptions } from './seal-killed-run.js';
export { sealKilledRun } from './seal-killed-run.js';
export type { LogProgress, ReadLogOptions } from './pipeline/read-log.js';
export { readLog, watchedStore } from './pipeline/read-log.js';
export type { LogSummary } from './pipeline/log-summary.js';
export { logSummary } from './pipeline/log-summary.js';
export { artefactFolder, environmentSecrets, gateEvidenceOf } from './pipeline/gate-evidence.js';
export type { PaperRunOptions, PaperRunResult } from './pipeline/paper-run.js';
export { KILL_FILE, paperRun } from './pipeline/paper-run.js';
export { type ResumedRun, resumeRun } from './pipeline/resume-run.js';
export type {
  EvidenceProblem,
  ReplayOutcome,
  ReplayProcessOptions,
  ReplayRunOptions,
} from './pipeline/replay-run.js';
export { parityReplayOf, replayInProcess, replayRun } from './pipeline/replay-run.js';
export type { RunConfig, SimVenueConfig } from './pipeline/run-config.js';
export { parseRunConfig, readRunConfig, simVenueOf } from './pipeline/run-config.js';
export type { GateRunOptions, GateRunResult, GateThresholds } from './pipeline/run-gates.js';
export { gateRun, readGateThresholds } from './pipeline/run-gates.js';
