/** The real TensorFlow: a python that has it (fixtures/requirements.txt), named by the environment variable CKPT_TENSORFLOW_PYTHON. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { REPOSITORY } from './fixtures.ts';

/** Undefined where there is none; what needs it is skipped. */
export const PYTHON = process.env.CKPT_TENSORFLOW_PYTHON;
/** What the title of a test adds where it is skipped. */
export const NO_PYTHON = PYTHON === undefined ? ' (CKPT_TENSORFLOW_PYTHON is not set)' : '';

/** Of a test that needs a library which fixtures/requirements.txt leaves out: what its title adds where that is not there. */
export function withoutModule(name: string): string {
  if (PYTHON === undefined) return NO_PYTHON;
  const { status } = spawnSync(PYTHON, ['-c', `import importlib.util as u; exit(u.find_spec('${name}') is None)`]);
  return status === 0 ? '' : ` (the python of CKPT_TENSORFLOW_PYTHON has no ${name})`;
}

/** Runs a script of test/tensorflow with a JSON document as its input; gives the one that it prints, if any. */
export function python(script: string, args: readonly string[], input: unknown): unknown {
  const output = execFileSync(PYTHON ?? '', [join(REPOSITORY, 'test', 'tensorflow', script), ...args], {
    input: JSON.stringify(input),
    maxBuffer: 1 << 28,
    stdio: 'pipe',
  }).toString();
  return output === '' ? undefined : JSON.parse(output);
}
