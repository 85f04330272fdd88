/**
 * Gates: evidence in, verdicts out. G0 judges the data, G1 the replay, G4 what would be deployed.
 * @module
 */
export { type BoundReports, bindGateReports } from './bind.js';
export type { Limit } from './config.js';
export {
  type G1Config,
  g1Defaults,
  g1ReplayParity,
  type ParityEvidence,
  type ParityReplay,
} from './g1-replay-parity.js';
export { g2AntiOverfit, g3Robustness } from './g2-g3.js';
export { type G0Config, g0ConfigSchema } from './g0/config.js';
export { g0DataTruth } from './g0/data-truth.js';
export { g0Defaults } from './g0/defaults.data.js';
export { type DataTruthScan, dataTruthScan } from './g0/scan.js';
export { type G4Config, g4ConfigSchema } from './g4/config.js';
export { g4Defaults } from './g4/defaults.data.js';
export { g4Deployability } from './g4/deployability.js';
export type {
  ArtefactFolder,
  BoundFolder,
  DeploymentEvidence,
  Probe,
  ProbeResult,
} from './g4/evidence.js';
export {
  type SecretHit,
  type SecretScanner,
  type SecretScannerOptions,
  secretScanner,
} from './g4/secret-scan.js';
export type { Gate, GateEvidence, SessionEnd, SessionEvidence } from './gate.js';
export { junitXml } from './junit.js';
export { type GateRegistry, gateRegistry } from './registry.js';
export {
  GATE_REPORT_FORMAT,
  type GateCheck,
  type GateReport,
  gateReportBytes,
  gateReportSchema,
  gateReportSha256,
  parseGateReport,
  verdictOf,
} from './report.js';
export { gatesHold, runGates } from './run-gates.js';
export { gateSummary } from './summary.js';
