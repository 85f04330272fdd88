import { describe, expect, test } from 'vitest';
import { proveRule } from './lib/controls.js';
import { doorShape, longFile, longFunction, longLine, vagueName } from './lib/rules-shape.js';
import { loadUnits, type Rule } from './lib/source.js';

const source = loadUnits('src');
const everything = ['src', 'test', 'scripts', 'examples', 'bench'].flatMap(loadUnits);
const offences = (rule: Rule, units = source): string[] => units.flatMap(rule);
const path = 'src/wal/x.ts';

describe('sizes and shapes', () => {
  test('no file has more than 400 lines', () => {
    const long = 'const a = 1;\n'.repeat(401);
    proveRule(longFile, { path, offending: [long], allowed: ['const a = 1;\n'.repeat(400)] });
    proveRule(longFile, { path: 'src/wal/x.data.ts', offending: [], allowed: [long] });
    proveRule(longFile, { path: 'src/events/generated/q.ts', offending: [], allowed: [long] });
    expect(offences(longFile, everything)).toEqual([]);
  });

  test('no function has more than 70 lines', () => {
    const body = (lines: number): string => `{\n${'f();\n'.repeat(lines - 2)}}`;
    proveRule(longFunction, {
      path,
      offending: [
        `function f() ${body(71)}`,
        `const f = () => ${body(71)};`,
        `class A { m() ${body(71)} }`,
      ],
      allowed: [`function f() ${body(70)}`, `/** doc\n${' *\n'.repeat(80)} */\nfunction g() {}`],
    });
    expect(offences(longFunction)).toEqual([]);
  });

  test('no line has more than 100 columns', () => {
    proveRule(longLine, {
      path,
      offending: [`// ${'x'.repeat(98)}`],
      allowed: [
        `// ${'x'.repeat(97)}`,
        `// https://example.org/${'x'.repeat(98)}`,
        `const long = '${'x'.repeat(98)}';`,
      ],
    });
    expect(offences(longLine, everything)).toEqual([]);
  });

  test('file names say what is inside', () => {
    proveRule(vagueName, { path: 'src/wal/utils.ts', offending: [''], allowed: [] });
    proveRule(vagueName, { path: 'src/wal/utilisation.ts', offending: [], allowed: [''] });
    expect(offences(vagueName, everything)).toEqual([]);
  });

  test('doors list their exports by name and carry a module comment', () => {
    proveRule(doorShape, {
      path: 'src/wal/index.ts',
      offending: [
        "/** The log. @module */\nexport * from './a.js';",
        "export { a } from './a.js';",
        "/** The log. */\nexport { a } from './a.js';",
      ],
      allowed: ["/** The log. @module */\nexport { a } from './a.js';"],
    });
    expect(offences(doorShape)).toEqual([]);
  });
});
