import { existsSync, readdirSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

// One file in, one file out: stack traces keep real file names, a class has one identity across
// subpaths, and tree shaking is measured to be as good as a bundle's. Types come from tsc.
const shared: Options = {
  bundle: false,
  format: ['esm'],
  target: 'es2022',
  platform: 'node',
  removeNodeProtocol: false,
  dts: false,
  clean: false, // scripts/prune-dist.ts removes outputs without a source afterwards
  silent: true,
};

const hasExamples =
  existsSync('examples') && readdirSync('examples').some((name) => name.endsWith('.ts'));

const configs: Options[] = [
  {
    ...shared,
    entry: ['src/**/*.ts', '!src/**/*.d.ts'],
    outDir: 'dist',
    esbuildOptions: (o) => {
      o.outbase = 'src';
    },
  },
];

if (hasExamples) {
  configs.push({
    ...shared,
    entry: ['examples/**/*.ts', '!examples/**/*.d.ts'],
    outDir: 'dist/examples',
    esbuildOptions: (o) => {
      o.outbase = 'examples';
    },
  });
}

export default defineConfig(configs);
