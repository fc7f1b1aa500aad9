/**
 * `npm run test:full`: what `npm test` leaves out. Kills and signals, terminals, the package as it is installed, other
 * versions of node, and every byte of every file where the quick tests take some.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.{full,sweep}.test.ts'],
    env: { CKPT_EVERY_PLACE: '1' },
    setupFiles: ['test/setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 240_000,
    pool: 'forks',
    maxWorkers: '100%',
  },
});
