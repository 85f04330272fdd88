/** Appends to a log as another process: `node tail-child.mjs DIR FLUSHES [close]`. */
import { fileStore, nodeSha256 } from 'quantlaxmi/node';
import { openWalWriter } from 'quantlaxmi/wal';

const [dir = '', flushes = '0', ending = 'stay'] = process.argv.slice(2);
const log = await openWalWriter(fileStore(dir), {
  walId: '0123456789abcdef0123456789abcdef',
  clock: { nowUs: () => 1_700_000_000_000_000 },
  hasher: nodeSha256,
  policy: { kind: 'always' },
  rotate: { bytes: 1_048_576, events: 6 },
});
for (let i = 0; i < Number(flushes); i += 1) {
  for (let k = 0; k < 3; k += 1) {
    const seq = log.appendedSeq + 1;
    const body = { cause: seq, due: seq, id: `p${process.pid}` };
    log.append({ t: 'Timer', sv: 1, rx: 10_000 + 2 * seq, ts: null, src: 'RUNNER', body });
  }
  await log.flush();
}
process.stdout.write('done\n');
if (ending === 'close') await log.close();
else await new Promise((resolve) => setTimeout(resolve, 600_000));
