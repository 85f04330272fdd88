import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exportedNames, publicNames, RECORDED_NAMES } from '../../scripts/lib/public-names.js';

test('names are read off a door, types apart from values', () => {
  const door = "export { b, type C } from './x.js';\nexport type { A } from './y.js';";
  expect(exportedNames('index.ts', door)).toEqual(['b', 'type A', 'type C']);
});

test('the public names are the recorded ones; if a change is meant, npm run names', () => {
  expect(publicNames()).toEqual(JSON.parse(readFileSync(RECORDED_NAMES, 'utf8')));
});
