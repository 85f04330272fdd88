import { createHash } from 'node:crypto';
import { prefixOf, sealLine } from '../../../wal/support.js';
import { kindOf } from './logs.js';

const sha = (...parts: (string | Uint8Array)[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(typeof part === 'string' ? latin(part) : part);
  return new Uint8Array(hash.digest());
};

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export const field = (line: string, name: string): string => {
  const found = new RegExp(`"${name}":("([^"]*)"|[0-9]+|null)`).exec(line);
  return found?.[2] ?? found?.[1] ?? '';
};

/** Chain head before the first header of a log. */
export const chainStart = (walId: string): Uint8Array => sha(`quantlaxmi-wal/v1\n${walId}`);

/** Which hashes a forger puts right; checksums of lines are always put right. */
export interface Reach {
  /** Commits to hash again, by their place in the segment; the others keep what they say. */
  readonly commits: (at: number) => boolean;
  readonly footer: boolean;
}

export const EVERYTHING: Reach = { commits: () => true, footer: true };
export const NOTHING: Reach = { commits: () => false, footer: false };

/**
 * Puts a segment's hashes right as far as `reach` goes: what somebody can do who edits the file.
 *
 * @returns its lines and the chain head after them, as the hashes are from the header on
 */
export function rechain(
  lines: readonly string[],
  reach: Reach,
): { readonly lines: string[]; readonly head: Uint8Array } {
  const out: string[] = [];
  let head: Uint8Array = new Uint8Array(32);
  let open = '';
  let commits = 0;
  for (const line of lines) {
    let prefix = prefixOf(line);
    if (kindOf(line) === 'H') {
      const sealed = sealLine(prefix);
      head = sha(Buffer.from(field(prefix, 'prev'), 'hex'), `${sealed}\n`);
    } else if (kindOf(line) === 'E') {
      open += `${sealLine(prefix)}\n`;
    } else if (kindOf(line) === 'C') {
      const chained = prefix.slice(0, prefix.indexOf(',"h":'));
      if (reach.commits(commits)) prefix = `${chained},"h":"${hex(sha(head, open, chained))}"`;
      head = new Uint8Array(Buffer.from(field(prefix, 'h'), 'hex'));
      open = '';
      commits += 1;
    } else if (kindOf(line) === 'F' && reach.footer) {
      const before = out.map((text) => `${text}\n`).join('');
      prefix = prefix
        .replace(/"bytes":\d+/, `"bytes":${before.length}`)
        .replace(/"sha256":"[^"]*"/, `"sha256":"${hex(sha(before))}"`)
        .replace(/"h":"[^"]*"/, `"h":"${hex(head)}"`);
    }
    out.push(sealLine(prefix));
  }
  return { lines: out, head };
}

/** A header that says another past. */
export const afterHead = (header: string, head: Uint8Array): string =>
  sealLine(prefixOf(header).replace(/"prev":"[^"]*"/, `"prev":"${hex(head)}"`));
