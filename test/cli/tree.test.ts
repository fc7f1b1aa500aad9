/** `ckpt tree`: scopes, folded runs, and the document behind them. */
import { describe, expect, it } from 'vitest';
import { soundCheckpoints } from '../fixtures.ts';
import { treeDocument } from './documents.ts';
import { ckpt, lines } from './run.ts';

const done = (...texts: string[]) => ({ stdout: lines(...texts), stderr: '', code: 0 });

describe('tree', () => {
  it('shows what lies under each scope', () => {
    expect(ckpt(['tree', 'v2/sharded'])).toEqual(
      done(
        'v2/sharded/sharded.ckpt  32 parameters, 221 B',
        '├─ dense/     9 parameters, 36 B',
        '│  ├─ bias    float32[3], 12 B',
        '│  └─ kernel  float32[2,3], 24 B',
        '├─ embedding  float64[5,4], 160 B',
        '├─ flags      bool[2], 2 B',
        '├─ names      string[2], 15 B',
        '└─ step       int64[], 8 B',
        'parameters: weight 31, step 1, bookkeeping 0',
        'weights: trained 29 (guessed from names), not trained 2 (guessed from names)',
      ),
    );
  });

  it('folds runs that look alike, and scopes that hold one thing', () => {
    expect(ckpt(['tree', 'v2/object-based-keras', 'optimizer/'])).toEqual(
      done(
        'v2/object-based-keras/model  89 parameters, 360 B',
        '└─ optimizer/                                    89 parameters, 360 B',
        '   ├─ _iterations/.ATTRIBUTES/VARIABLE_VALUE     int64[], 8 B',
        '   ├─ _learning_rate/.ATTRIBUTES/VARIABLE_VALUE  float32[], 4 B',
        '   ├─ _trainable_variables/                      29 parameters, 116 B',
        '   │  ├─ 0/.ATTRIBUTES/VARIABLE_VALUE            float32[4,3], 48 B',
        '   │  ├─ {1..3}/.ATTRIBUTES/VARIABLE_VALUE       float32[3], 36 B (3 alike)',
        '   │  ├─ 4/.ATTRIBUTES/VARIABLE_VALUE            float32[3,2], 24 B',
        '   │  └─ 5/.ATTRIBUTES/VARIABLE_VALUE            float32[2], 8 B',
        '   └─ _variables/                                58 parameters, 232 B',
        '      ├─ {2..3}/.ATTRIBUTES/VARIABLE_VALUE       float32[4,3], 96 B (2 alike)',
        '      ├─ {4..9}/.ATTRIBUTES/VARIABLE_VALUE       float32[3], 72 B (6 alike)',
        '      ├─ {10..11}/.ATTRIBUTES/VARIABLE_VALUE     float32[3,2], 48 B (2 alike)',
        '      └─ {12..13}/.ATTRIBUTES/VARIABLE_VALUE     float32[2], 16 B (2 alike)',
        'parameters: weight 29, slot 58, step 1, hyperparameter 1',
        'weights: trained 29 (by the object graph)',
      ),
    );
  });

  it('shows every scope with --expand', () => {
    expect(ckpt(['tree', 'v2/object-based-keras', '**/_trainable_variables/[45]/**', '--expand'])).toEqual(
      done(
        'v2/object-based-keras/model  8 parameters, 32 B',
        '└─ optimizer/                  8 parameters, 32 B',
        '   └─ _trainable_variables/    8 parameters, 32 B',
        '      ├─ 4/                    6 parameters, 24 B',
        '      │  └─ .ATTRIBUTES/       6 parameters, 24 B',
        '      │     └─ VARIABLE_VALUE  float32[3,2], 24 B',
        '      └─ 5/                    2 parameters, 8 B',
        '         └─ .ATTRIBUTES/       2 parameters, 8 B',
        '            └─ VARIABLE_VALUE  float32[2], 8 B',
        'parameters: weight 8',
        'weights: trained 8 (by the object graph)',
      ),
    );
  });

  it('stops at --depth', () => {
    expect(ckpt(['tree', 'v2/sharded', '--depth', '1'])).toEqual(
      done(
        'v2/sharded/sharded.ckpt  32 parameters, 221 B',
        '├─ dense/     9 parameters, 36 B',
        '├─ embedding  float64[5,4], 160 B',
        '├─ flags      bool[2], 2 B',
        '├─ names      string[2], 15 B',
        '└─ step       int64[], 8 B',
        'parameters: weight 31, step 1, bookkeeping 0',
        'weights: trained 29 (guessed from names), not trained 2 (guessed from names)',
      ),
    );
    expect(ckpt(['tree', 'v2/sharded', '--depth', '0'])).toEqual(
      done(
        'v2/sharded/sharded.ckpt  32 parameters, 221 B',
        'parameters: weight 31, step 1, bookkeeping 0',
        'weights: trained 29 (guessed from names), not trained 2 (guessed from names)',
      ),
    );
    expect(ckpt(['tree', 'v2/sharded', '--depth', '-1'])).toEqual({
      stdout: '',
      stderr: lines(
        "ckpt: option '--depth <n>' argument '-1' is invalid. Give a whole number.",
        '(see ckpt tree --help)',
      ),
      code: 2,
    });
  });

  it('takes the selectors of list', () => {
    expect(ckpt(['tree', 'v2/sharded', '!dense/', '--dtype', 'float64,int64', '--max-size', '100'])).toEqual(
      done('v2/sharded/sharded.ckpt  1 parameter, 8 B', '└─ step  int64[], 8 B', 'parameters: step 1'),
    );
  });

  it('shows a name that is a tensor and a scope at once, and odd names, safely', () => {
    expect(ckpt(['tree', 'v2/unicode-names', '..', '../up', '/', 'new\nline', 'evil*', '日本', 'è'])).toEqual(
      done(
        'v2/unicode-names/names.ckpt  7 parameters, 28 B',
        '├─ /                 float32[], 4 B',
        '├─ ../               2 parameters with its own float32[], 8 B',
        '│  └─ up             float32[], 4 B',
        '├─ evil\\x1b[31mname  float32[], 4 B',
        '├─ new\\nline         float32[], 4 B',
        '├─ è                 float32[], 4 B',
        '└─ 日本              float32[], 4 B',
        'parameters: weight 7',
        'weights: trained 7 (guessed from names)',
      ),
    );
  });

  it('has a root alone where there are no tensors', () => {
    expect(ckpt(['tree', 'v2/header-only/without_data.ckpt'])).toEqual(
      done('v2/header-only/without_data.ckpt  0 parameters, 0 B'),
    );
  });
});

interface Scope {
  readonly count: number;
  readonly dtype?: string;
  readonly bytes: number;
  readonly children: readonly Scope[];
}

/** Tensors and their bytes under a scope, counted leaf by leaf. */
function countOf(scope: Scope): number {
  const own = scope.dtype === undefined ? 0 : 1;
  return scope.count * scope.children.reduce((sum, child) => sum + countOf(child), own);
}

describe('tree --json', () => {
  it.each(soundCheckpoints('v2'))('counts what is in $title', ({ prefix, expected }) => {
    for (const more of [[], ['--expand']]) {
      const { stdout, stderr, code } = ckpt(['tree', prefix, '--json', ...more]);
      expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
      const document = JSON.parse(stdout);
      treeDocument(document);
      const tensors = Object.values(expected.tensors);
      expect(document.root.tensorCount).toBe(tensors.length);
      expect(document.root.bytes).toBe(tensors.reduce((sum, { bytes }) => sum + bytes, 0));
      expect(countOf(document.root)).toBe(tensors.length);
    }
  });

  it('leaves no control character raw', () => {
    expect(ckpt(['tree', 'v2/unicode-names', '--json']).stdout).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  });
});
