import { describe, expect, test } from 'vitest';
import { readCeilings } from '../../scripts/check/sizes.js';
import {
  bundle,
  bundleSubpath,
  distFile,
  gzipBytes,
  pureSubpaths,
} from '../../scripts/lib/bundle.js';
import { FORBIDDEN_EVERYWHERE, FORBIDDEN_IN } from './forbidden.data.js';

const ceilings = readCeilings();

describe('in a browser', () => {
  test('a bundle that needs the host fails, one with a long string is heavier', async () => {
    await expect(bundle("import fs from 'node:fs'; export default fs;")).rejects.toThrow(/node:fs/);
    const heavy = await bundle("export const a = 'some text that is not in the other one';");
    expect(gzipBytes(heavy)).toBeGreaterThan(gzipBytes(await bundle('export const a = 1;')));
  });

  test('there is one ceiling per pure subpath', () => {
    expect(Object.keys(ceilings)).toEqual(pureSubpaths());
  });

  test.each(pureSubpaths())(
    '%s bundles within its ceiling and carries no stranger',
    async (key) => {
      const text = await bundleSubpath(key);
      expect(gzipBytes(text), 'gzip bytes; if meant, run npm run sizes').toBeLessThanOrEqual(
        ceilings[key] ?? 0,
      );
      const forbidden = [...FORBIDDEN_EVERYWHERE, ...(FORBIDDEN_IN[key] ?? [])];
      expect(forbidden.filter((name) => text.includes(name))).toEqual([]);
    },
  );

  test.each(pureSubpaths())('%s leaves no byte when imported and not used', async (key) => {
    const code = `import * as unused from ${JSON.stringify(distFile(key))};`;
    expect(await bundle(code)).toBe('');
  });

  test('a use of one name leaves bytes', async () => {
    const code = `import * as core from ${JSON.stringify(distFile('./core'))};`;
    expect(await bundle(`${code}\nexport const hex = core.toHex;`)).not.toBe('');
  });
});
