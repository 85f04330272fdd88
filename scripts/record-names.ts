/** Rewrites the record of public names, so that a change of them is seen in review. */
import { writeFileSync } from 'node:fs';
import { publicNames, RECORDED_NAMES } from './lib/public-names.js';

const names = publicNames();
writeFileSync(RECORDED_NAMES, `${JSON.stringify(names, null, 2)}\n`);
for (const [subpath, list] of Object.entries(names))
  console.log(`${subpath}: ${list.length} names`);
