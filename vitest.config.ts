/** `npm test`: all that can be shown in a minute. What takes a process, a terminal or patience is in vitest.full.config.ts. */
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

/** A folder with the built package @tensorflow/tfjs-node: what is tested on TensorFlow.js runs on that then. */
const native = process.env.CKPT_TFJS_NODE;

export default defineConfig({
  resolve: {
    alias: [
      // Examples import the library by its name.
      { find: /^ckpt$/, replacement: fileURLToPath(new URL('src/index.ts', import.meta.url)) },
      ...(native === undefined ? [] : [{ find: /^@tensorflow\/tfjs$/, replacement: `${native}/dist/index.js` }]),
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, '**/*.full.test.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Commands run in the tests' own process, each where it is told: only a process can change its directory.
    pool: 'forks',
    // A process takes one file after the other: to load the house anew for each would take half the time.
    isolate: false,
    maxWorkers: '100%',
  },
});
