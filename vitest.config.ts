import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const src = fileURLToPath(new URL('./src/', import.meta.url));
const long = process.env['QL_LONG'] === '1';

export default defineConfig({
  resolve: {
    alias: [
      { find: /^quantlaxmi$/, replacement: `${src}index.ts` },
      { find: /^quantlaxmi\/(.+)$/, replacement: `${src}$1/index.ts` },
    ],
  },
  test: {
    include: long ? ['test/long/**/*.long.test.ts'] : ['test/**/*.test.ts'],
    exclude: long ? ['node_modules/**'] : ['test/long/**', 'node_modules/**'],
    globalSetup: ['test/setup/build-once.ts'],
    // Where CI asks for colours, the command's text would carry them.
    env: { NO_COLOR: '1' },
    reporters: ['default', './test/setup/summary-reporter.ts'],
    maxWorkers: 2,
    testTimeout: long ? 1_800_000 : 60_000,
    hookTimeout: 120_000,
  },
});
