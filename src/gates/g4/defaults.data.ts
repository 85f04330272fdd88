/**
 * A preset of G4's thresholds, to be given by name. Sources: `docs/gates.md`.
 * @module
 */
import type { G4Config } from './config.js';

/** Texts that look like secrets, whoever they belong to. */
const SECRET_PATTERNS: G4Config['secretPatterns'] = [
  { name: 'private key', pattern: '-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY-----' },
  { name: 'AWS access key', pattern: '\\b(?:AKIA|ASIA)[0-9A-Z]{16}\\b' },
  { name: 'GitHub token', pattern: '\\bgh[pousr]_[A-Za-z0-9]{36,251}\\b' },
  { name: 'Slack token', pattern: '\\bxox[abprs]-[A-Za-z0-9-]{10,200}' },
  { name: 'npm token', pattern: '\\bnpm_[A-Za-z0-9]{36}\\b' },
  { name: 'bearer token', pattern: '\\b[Bb]earer [A-Za-z0-9._~+/-]{16,400}' },
  { name: 'JSON Web Token', pattern: '\\beyJ[A-Za-z0-9_-]{8,150}\\.eyJ[A-Za-z0-9_-]{8,200}\\.' },
  { name: 'credentials in a URL', pattern: '://[^/\\s:@"]{1,100}:[^/\\s:@"]{1,100}@' },
  {
    // Binance keys are 64 letters and digits of both cases; hashes are lower-case hex.
    name: 'exchange API key',
    pattern:
      '(?<![A-Za-z0-9])(?=[0-9a-z]{0,63}[A-Z])(?=[0-9A-Z]{0,63}[a-z])[A-Za-z0-9]{64}(?![A-Za-z0-9])',
  },
  {
    name: 'named secret',
    pattern:
      '"(?:api_?[kK]ey|api_?[sS]ecret|[sS]ecret|[pP]assword|access_?[tT]oken|private_?[kK]ey)":"(?!\\[secret\\]")[^"]{8,300}"',
  },
];

/**
 * Position, notional and quote-age limits are required; an installation without git warns; another
 * runtime than the recorded one fails.
 */
export const g4Defaults: G4Config = Object.freeze<G4Config>({
  riskChecks: ['maxNotional', 'maxPosition', 'quoteAge'],
  limitDigitsMax: 15,
  gitMissing: 'warn',
  runtimeDiffers: 'fail',
  replaysMin: 1,
  secretPatterns: SECRET_PATTERNS,
});
