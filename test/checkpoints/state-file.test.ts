/** The `checkpoint` file: which checkpoint is the latest, and which are kept; read as people and programs have written it. */
import { describe, expect, it } from 'vitest';
import { parseCheckpointState } from '../../src/checkpoints/state-file.ts';
import { CorruptError } from '../../src/errors.ts';

describe('a state file', () => {
  it('tells the latest, all, and when', () => {
    const text =
      'model_checkpoint_path: "ckpt-4"\nall_model_checkpoint_paths: "ckpt-3"\nall_model_checkpoint_paths: "ckpt-4"\n' +
      'all_model_checkpoint_timestamps: 1795223446.062364\nlast_preserved_timestamp: 1795223445.0444868\n';
    expect(parseCheckpointState(text)).toEqual({
      latest: 'ckpt-4',
      all: ['ckpt-3', 'ckpt-4'],
      timestamps: [1795223446.062364],
      lastPreserved: 1795223445.0444868,
    });
  });

  it.each([
    ['model_checkpoint_path: "a" model_checkpoint_path: "b"', 'b'],
    [String.raw`model_checkpoint_path: "d\303\251j\xc3\xa0/\"x\""`, 'déjà/"x"'],
    [String.raw`model_checkpoint_path: "C:\\runs\\m"`, 'C:\\runs\\m'],
    [String.raw`model_checkpoint_path: "\377"`, '\udcff'],
    ["model_checkpoint_path: 'single'", 'single'],
    ['# a comment\nmodel_checkpoint_path: "a" # another\n', 'a'],
    ['model_checkpoint_path : "a"\r\nall_model_checkpoint_paths: "a"\r\n', 'a'],
    ['\ufeffmodel_checkpoint_path: "a"', 'a'],
    ['model_checkpoint_path: "one " \'and\'\n " two"', 'one and two'],
    ['model_checkpoint_path: "a"; last_preserved_timestamp: 1,', 'a'],
    ['model_checkpoint_path: "a" later_field { deep: [1, 2] } another: true', 'a'],
    ['model_checkpoint_path: ""', undefined],
    ['', undefined],
    ['something_else: 1', undefined],
  ])('%s', (text, latest) => {
    expect(parseCheckpointState(text).latest).toBe(latest);
  });

  it('may hold its paths and times in lists', () => {
    const text = 'all_model_checkpoint_paths: ["a", \'b\'] all_model_checkpoint_timestamps: [1, 2.5]';
    expect(parseCheckpointState(text)).toEqual({
      latest: undefined,
      all: ['a', 'b'],
      timestamps: [1, 2.5],
      lastPreserved: undefined,
    });
  });

  it.each([
    ['1e+20', 1e20],
    ['1600000000', 1600000000],
    ['1.5f', 1.5],
    ['inf', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['nan', Number.NaN],
    ['-0.0', -0],
    ['yesterday', Number.NaN],
  ])('a time may be %s', (text, seconds) => {
    expect(parseCheckpointState(`last_preserved_timestamp: ${text}`).lastPreserved).toBe(seconds);
  });

  it.each([
    'model_checkpoint_path: "a',
    'model_checkpoint_path:',
    'a: 1 99: 1',
    'a { '.repeat(5000),
    '\0\0\0',
    ': "a"',
  ])('that is no message is refused: %j', (text) => expect(() => parseCheckpointState(text)).toThrow(CorruptError));
});
