/** Rewrites the gzip ceilings of the pure subpaths from the build, with 10 % headroom. */
import { writeFileSync } from 'node:fs';
import { CEILINGS } from './check/sizes.js';
import { bundleSubpath, gzipBytes, pureSubpaths } from './lib/bundle.js';

const ceilings: Record<string, number> = {};
for (const subpath of pureSubpaths()) {
  const bytes = gzipBytes(await bundleSubpath(subpath));
  ceilings[subpath] = Math.ceil((bytes * 1.1) / 16) * 16;
  console.log(`${subpath.padEnd(26)} ${bytes} bytes gzip, ceiling ${ceilings[subpath]}`);
}
writeFileSync(CEILINGS, `${JSON.stringify(ceilings, null, 2)}\n`);
