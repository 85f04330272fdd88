/** The page on sessions from files of the NSE: its commands run, and print what it says. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bhavcopy, chainJson, FUTURE, type JsonLeg, snapshot } from '../venues/nse/files.js';
import { command, MAIN, ROOT, scratch } from './lib/command.js';
import { runStep, stepsOf } from './lib/page.js';

const dir = scratch('nse-sessions');
const steps = stepsOf(readFileSync(join(ROOT, 'docs/nse-sessions.md'), 'utf8'));

const noon = '24900.0,101.5,650,1300,98.0,130,65';
const EXPORT =
  'CALL_OI,CALL_CHNG IN OI,CALL_VOLUME,CALL_IV,CALL_LTP,CALL_CHNG,CALL_BID QTY,CALL_BID,' +
  'CALL_ASK,CALL_ASK QTY,STRIKE,PUT_BID QTY,PUT-BID,PUT_ASK,PUT_ASK QTY,PUT_CHNG,PUT_LTP,' +
  'PUT_IV,PUT_VOLUME,PUT_CHNG IN OI,PUT_OI\n' +
  '76,-,-,-,"2,484.45",-0.15,150,"2,473.65","2,587.75",150,"22,950.00","14,625",1.05,1.1,' +
  '"16,725",-0.1,1.05,30.68,"1,64,984","19,170","31,381"\n';

const legs = Array.from({ length: 40 }, (_, i): JsonLeg => {
  const quantity = 500 * (i + 1);
  const fields = { bidQty: quantity, totalBuyQuantity: quantity };
  return { strike: 1000 + 10 * i, side: 'PE', fields };
});

const FILES: Readonly<Record<string, string>> = {
  'bhavcopy.csv': bhavcopy([{}, FUTURE]),
  'chain.csv': snapshot([noon]),
  'chain.json': chainJson(legs),
  'dirty.csv': snapshot([noon, '25000.0,-,650,1300,"1,2,3",130,65', '25100.0,5,65,0,1,1,65'], {
    spot: '0.0',
  }),
  'option-chain-ED-NIFTY-10-Jul-2025.csv': EXPORT,
};

describe('docs/nse-sessions.md', { timeout: 300_000 }, () => {
  test('each command prints what the page states', async () => {
    const files = join(dir, 'files');
    const bin = join(dir, 'bin');
    const out = join(dir, 'out');
    for (const folder of [files, bin, out]) mkdirSync(folder);
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(files, name), text);
    writeFileSync(join(bin, 'quantlaxmi'), `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`);
    chmodSync(join(bin, 'quantlaxmi'), 0o755);
    expect(steps.length).toBe(5);
    for (const step of steps) {
      const printed = await runStep(step, { FILES: files, OUT: out }, bin);
      expect(printed, step.code).toBe(step.stated);
      // Control: with one figure changed the comparison would have failed.
      expect(printed).not.toBe(step.stated?.replace(/\d/, 'x'));
    }
  });

  test('what cannot be recorded is exit 2 with advice, a refused file exit 1', () => {
    const file = (name: string, text: string): string => {
      const path = join(dir, name);
      writeFileSync(path, text);
      return path;
    };
    const capture = (path: string, ...more: string[]) => {
      const out = join(dir, `out-${path.split('/').at(-1)}`);
      return command(['capture', 'nse', '--from', path, '--out', out, ...more]);
    };
    const timeless = capture(file('option-chain-ED-NIFTY-10-Jul-2025.csv', EXPORT));
    expect(timeless.code).toBe(2);
    expect(timeless.err).toContain('QL_NSE_STAMP');
    expect(timeless.err).toContain('--at');
    const none = capture(file('none.csv', 'Date,Open\n'));
    expect(none.code).toBe(2);
    expect(none.err).toContain('QL_NSE_FILE');
    expect(capture(file('some.csv', bhavcopy([{}])), '--kind', 'chains').code).toBe(2);
    const renamed = capture(file('renamed.csv', bhavcopy([{}]).replace('ClsPric', 'Close')));
    expect(renamed.code).toBe(1);
    expect(renamed.out).toContain('QL_NSE_HEADER');
    const json = capture(file('json.csv', bhavcopy([{}])), '--json');
    expect(JSON.parse(json.out)).toMatchObject({
      fmt: 'quantlaxmi-capture/1',
      counts: { Stats: 2, Instrument: 2, Session: 2 },
      stats: { files: 1, rows: 1, contracts: 1, facts: {} },
    });
  });
});
