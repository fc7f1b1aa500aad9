/** State files as TensorFlow writes them: its own, byte for byte, and any other state, which reads back as it was. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { survivesEncoding } from '../../src/bytes/text.ts';
import { parseCheckpointState } from '../../src/checkpoints/state-file.ts';
import { formatCheckpointState, writeCheckpointState } from '../../src/checkpoints/write-state.ts';
import { stateFiles } from '../fixtures.ts';
import { scratch } from '../scratch.ts';

describe("TensorFlow's own state files", () => {
  it.each(stateFiles())('$title: read as TensorFlow reads it', ({ path, expected }) => {
    const { latest, all, timestamps, lastPreserved } = parseCheckpointState(readFileSync(path, 'utf8'));
    expect({ latest, all, timestamps, lastPreserved: lastPreserved ?? null }).toEqual({
      latest: expected.latest,
      all: expected.all,
      timestamps: expected.timestamps,
      lastPreserved: expected.lastPreserved,
    });
  });

  it.each(stateFiles())('$title: written byte for byte as TensorFlow wrote it', ({ path }) => {
    const bytes = readFileSync(path);
    const state = parseCheckpointState(bytes.toString());
    const copy = join(scratch(), 'checkpoint');
    writeFileSync(copy, 'what was there before');
    writeCheckpointState(copy, state);
    expect(readFileSync(copy)).toEqual(bytes);
    expect(readdirSync(join(copy, '..'))).toEqual(['checkpoint']);
  });
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
    [1.2345678901234568e17, '1.2345678901234568e+17'],
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
        fc.string({
          unit: fc.constantFrom('\\', '"', "'", '\n', '\r', '\0', '\x7f', 'é', '\udc80', '\udcff', '7', 'x', '#'),
        }),
      )
      .filter(survivesEncoding);
    const number = fc.double();
    fc.assert(
      fc.property(
        path.filter((text) => text !== ''),
        fc.array(path),
        fc.array(number),
        fc.option(
          number.filter((seconds) => !Object.is(seconds, 0)),
          { nil: undefined },
        ),
        (latest, all, timestamps, lastPreserved) => {
          const state = { latest, all, timestamps, lastPreserved };
          expect(parseCheckpointState(formatCheckpointState(state))).toStrictEqual(state);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
