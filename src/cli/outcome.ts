/**
 * What a command ends with: a document, its text for people, and the exit code.
 * @module
 */

/** `0` holds or done, `1` does not hold, `2` cannot run, `3` replay diverged. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Result of a command: `--json` prints `document`, otherwise `text` is printed. */
export interface Outcome {
  readonly exitCode: ExitCode;
  readonly document: object;
  readonly text: string;
}

/** Options every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
}
