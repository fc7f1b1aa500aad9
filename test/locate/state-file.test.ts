/** The `checkpoint` file: which checkpoint is the latest, and which are kept; read as people and programs have written it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { survivesEncoding } from '../../src/bytes/text.ts';
import { CorruptError } from '../../src/errors.ts';
import { formatCheckpointState } from '../../src/history/write-state.ts';
import { parseCheckpointState } from '../../src/locate/state-file.ts';

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
    ['model_checkpoint_path: "a" later_field { deep: [1, 2] } 99: 1', undefined],
    ['model_checkpoint_path: "a" later_field { deep: [1, 2] } another: true', 'a'],
    ['model_checkpoint_path: ""', undefined],
    ['', undefined],
    ['something_else: 1', undefined],
  ])('%s', (text, latest) => {
    if (latest === undefined && text.includes('99')) expect(() => parseCheckpointState(text)).toThrow(CorruptError);
    else expect(parseCheckpointState(text).latest).toBe(latest);
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
    ['"', undefined],
  ])('a time may be %s', (text, seconds) => {
    const read = () => parseCheckpointState(`last_preserved_timestamp: ${text}`).lastPreserved;
    if (seconds === undefined) expect(read).toThrow(CorruptError);
    else expect(read()).toBe(seconds);
  });

  it.each(['model_checkpoint_path: "a', 'model_checkpoint_path:', 'a { '.repeat(5000), '\0\0\0', ': "a"'])(
    'that is no message is refused: %j',
    (text) => expect(() => parseCheckpointState(text)).toThrow(CorruptError),
  );
});

describe('a state file that is written', () => {
  it.each([
    [0.1, '0.1'],
    [1, '1.0'],
    [-0, '-0.0'],
    [0, '0.0'],
    [1600000000.0625, '1600000000.0625'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [123456789012345678, '1.2345678901234568e+17'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [-2.5e-7, '-2.5e-07'],
    [5e-324, '5e-324'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [Number.NaN, 'nan'],
  ])('holds the time %d as Python prints it, %s', (seconds, text) => {
    const state = { latest: undefined, all: [], timestamps: [seconds], lastPreserved: undefined };
    expect(formatCheckpointState(state)).toBe(`all_model_checkpoint_timestamps: ${text}\n`);
  });

  it('reads back as what it was, whatever the paths and times', () => {
    const path = fc
      .oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom('\\', '"', "'", '\n', '\r', '\0', '\x7f', 'é', '\udc80', '\udcff', '7', 'x', '#') }),
      )
      .filter(survivesEncoding);
    const number = fc.double();
    fc.assert(
      fc.property(
        path.filter((text) => text !== ''),
        fc.array(path),
        fc.array(number),
        fc.option(number.filter((seconds) => !Object.is(seconds, 0)), { nil: undefined }),
        (latest, all, timestamps, lastPreserved) => {
          const state = { latest, all, timestamps, lastPreserved };
          expect(parseCheckpointState(formatCheckpointState(state))).toStrictEqual(state);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
