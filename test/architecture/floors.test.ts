import { describe, expect, test } from 'vitest';
import { proveRule } from './lib/controls.js';
import {
  cycles,
  deepImport,
  fileGraph,
  hostImport,
  importLeavesSource,
  packageImport,
  roomGraph,
  unknownRoom,
  unreachable,
  upwardImport,
} from './lib/rules-imports.js';
import { loadUnits, parse, type Rule } from './lib/source.js';

const units = loadUnits('src');
const offences = (rule: Rule): string[] => units.flatMap(rule);

describe('floors', () => {
  test('there is something to look at', () => {
    expect(units.length).toBeGreaterThan(20);
  });

  test('every folder of src is a known room', () => {
    proveRule(unknownRoom, {
      path: 'src/attic/box.ts',
      offending: ['export const box = 1;'],
      allowed: [],
    });
    proveRule(unknownRoom, { path: 'src/venues/binance/x.ts', offending: [], allowed: ['x'] });
    proveRule(unknownRoom, { path: 'src/venues/other/x.ts', offending: ['x'], allowed: [] });
    expect(offences(unknownRoom)).toEqual([]);
  });

  test('no import goes up a floor', () => {
    proveRule(upwardImport, {
      path: 'src/wal/writer.ts',
      offending: [
        "import { riskPolicy } from '../risk/index.js';",
        "import type { Step } from '../strategy/index.js';",
        "export { step } from '../strategy/index.js';",
        "const m = await import('../node/index.js');",
        "type M = import('../gates/index.js').Gate;",
        "import { everything } from '../index.js';",
      ],
      allowed: [
        "import { crc32c } from '../core/index.js';",
        "import type { RunManifest } from '../manifest/index.js';",
      ],
    });
    expect(offences(upwardImport)).toEqual([]);
  });

  test('a room is entered through its index only', () => {
    proveRule(deepImport, {
      path: 'src/strategy/step.ts',
      offending: [
        "import { limits } from '../risk/limits.js';",
        "import { x } from '../fixed-point/decimal/bridge.js';",
        "import { root } from '../index.js';",
      ],
      allowed: [
        "import { riskPolicy } from '../risk/index.js';",
        "import { toDecimal } from '../fixed-point/decimal/index.js';",
        "import { trace } from './internal/trace.js';",
      ],
    });
    expect(offences(deepImport)).toEqual([]);
  });

  test('src imports nothing outside src', () => {
    proveRule(importLeavesSource, {
      path: 'src/core/a.ts',
      offending: ["import x from '../../test/x.js';", "import { ok } from 'quantlaxmi/core';"],
      allowed: ["import { ok } from './result.js';"],
    });
    expect(offences(importLeavesSource)).toEqual([]);
  });

  test('node: and the rooms of the host stay behind their doors', () => {
    proveRule(hostImport, {
      path: 'src/wal/writer.ts',
      offending: [
        "import { open } from 'node:fs/promises';",
        "import type { Stats } from 'node:fs';",
        "import { fileStore } from '../node/index.js';",
        "import { kill } from '../testing/node-crash.js';",
      ],
      allowed: ["import { crc32c } from '../core/index.js';"],
    });
    proveRule(hostImport, {
      path: 'src/node/lock.ts',
      offending: [],
      allowed: ["import { open } from 'node:fs/promises';"],
    });
    expect(offences(hostImport)).toEqual([]);
  });

  test('each package is imported only where it is allowed', () => {
    proveRule(packageImport, {
      path: 'src/wal/writer.ts',
      offending: [
        "import { Command } from 'commander';",
        "import { Decimal } from 'decimal.js';",
        "import { sha256 } from '@noble/hashes/sha2.js';",
        "import fc from 'fast-check';",
        "import left from 'left-pad';",
      ],
      allowed: ["import { z } from 'zod';", "import { ok } from '../core/index.js';"],
    });
    proveRule(packageImport, {
      path: 'src/fixed-point/parse.ts',
      offending: ["import { Decimal } from 'decimal.js';"],
      allowed: [],
    });
    proveRule(packageImport, {
      path: 'src/fixed-point/decimal/index.ts',
      offending: [],
      allowed: ["import { Decimal } from 'decimal.js';"],
    });
    expect(offences(packageImport)).toEqual([]);
  });
});

describe('cycles and dead files', () => {
  const loop = [
    parse('src/wal/a.ts', "import type { M } from '../manifest/index.js';"),
    parse('src/manifest/index.ts', "import { r } from '../wal/index.js';"),
  ];

  test('no two rooms import each other', () => {
    expect(cycles(roomGraph(loop))).toEqual(['manifest → wal → manifest']);
    expect(cycles(roomGraph(units))).toEqual([]);
  });

  test('no file imports itself around a corner at run time', () => {
    const files = [
      parse('src/wal/a.ts', "import { b } from './b.js';"),
      parse('src/wal/b.ts', "import { a } from './a.js';"),
    ];
    expect(cycles(fileGraph(files, { types: false }))).toHaveLength(1);
    expect(cycles(fileGraph(units, { types: false }))).toEqual([]);
  });

  test('every file is reached from a door', () => {
    const sample = [
      parse('src/wal/index.ts', "export { a } from './a.js';"),
      parse('src/wal/a.ts', 'export const a = 1;'),
      parse('src/wal/dead.ts', 'export const dead = 1;'),
    ];
    expect(unreachable(sample, ['src/wal/index.ts'])).toEqual(['src/wal/dead.ts']);
    const doors = units
      .map((unit) => unit.path)
      .filter((path) => /(^|\/)index\.ts$/.test(path) || path === 'src/cli/main.ts');
    expect(unreachable(units, doors)).toEqual([]);
  });
});
