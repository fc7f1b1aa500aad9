/** The real TensorFlow: a python that has it (fixtures/requirements.txt), named by the environment variable CKPT_TENSORFLOW_PYTHON. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { REPOSITORY } from './fixtures.ts';

/** Undefined where there is none; what needs it is skipped. */
export const PYTHON = process.env.CKPT_TENSORFLOW_PYTHON;
/** What the title of a test adds where it is skipped. */
export const NO_PYTHON = PYTHON === undefined ? ' (CKPT_TENSORFLOW_PYTHON is not set)' : '';

/** Runs a script of test/tensorflow with a JSON document as its input; gives the one that it prints, if any. */
export function python(script: string, args: readonly string[], input: unknown): unknown {
  const output = execFileSync(PYTHON ?? '', [join(REPOSITORY, 'test', 'tensorflow', script), ...args], {
    input: JSON.stringify(input),
    maxBuffer: 1 << 28,
    stdio: 'pipe',
  }).toString();
  return output === '' ? undefined : JSON.parse(output);
}
