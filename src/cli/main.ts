#!/usr/bin/env node
/**
 * The command `quantlaxmi`: parse flags, call a room, print.
 * @module
 */
import { runCommand } from './program.js';

// A reader that has seen enough (`| head`) ends the command quietly; a verdict that was reached
// stays what it is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? 0);
});

process.exitCode = await runCommand(process.argv.slice(2));
