/** Writes the table of checks in `docs/risk.md` from the registry. */
import { readFileSync, writeFileSync } from 'node:fs';
import { CHECK_REGISTRY } from '../src/risk/checks/registry.js';
import { withRiskTable } from './lib/risk-docs.js';

const page = 'docs/risk.md';
writeFileSync(page, withRiskTable(readFileSync(page, 'utf8'), CHECK_REGISTRY));
console.log(`${page}: ${CHECK_REGISTRY.length} checks`);
