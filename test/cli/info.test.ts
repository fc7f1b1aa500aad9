/** `ckpt info`: one screen of facts, and the document behind it. */
import { describe, expect, it } from 'vitest';
import { soundCheckpoints } from '../fixtures.ts';
import { infoDocument } from './documents.ts';
import { ckpt, lines } from './run.ts';

const done = (...texts: string[]) => ({ stdout: lines(...texts), stderr: '', code: 0 });

describe('info', () => {
  it('tells of a checkpoint by variable names', () => {
    expect(ckpt(['info', 'v2/sharded'])).toEqual(
      done(
        'checkpoint  v2/sharded/sharded.ckpt',
        'format      TensorFlow V2, little-endian, by variable names',
        'files       sharded.ckpt.index                270 B',
        '            sharded.ckpt.data-00000-of-00003  32 B',
        '            sharded.ckpt.data-00001-of-00003  27 B',
        '            sharded.ckpt.data-00002-of-00003  162 B',
        'step        40 (step)',
        'tensors     6, 221 B',
        'parameters  31 in weights, 1 in the rest',
        'roles       weight       4 tensors, 31 parameters, 198 B',
        '            step         1 tensor, 1 parameter, 8 B',
        '            bookkeeping  1 tensor, 0 parameters, 15 B',
        'weights     trained      3 tensors, 29 parameters, guessed from names',
        '            not trained  1 tensor, 2 parameters, guessed from names',
        'dtypes      float64  1 tensor, 160 B',
        '            float32  2 tensors, 36 B',
        '            string   1 tensor, 15 B',
        '            int64    1 tensor, 8 B',
        '            bool     1 tensor, 2 B',
        'largest     embedding     160 B',
        '            dense/kernel  24 B',
        '            names         15 B',
        '            dense/bias    12 B',
        '            step          8 B',
      ),
    );
  });

  it('tells of an object-based one, and its step', () => {
    expect(ckpt(['info', 'v2/object-based']).stdout.split('\n').slice(0, 16)).toEqual([
      'checkpoint  v2/object-based/ckpt-2',
      'format      TensorFlow V2, little-endian, object-based (TF2), 25 objects',
      'files       ckpt-2.index                1.23 KiB',
      '            ckpt-2.data-00000-of-00001  2.22 KiB',
      'step        2 (save_counter/.ATTRIBUTES/VARIABLE_VALUE)',
      'tensors     19, 2.22 KiB',
      'parameters  28 in weights, 49 in the rest',
      'roles       weight          7 tensors, 28 parameters, 116 B',
      '            slot            8 tensors, 46 parameters, 184 B',
      '            hyperparameter  2 tensors, 2 parameters, 8 B',
      '            bookkeeping     2 tensors, 1 parameter, 1.92 KiB',
      'weights     trained      4 tensors, 23 parameters, by the object graph',
      '            not trained  2 tensors, 3 parameters, guessed from names',
      '            unknown      1 tensor, 2 parameters, by the object graph',
      'optimizer   Adam or a variant (slots m, v)',
      'dtypes      string   1 tensor, 1.92 KiB',
    ]);
  });

  it('counts partitioned tensors, and says which way round the bytes are', () => {
    expect(ckpt(['info', 'v2/partitioned/variable.ckpt']).stdout).toContain('\ntensors     2, 1 partitioned, 168 B\n');
    expect(ckpt(['info', 'v2/big-endian']).stdout).toContain('\nformat      TensorFlow V2, big-endian, ');
  });

  it('gives large counts in two forms', () => {
    const { stdout } = ckpt(['info', 'v2/variables-howto']);
    expect(stdout).toContain('\nparameters  157,000 (157 k)\n');
  });

  it('names a data file that is missing', () => {
    expect(ckpt(['info', 'damaged/missing-shard/model.ckpt'])).toEqual(
      done(
        'checkpoint  damaged/missing-shard/model.ckpt',
        'format      TensorFlow V2, little-endian, by variable names',
        'files       model.ckpt.index                176 B',
        '            model.ckpt.data-00000-of-00003  16 B',
        '            model.ckpt.data-00001-of-00003  missing',
        '            model.ckpt.data-00002-of-00003  16 B',
        'tensors     3, 48 B',
        'parameters  12',
        'roles       weight  3 tensors, 12 parameters, 48 B',
        'weights     trained  3 tensors, 12 parameters, guessed from names',
        'dtypes      float32  3 tensors, 48 B',
        'largest     first   16 B',
        '            second  16 B',
        '            third   16 B',
      ),
    );
  });

  it('says so on stderr where a state file led elsewhere, unless --quiet', () => {
    const note =
      'ckpt: damaged/stale-state/checkpoint points to /home/somebody/train/model.ckpt-70, which is gone; using damaged/stale-state/model.ckpt-70 beside it';
    expect(ckpt(['info', 'damaged/stale-state']).stderr).toBe(lines(note));
    expect(ckpt(['info', '--quiet', 'damaged/stale-state']).stderr).toBe('');
  });
});

describe('info --json', () => {
  it.each(soundCheckpoints('v2'))('tells the truth about $title', ({ prefix, expected }) => {
    const { stdout, stderr, code } = ckpt(['info', prefix, '--json']);
    // Tensors that share bytes leave some at the end that belong to none.
    const note = prefix.includes('overlapping-ranges')
      ? expect.stringContaining('is longer than its tensors need')
      : '';
    expect({ stderr, code }).toEqual({ stderr: note, code: 0 });
    const document = JSON.parse(stdout);
    infoDocument(document);
    const tensors = Object.values(expected.tensors);
    expect(document).toMatchObject({
      format: 'v2',
      path: prefix,
      resolved: prefix,
      byteOrder: expected.endianness,
      tensorCount: tensors.length,
      bytes: tensors.reduce((sum, { bytes }) => sum + bytes, 0),
      partitionedCount: tensors.filter(({ slices }) => slices !== undefined).length,
    });
    if (expected.objectGraph !== undefined) {
      const { nodes, slots } = expected.objectGraph;
      expect(document.objectGraph).toEqual({ objectCount: nodes, slotCount: slots.length });
    }
    expect(document.dtypes.map(({ dtype }: { dtype: string }) => dtype).sort()).toEqual(
      [...new Set(tensors.map(({ dtype }) => dtype))].sort(),
    );
    expect(stdout).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  });

  it('keeps the digits of a step', () => {
    expect(ckpt(['info', 'v2/object-based', '--json']).stdout).toMatch(
      /,"step":\{"name":"save_counter\/\.ATTRIBUTES\/VARIABLE_VALUE","value":2\},"ok":true\}\n$/,
    );
  });
});
