/** Runs before the tests of each file. */
import fc from 'fast-check';
import { afterAll } from 'vitest';
import { removeScratch } from './scratch.ts';

// What is generated is the same in every run, so that a test that fails does so again; CKPT_SEED=N, or `now`, tries others.
const seed = process.env.CKPT_SEED ?? '1';
fc.configureGlobal({ seed: seed === 'now' ? Date.now() : Number(seed) });

afterAll(removeScratch);
