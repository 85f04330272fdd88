#!/usr/bin/env node
/**
 * The command `quantlaxmi`: parse flags, call a room, print.
 * @module
 */
import { runCommand } from './program.js';

process.exitCode = await runCommand(process.argv.slice(2));
