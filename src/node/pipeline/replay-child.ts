/**
 * Entry of a replay process: one JSON request as argument, one JSON result on stdout.
 * @module
 */
import { parityReplayOf, replayRun } from './replay-run.js';

interface Request {
  readonly dir: string;
  readonly session?: string;
  readonly strategyModule?: string;
}

const { dir, ...options } = JSON.parse(process.argv[2] ?? '') as Request;
process.stdout.write(JSON.stringify(parityReplayOf(await replayRun(dir, options))));
