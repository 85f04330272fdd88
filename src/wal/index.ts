/**
 * The write-ahead log: an append-only, checksummed, hash-chained history of events over a small
 * store port. Writer with recovery, strict and salvaging readers, tail, verification.
 * @module
 */

export type { DumpWalOptions } from './dump.js';
export { dumpWal } from './dump.js';
export type { WalErrorCode, WalPlace } from './errors.js';
export type {
  FooterReason,
  RemovedFront,
  SegmentName,
  WalFooter,
  WalHeader,
} from './format.js';
export { parseSegmentName, segmentName, WAL_FORMAT, WAL_FORMAT_VERSION } from './format.js';
export type { BuildIndexOptions, BuiltIndex } from './index-build.js';
export { buildIndex } from './index-build.js';
export type { EventDecoder } from './internal/scan-types.js';
export { WAL_LIMITS } from './limits.js';
export type { MemoryStore } from './memory-store.js';
export { memoryStore } from './memory-store.js';
export type { ReadWalOptions } from './read.js';
export { readWal } from './read.js';
export type { RecoveredInfo, RecoveryCheck } from './recover.js';
export type { Gap, SalvageBatch } from './salvage.js';
export { salvageWal } from './salvage.js';
export type { WalFile, WalFolder, WalLock, WalStore } from './store.js';
export type { TailWalOptions } from './tail.js';
export { tailWal } from './tail.js';
export type { VerifyWalOptions, WalVerification } from './verify.js';
export { verifyWal, walStat } from './verify.js';
export type {
  SegmentCheck,
  SegmentCheckOptions,
  WalProblem,
  WalSegment,
} from './verify-segment.js';
export { verifySegment } from './verify-segment.js';
export { openWalWriter } from './writer.js';
export type {
  FooterInfo,
  WalAlarm,
  WalPolicy,
  WalRotation,
  WalStallOptions,
  WalWriter,
  WalWriterEvents,
  WalWriterOptions,
} from './writer-types.js';
