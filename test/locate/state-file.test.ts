/** The `checkpoint` file: which checkpoint is the latest, and which are kept. */
import { describe, expect, it } from 'vitest';
import { CorruptError } from '../../src/errors.ts';
import { parseCheckpointState } from '../../src/locate/state-file.ts';

describe('a state file', () => {
  it('tells the latest and all', () => {
    const text =
      'model_checkpoint_path: "ckpt-4"\nall_model_checkpoint_paths: "ckpt-3"\nall_model_checkpoint_paths: "ckpt-4"\n' +
      'all_model_checkpoint_timestamps: 1795223446.062364\nlast_preserved_timestamp: 1795223445.0444868\n';
    expect(parseCheckpointState(text)).toEqual({ latest: 'ckpt-4', all: ['ckpt-3', 'ckpt-4'] });
  });

  it.each([
    ['model_checkpoint_path: "a" model_checkpoint_path: "b"', 'b'],
    [String.raw`model_checkpoint_path: "d\303\251j\xc3\xa0/\"x\""`, 'déjà/"x"'],
    [String.raw`model_checkpoint_path: "C:\\runs\\m"`, 'C:\\runs\\m'],
    [String.raw`model_checkpoint_path: "\377"`, '\udcff'],
    ['', undefined],
    ['something_else: 1', undefined],
  ])('%s', (text, latest) => {
    expect(parseCheckpointState(text).latest).toBe(latest);
  });

  it('that is no message is refused', () => {
    expect(() => parseCheckpointState('model_checkpoint_path: "a')).toThrow(CorruptError);
  });
});
