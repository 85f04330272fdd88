/**
 * `quantlaxmi evidence …`: its commands and their flags.
 * @module
 */
import type { Command } from 'commander';
import { JSON_FLAG, type Run } from './action.js';
import {
  evidenceAnchor,
  evidenceKeygen,
  evidenceSign,
  evidenceVerify,
} from './commands/evidence.js';
import { positiveInteger } from './flag-values.js';

const PASSPHRASE_FLAG = [
  '--passphrase-file <file>',
  'file with the passphrase of the private key (default: QUANTLAXMI_KEY_PASSPHRASE)',
] as const;

/** Adds keys, signatures and anchors. */
export const addEvidence = (cli: Command, run: Run): void => {
  const evidence = cli.command('evidence').description('sign runs and sessions, anchor logs');
  evidence
    .command('keygen')
    .description('make an ed25519 key pair: FILE (mode 0600) and FILE.pub')
    .requiredOption('--out <file>', 'file of the private key; must not exist')
    .option(...PASSPHRASE_FLAG)
    .option(...JSON_FLAG)
    .action(run('evidence-keygen', evidenceKeygen));
  evidence
    .command('sign')
    .description('verify a sealed run or session, and sign every file of it')
    .argument('<dir>', 'run or session folder')
    .requiredOption('--key <file>', 'private key, readable by its owner alone')
    .option('--approver <name>', 'who approves')
    .option('--require <gates>', 'comma-separated gates that must have passed, e.g. G0,G1')
    .option('--cosign', 'add a signature to the statement that stands there')
    .option('--session <dir>', 'the session of a run, when it has moved')
    .option(...PASSPHRASE_FLAG)
    .option(...JSON_FLAG)
    .action(run('evidence-sign', evidenceSign));
  evidence
    .command('verify')
    .description('check the signatures of a run or session and every file they name')
    .argument('<dir>', 'run or session folder')
    .requiredOption('--key <file...>', 'public keys that are trusted')
    .option('--threshold <n>', 'how many different keys must have signed', positiveInteger, 1)
    .option('--session <dir>', 'the session of a run, when it has moved')
    .option(...JSON_FLAG)
    .action(run('evidence-verify', evidenceVerify));
  evidence
    .command('anchor')
    .description('state outside of a log where it stands: origin, last seq, chain head')
    .argument('<dir>', 'session folder, run folder or folder of segments')
    .requiredOption('--to <place>', 'file elsewhere, or git:REPOSITORY#TAG; must not exist')
    .option(...JSON_FLAG)
    .action(run('evidence-anchor', evidenceAnchor));
};
