/** A command line in this process: for what a process of its own would not show better. */
import { vi } from 'vitest';
import { runCommand } from '../../../src/cli/program.js';
import type { Result } from './command.js';

const chunkText = (chunk: unknown): string =>
  typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk as Uint8Array);

/** Runs one command line and catches what it prints. */
export const commandHere = async (args: readonly string[]): Promise<Result> => {
  let out = '';
  let err = '';
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    out += chunkText(chunk);
    return true;
  });
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    err += chunkText(chunk);
    return true;
  });
  try {
    const code = await runCommand(args);
    return { code, out, err };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
};
