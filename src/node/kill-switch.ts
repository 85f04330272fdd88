/** The kill switch as a file: it is armed while the file is there. @module */
import { accessSync, constants, lstatSync } from 'node:fs';
import { dirname } from 'node:path';

/** State of a kill switch, with the reason when it is armed. */
export interface KillSwitchState {
  readonly armed: boolean;
  readonly reason: string;
}

/** A kill switch that any process, or a person with a shell, can throw. */
export interface KillSwitchFile {
  /** File whose presence stops trading. */
  readonly path: string;
  /** Looks at the file. Whatever cannot be looked at counts as armed. */
  check(): KillSwitchState;
  /** True while trading must stop. */
  armed(): boolean;
  /** Why nobody could throw it (its folder is missing or not writable); null when it works. */
  unreachable(): string | null;
}

function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown error';
}

/**
 * A kill switch over one file. Read it before each send: a check is one `lstat`.
 *
 * @param path - file whose presence stops trading; a folder or a dangling link counts too
 * @example
 * ```ts
 * import { killSwitchFile } from 'quantlaxmi/node';
 *
 * killSwitchFile('/nowhere/KILL').armed(); // => true
 * ```
 */
export function killSwitchFile(path: string): KillSwitchFile {
  const check = (): KillSwitchState => {
    try {
      lstatSync(path);
      return { armed: true, reason: `${path} exists` };
    } catch (error) {
      const errno = errnoOf(error);
      if (errno !== 'ENOENT') return { armed: true, reason: `${path}: ${errno}` };
    }
    // A missing folder also says ENOENT, and there the switch could not be thrown.
    const why = unreachable();
    return why === null ? { armed: false, reason: '' } : { armed: true, reason: why };
  };
  const unreachable = (): string | null => {
    const dir = dirname(path);
    try {
      accessSync(dir, constants.W_OK | constants.X_OK);
      return null;
    } catch (error) {
      return `${dir}: ${errnoOf(error)}`;
    }
  };
  return { path, check, armed: () => check().armed, unreachable };
}
