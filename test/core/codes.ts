import { isQuantlaxmiError } from 'quantlaxmi/core';

/** The code an action throws, or undefined when it returns. Other errors go on. */
export function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (isQuantlaxmiError(error)) return error.code;
    throw error;
  }
}
