/** The page on capturing from Zerodha: its commands run, against a venue on loopback. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kiteVenue, syntheticKite } from 'quantlaxmi/testing/node';
import { describe, expect, test } from 'vitest';
import { dumpOf, idOf, tokenOf } from '../venues/zerodha/live/dump.js';
import { MAIN, ROOT, scratch } from './lib/command.js';
import { stepsOf } from './lib/page.js';

const dir = scratch('zerodha-page');
const steps = stepsOf(readFileSync(join(ROOT, 'docs/zerodha.md'), 'utf8'));

/** The venue runs in this process, so the commands may not hold it up. */
const run = (code: string, env: NodeJS.ProcessEnv): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', code], { env });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.on('close', (status) => {
      if (status === 0) resolve(out);
      else reject(new Error(`${code}\nexit ${status}: ${err}`));
    });
  });

describe('docs/zerodha.md', { timeout: 300_000 }, () => {
  test('each command runs, and prints what the page states', async () => {
    const tokens = [tokenOf(1), tokenOf(2)];
    const venue = await kiteVenue({
      source: syntheticKite({ seed: 3n, tokens, durationUs: 3_600_000_000 }),
      instruments: new TextDecoder().decode(dumpOf(5)),
      log: false,
    });
    const bin = join(dir, 'bin');
    mkdirSync(bin);
    // The page names no endpoints: here they are those of the venue on loopback.
    const rest = `--endpoint-rest ${venue.url.http}`;
    const shim = [
      '#!/bin/sh',
      'case "$*" in',
      `  *--from*) ;;`,
      `  "login zerodha --request-token"*) set -- "$@" ${rest} ;;`,
      `  "capture zerodha"*) set -- "$@" ${rest} --endpoint-ws ${venue.url.ws} ;;`,
      'esac',
      `exec ${process.execPath} ${MAIN} "$@"`,
    ];
    writeFileSync(join(bin, 'quantlaxmi'), `${shim.join('\n')}\n`);
    chmodSync(join(bin, 'quantlaxmi'), 0o755);
    const env = {
      ...process.env,
      ...{ KITE_API_KEY: 'local-key', KITE_API_SECRET: 'local-secret' },
      ...{ REQUEST_TOKEN: 'local-request', SYMBOLS: `${idOf(1)},${idOf(2)}`, OUT: dir },
      ...{ PATH: `${bin}:${process.env['PATH']}`, NO_COLOR: '1', LC_ALL: 'C' },
    };
    const playing = venue.play({ speed: 10 });
    try {
      expect(steps.length).toBeGreaterThan(4);
      const printed: string[] = [];
      for (const { code, stated } of steps) {
        const out = await run(code, env);
        printed.push(out);
        if (stated !== null) expect(out.trim(), code).toBe(stated.trim());
      }
      expect(printed[0]).toContain('https://kite.zerodha.com/connect/login?v=3&api_key=local-key');
      expect(statSync(join(dir, 'kite.env')).mode & 0o777).toBe(0o600);
      expect(printed.join('\n')).not.toContain('local-token-');
      // Control: the token was issued, written, and good for the ticker.
      expect(readFileSync(join(dir, 'kite.env'), 'utf8')).toContain("'local-token-1'");
      const log = await run('quantlaxmi wal dump "$OUT/session"', env);
      expect(log).toContain('"t":"BookSnapshot"');
      expect(log).toContain(idOf(2));
    } finally {
      await venue.close();
      await playing;
    }
  });
});
