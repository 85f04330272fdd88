/** Writes a manifest once, then replaces it, as sessions and runs do. Argument: the folder. */
import { join } from 'node:path';
import { writeSync } from 'node:fs';
import { replaceAtomically, writeOnce } from '../../../../src/node/atomic-write.js';

const [dir = '', count = '1'] = process.argv.slice(2);
for (let i = 0; i < Number(count); i += 1) {
  const path = join(dir, `manifest-${i}.json`);
  await writeOnce(path, new TextEncoder().encode('{"draft":true}'));
  writeSync(1, 'A 0\n');
  await replaceAtomically(path, new TextEncoder().encode('{"draft":false}'));
  writeSync(1, 'A 0\n');
}
