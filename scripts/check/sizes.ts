import { readFileSync } from 'node:fs';
import { bundleSubpath, gzipBytes, pureSubpaths } from '../lib/bundle.js';
import { failOn } from '../lib/run.js';

/** Where the gzip ceiling of each pure subpath is recorded; `npm run sizes` rewrites it. */
export const CEILINGS = 'test/package/size-ceilings.json';

export const readCeilings = (): Record<string, number> =>
  JSON.parse(readFileSync(CEILINGS, 'utf8')) as Record<string, number>;

/** No pure subpath is heavier in a browser than its recorded ceiling. */
export const checkSizes = async (): Promise<string> => {
  const ceilings = readCeilings();
  const problems: string[] = [];
  for (const subpath of pureSubpaths()) {
    const bytes = gzipBytes(await bundleSubpath(subpath));
    const ceiling = ceilings[subpath] ?? 0;
    if (bytes <= ceiling) continue;
    problems.push(`${subpath}: ${bytes} bytes gzip, at most ${ceiling}; see npm run sizes`);
  }
  failOn(problems, 'subpaths over their size ceiling:');
  return `${pureSubpaths().length} subpaths within their gzip ceilings`;
};
