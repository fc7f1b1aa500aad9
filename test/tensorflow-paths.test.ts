/**
 * What is left of a model whose weights lie under its optimizer, against TensorFlow, which must restore all of the model from
 * it. Needs a python that has TensorFlow (fixtures/requirements.txt), named by the environment variable
 * CKPT_TENSORFLOW_PYTHON; skipped without it.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ckpt } from './cli/run.ts';
import { REPOSITORY } from './fixtures.ts';
import { NO_PYTHON, PYTHON } from './python.ts';
import { scratch } from './scratch.ts';

describe.skipIf(PYTHON === undefined)(`weights under an optimizer${NO_PYTHON}`, () => {
  it('are restored from what subset, drop and strip-optimizer make', () => {
    const folder = scratch();
    const python = (...args: string[]) =>
      execFileSync(PYTHON ?? '', [join(REPOSITORY, 'test', 'tensorflow', 'paths.py'), ...args], { stdio: 'pipe' });
    python('save', folder);
    const made = [
      ['subset', 'ckpt-1', 'model/', 'save_counter', '-o', 'subset'],
      ['drop', 'ckpt-1', 'optimizer/', '!model/', '-o', 'dropped'],
      ['strip-optimizer', 'ckpt-1', '-o', 'stripped'],
    ];
    for (const args of made) expect(ckpt([...args, '-q'], { cwd: folder }).code, args.join(' ')).toBe(0);
    python('restore', folder, 'subset', 'dropped', 'stripped');
  }, 120_000);
});
