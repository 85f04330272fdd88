/** Kill switches besides the file: a signal, a call, and several as one. @module */
import { QuantlaxmiError } from '../core/index.js';
import { type KillSwitchFile, killSwitchFile } from './kill-switch.js';

/** What is asked before a send. */
export interface KillSwitchPort {
  /** False while orders may be sent. */
  engaged(): boolean;
}

/** A kill switch thrown by a call of this process; only a named release ends it. */
export interface KillSwitchApi extends KillSwitchPort {
  /** Stops the sending of orders. */
  engage(by: string, reason: string): void;
  /** Lets orders go again. @throws QL_BAD_INPUT without a name */
  release(by: string): void;
  /** Who engaged it and why; empty while it is released. */
  readonly why: string;
}

/**
 * Makes a kill switch that code throws.
 *
 * @example
 * ```ts
 * import { killSwitchApi } from 'quantlaxmi/node';
 *
 * const kill = killSwitchApi();
 * kill.engage('watchdog', 'no heartbeat');
 * kill.engaged(); // => true
 * ```
 */
export function killSwitchApi(): KillSwitchApi {
  let why: string | null = null;
  return {
    engaged: () => why !== null,
    engage(by, reason) {
      why = `${by}: ${reason}`;
    },
    release(by) {
      if (typeof by !== 'string' || by.trim() === '') {
        throw new QuantlaxmiError('QL_BAD_INPUT', 'release: no name; say who releases it.');
      }
      why = null;
    },
    get why() {
      return why ?? '';
    },
  };
}

/** A kill switch thrown by a signal; the process cannot release it. */
export interface KillSwitchSignal extends KillSwitchPort {
  /** Takes the handler away; the switch stays as it is. */
  close(): void;
}

/**
 * Makes a kill switch that a signal throws, for good.
 *
 * @param signal - default `SIGUSR2`
 * @example
 * ```ts
 * import { killSwitchSignal } from 'quantlaxmi/node';
 *
 * const kill = killSwitchSignal();
 * kill.engaged(); // => false
 * kill.close();
 * ```
 */
export function killSwitchSignal(signal: NodeJS.Signals = 'SIGUSR2'): KillSwitchSignal {
  let thrown = false;
  const handler = (): void => {
    thrown = true;
  };
  process.on(signal, handler);
  return {
    engaged: () => thrown,
    close: () => {
      process.off(signal, handler);
    },
  };
}

/**
 * Several kill switches as one: engaged while any is, or cannot answer.
 *
 * @param parts - paths of files, and switches; at least one
 * @throws QL_BAD_INPUT without any
 * @example
 * ```ts
 * import { killSwitch, killSwitchApi } from 'quantlaxmi/node';
 *
 * killSwitch(['/nowhere/KILL', killSwitchApi()]).engaged(); // => true
 * ```
 */
export function killSwitch(parts: readonly (string | KillSwitchPort)[]): KillSwitchPort {
  if (parts.length === 0) {
    throw new QuantlaxmiError('QL_BAD_INPUT', 'killSwitch: no part; nobody could throw it.');
  }
  const files = new Map<string, KillSwitchFile>();
  const ask = (part: string | KillSwitchPort): boolean => {
    if (typeof part !== 'string') return part.engaged() !== false;
    const file = files.get(part) ?? killSwitchFile(part);
    files.set(part, file);
    return file.armed();
  };
  return {
    engaged: () =>
      parts.some((part) => {
        try {
          return ask(part);
        } catch {
          return true;
        }
      }),
  };
}
