import { existsSync, readFileSync } from 'node:fs';
import { fromBase64, isQuantlaxmiError } from 'quantlaxmi/core';

const ROOT = '../shared/data/kite/';

/** True when the shared data is there; else says why tests are skipped, or fails when required. */
export function haveKite(path: string): boolean {
  if (existsSync(ROOT + path)) return true;
  if (process.env['REQUIRE_SHARED'] === '1') throw new Error(`${ROOT}${path} is missing`);
  console.warn(`SKIPPED: ${ROOT}${path} is missing; set REQUIRE_SHARED=1 to make that a failure`);
  return false;
}

export function kiteBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(ROOT + path));
}

export function kiteText(path: string): string {
  return readFileSync(ROOT + path, 'utf8');
}

/** A `.packet` file of the mock set: base64 of one packet. */
export function mockPacket(name: string): Uint8Array {
  return fromBase64(kiteText(`kiteconnect-mocks/${name}`).trim());
}

/** Rows of a CSV file without quoted fields, by column name. */
export function csvRows(path: string): Record<string, string>[] {
  const [head = '', ...lines] = kiteText(path).trim().split(/\r?\n/);
  const names = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
  });
}

/** The code thrown, or `nothing thrown`. */
export function codeOf(run: () => unknown): string {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    return isQuantlaxmiError(error) ? error.code : String(error);
  }
}
