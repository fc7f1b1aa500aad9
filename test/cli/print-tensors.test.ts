/**
 * `ckpt print_tensors` against TensorFlow's inspect_checkpoint: every sound fixture in every way
 * (fixtures/print-tensors/make_print_tensors.py wrote down what TensorFlow prints), and, where CKPT_TENSORFLOW_PYTHON names
 * a python that has TensorFlow, live over the real checkpoints of the zoo.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compilePythonPattern } from '../../src/cli/inspect-checkpoint/python-pattern.ts';
import { NO_ZOO, ZOO, zooFiles } from '../zoo.ts';
import { ckpt, ckptOnTerminal, FIXTURES, lines, type Run } from './run.ts';

interface Golden {
  /** Checkpoint, arguments, and what TensorFlow prints. */
  readonly c: string;
  readonly a: readonly string[];
  readonly t: string;
  /** How TensorFlow itself fails; `t` is what it printed before. */
  readonly f?: string;
}

const GOLDEN: readonly Golden[] = gunzipSync(readFileSync(join(FIXTURES, 'print-tensors/print-tensors.ndjson.gz')))
  .toString('utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden);

const EVERY_DTYPE = 'v2/every-dtype/dtypes.ckpt';
const EMPTY = 'v2/header-only/without_data.ckpt';
const NO_PARAMETERS = '# Total number of params: 0';
const BOOL = lines('tensor: bool (bool) [5]', '[False  True  True False  True]');

const failed = (...texts: string[]) => ({ stdout: '', stderr: lines(...texts), code: 2 });
const done = (...texts: string[]) => ({ stdout: lines(...texts), stderr: '', code: 0 });

/** TensorFlow lists the tensors of V1 in no order. */
const sortedLines = (text: string): string[] => text.split('\n').sort();

const inspect = ({ c, a }: Golden): Run => ckpt(['-q', 'print_tensors', `--file_name=${c}`, ...a]);

describe('print_tensors and TensorFlow', () => {
  const checkpoints = [...new Set(GOLDEN.map(({ c }) => c))];

  it('compares hundreds of texts', () => {
    expect(GOLDEN.filter(({ f }) => f === undefined).length).toBeGreaterThan(400);
  });

  it.each(checkpoints)('print the same for %s', (checkpoint) => {
    for (const golden of GOLDEN.filter(({ c }) => c === checkpoint)) {
      const { a, t, f } = golden;
      const title = a.join(' ');
      const run = inspect(golden);
      const unordered = f === undefined && checkpoint.startsWith('v1/') && !t.startsWith('tensor: ');
      if (unordered) expect({ title, lines: sortedLines(run.stdout) }).toEqual({ title, lines: sortedLines(t) });
      else if (f === undefined) expect({ title, ...run }).toEqual({ title, stdout: t, stderr: '', code: 0 });
      else expect({ title, before: run.stdout.slice(0, t.length) }).toEqual({ title, before: t });
    }
  });

  it('is not stopped by what TensorFlow cannot read', () => {
    const all = (path: string) => ckpt(['print_tensors', path, '--all_tensors']);
    expect(all('v2/glob-characters/run[1]/br[1]*?.ckpt').stdout).toMatch(
      /^tensor: b \(float32\) \[\]\n-1\.0\n(?:.*\n)*# Total/,
    );
    expect(all('v2/old-ref-dtype/model.ckpt')).toEqual(
      done(
        'tensor: plain (float32) [3]',
        '[1. 2. 3.]',
        'tensor: w (float32_ref) [3]',
        '[0. 1. 2.]',
        '# Total number of params: 6',
      ),
    );
    expect(all('v2/partitioned-dtypes/types.ckpt').code).toBe(0);
  });
});

describe('arguments of print_tensors', () => {
  it.each([
    [['--file_name', EMPTY], lines('', NO_PARAMETERS)],
    [['--file', EMPTY], lines('', NO_PARAMETERS)],
    [[EMPTY], lines('', NO_PARAMETERS)],
    [[`--file_name=${EMPTY}`, '--all_tensors=false'], lines('', NO_PARAMETERS)],
    [[`--file_name=${EMPTY}`, '--all_tensors', 'foo', 'bar'], lines('', NO_PARAMETERS)],
    [[`--file_name=${EMPTY}`, '--all_tensors='], lines('', NO_PARAMETERS)],
    [[`--file_name=${EMPTY}`, '--', '--all_tensors'], lines('', NO_PARAMETERS)],
    [[`--file_name=${EMPTY}`, '--all_tensors'], lines(NO_PARAMETERS)],
    [['--all_tensors', EMPTY], lines(NO_PARAMETERS)],
    [[EMPTY, '--printoptions'], lines('', NO_PARAMETERS)],
    [[EMPTY, '--file_name', EVERY_DTYPE, '--tensor_name', 'bool'], `${BOOL}# Total number of params: 252\n`],
    [
      [EVERY_DTYPE, '--tensor_name=bool', '--count_exclude_pattern=int.*|float'],
      `${BOOL}# Excluding 27 tensors (233 params) that match int.*|float when counting.\n# Total number of params: 19\n`,
    ],
  ])('%j', (args, stdout) => {
    expect(ckpt(['print_tensors', ...args])).toEqual({ stdout, stderr: '', code: 0 });
  });

  it.each([
    [[], 'no checkpoint is named; give --file_name=PATH'],
    [[EMPTY, '--all_t'], 'the flag --all_t could be --all_tensors or --all_tensor_names'],
    [
      [EMPTY, '--noall_tensors'],
      'there is no flag --noall_tensors; known are --file_name, --tensor_name, --count_exclude_pattern, --all_tensors, --all_tensor_names, --printoptions',
    ],
    [[EMPTY, '--tensor_name'], 'the flag --tensor_name needs a value'],
    [[EMPTY, '--tensor_name', '--all_tensors'], 'the flag --tensor_name needs a value'],
    [[EMPTY, '--printoptions', 'foo'], "a print option is written k=v, which 'foo' is not"],
    [
      [EMPTY, '--printoptions', 'foo=1'],
      'there is no print option foo; known are precision, threshold, edgeitems, linewidth, suppress, nanstr, infstr, sign, floatmode, legacy',
    ],
    [[EMPTY, '--printoptions', 'formatter=1'], 'the print option formatter cannot be given as text'],
    [[EMPTY, '--printoptions', 'threshold=abc'], "the print option threshold takes a whole number, not 'abc'"],
    [[EMPTY, '--printoptions', 'suppress=maybe'], "the print option suppress takes true or false, not 'maybe'"],
    [[EMPTY, '--printoptions', 'sign=x'], "the print option sign takes one of '-', '+', ' '"],
    [[EVERY_DTYPE, '--tensor_name=flaot32'], 'tensor flaot32 is not in the checkpoint; the nearest names are float32'],
    [
      [EVERY_DTYPE, '--tensor_name=float32:0'],
      'tensor float32:0 is not in the checkpoint; the nearest names are float32',
    ],
    [['nowhere'], 'there is no checkpoint at nowhere: no nowhere.index is there'],
  ])('%j is refused', (args, message) => {
    expect(ckpt(['print_tensors', ...args])).toEqual(failed(`ckpt: ${message}`));
  });

  it('leaves damage to stderr and the exit code, and goes on', () => {
    const { stdout, stderr, code } = ckpt(['print_tensors', 'damaged/flipped-data-bit/model.ckpt', '--all_tensors']);
    expect({ stderr, code }).toEqual({
      stderr: lines('ckpt: tensor weights: its bytes do not match their checksum (recorded 4ea9037e, found 0709737f)'),
      code: 2,
    });
    expect(stdout).toMatch(/tensor: step \(int64\) \[\]\n70\ntensor: weights \(float32\) \[.*\]\n# Total number/);
  });

  it('says once that a data file is missing', () => {
    const { stderr, code } = ckpt(['print_tensors', 'damaged/missing-shard/model.ckpt', '--all_tensors']);
    expect(code).toBe(2);
    expect(stderr.match(/model\.ckpt\.data-00001-of-00003 is missing/g)).toHaveLength(1);
  });

  it('escapes names on a terminal', () => {
    const { stdout } = ckptOnTerminal(80, ['print_tensors', 'v2/unicode-names/names.ckpt']);
    expect(stdout).toContain('evil\\x1b[31mname (DT_FLOAT) []');
  });
});

describe('patterns of Python', () => {
  it.each([
    ['^a/b$', 'a/b\n', true],
    ['ab\\Z', 'ab\n', false],
    ['(?i)adam', 'x/Adam_1', true],
    ['(?P<x>a)(?P=x)', 'baa', true],
    ['\\w', 'é', true],
    ['\\bkernel\\b', 'ékernel', false],
    ['a{,2}b', 'aab', true],
    ['a{x}', 'a{x}', true],
    ['[]a]', ']', true],
    ['[\\w.-]+$', 'layer.1-a', true],
    ['\\.ATTRIBUTES/', 'm/.ATTRIBUTES/x', true],
    ['^.$', '\n', false],
    ['(?s)^.$', '\n', true],
    ['(?#what)a', 'a', true],
  ])('%s on %j: %s', (pattern, text, found) => {
    expect(compilePythonPattern(pattern).test(text)).toBe(found);
  });

  it.each(['a++', '(?>a)', '(?x)a b', '(', '*a', '[a', '\\y', '(?i:a)', 'a\\'])('%s is refused', (pattern) => {
    expect(() => compilePythonPattern(pattern)).toThrow(/the pattern .* (is not valid|uses|has a \[)/);
  });
});

const REAL = zooFiles()
  .filter((path) => path.endsWith('.index'))
  .map((path) => join(ZOO, path.slice(0, -'.index'.length)));
const MISSING = `${NO_PYTHON}${NO_ZOO}`;

/** Runs inspect_checkpoint for each list of arguments in turn; what follows a failure is not comparable. */
const LIVE = `
import json, os, runpy, sys
import tensorflow
from tensorflow.python.tools import inspect_checkpoint
texts = []
for arguments in json.load(sys.stdin):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writer, 1)
        sys.argv = ["inspect_checkpoint", *arguments]
        try:
            runpy.run_path(inspect_checkpoint.__file__, run_name="__main__")
        except SystemExit:
            pass
        sys.stdout.flush()
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        texts.append(pipe.read().decode())
    os.waitpid(child, 0)
json.dump(texts, sys.stdout)
`;

import { NO_PYTHON, PYTHON } from '../python.ts';

describe.skipIf(MISSING !== '')(`print_tensors and TensorFlow on real checkpoints${MISSING}`, () => {
  it('print the same', async () => {
    const args = REAL.flatMap((path) =>
      [[], ['--all_tensor_names'], ['--all_tensors']].map((more) => [`--file_name=${path}`, ...more]),
    );
    const input = JSON.stringify(args);
    const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' };
    const stdio: ['pipe', 'pipe', 'ignore'] = ['pipe', 'pipe', 'ignore'];
    const output = execFileSync(PYTHON as string, ['-c', LIVE], { input, env, stdio, maxBuffer: 2 ** 30 });
    const texts = JSON.parse(output.toString('utf8')) as string[];
    let same = 0;
    for (const [i, text] of texts.entries()) {
      const { stdout } = ckpt(['-q', 'print_tensors', ...(args[i] as string[])]);
      if (/# Total number of params: \d+\n$/.test(text)) {
        expect({ args: args[i], stdout }).toEqual({ args: args[i], stdout: text });
        same++;
      }
    }
    expect(same).toBeGreaterThan(2 * REAL.length);
  }, 600_000);
});
