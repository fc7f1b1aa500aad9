/** `npm test`: all that can be shown in a minute. What takes a process, a terminal or patience is in vitest.full.config.ts. */
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  // Examples import the library by its name.
  resolve: { alias: [{ find: /^ckpt$/, replacement: fileURLToPath(new URL('src/index.ts', import.meta.url)) }] },
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
