/**
 * Packages that only an export needs: loaded when one is made, and asked for by name when absent.
 * @module
 */
import { QuantlaxmiError } from '../../core/index.js';

function isMissing(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}

/** Loads an optional package, or says how to install it. */
export async function loadPeer<T>(
  name: string,
  format: string,
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new QuantlaxmiError(
      'QL_PEER_MISSING',
      `--format ${format} needs the package ${name}, which is not installed: npm install ${name}`,
      { cause, context: { package: name, format } },
    );
  }
}
