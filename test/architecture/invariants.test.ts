import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FLOORS } from './lib/floors.data.js';
import { compareInvariants, testTitles } from './lib/invariants.js';
import { loadUnits, parse } from './lib/source.js';

const rooms = FLOORS.flat().filter((room) => existsSync(`src/${room}/index.ts`) || room === 'cli');

describe('invariants', () => {
  test('the comparison reports each kind of mismatch', () => {
    const readmes = new Map([
      ['a', '- **AA-1** one\n- **AA-2** two\n- **AA-2** again'],
      ['b', 'nothing numbered'],
    ]);
    const text = [
      "test('AA-1: holds', () => {});",
      "test.prop([x])('AA-9: unknown number', () => {});",
      "describe('ZZ-1: unknown prefix', () => {});",
      "test.each([1])('SHA-256 of a list', () => {});",
    ].join('\n');
    const titles = new Map([['t', testTitles(parse('t.test.ts', text))]]);
    expect(compareInvariants(readmes, titles)).toEqual([
      'a: AA-2 is declared by a too',
      'b: declares no numbered invariant',
      't: "AA-9: unknown number" quotes AA-9, no README has it',
      't: "ZZ-1: unknown prefix" quotes ZZ-1, no README has it',
      'a: no test title quotes AA-2',
    ]);
  });

  test('every room has a README', () => {
    expect(rooms.filter((room) => !existsSync(`src/${room}/README.md`))).toEqual([]);
  });

  test('every invariant is quoted by a test, and every quoted id exists', () => {
    const readmes = new Map(
      rooms
        .map((room) => `src/${room}/README.md`)
        .filter((path) => existsSync(path))
        .map((path) => [path, readFileSync(path, 'utf8')]),
    );
    const titles = new Map(
      loadUnits('test')
        .filter((unit) => unit.path.endsWith('.test.ts') && !unit.path.includes('/architecture/'))
        .map((unit) => [unit.path, testTitles(unit)]),
    );
    expect(compareInvariants(readmes, titles)).toEqual([]);
  });
});
