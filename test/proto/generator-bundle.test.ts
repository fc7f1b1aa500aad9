/** A Magenta bundle is told by its structure, field by field to its last byte. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../src/bytes/source.ts';
import { generatorBundleOf } from '../../src/proto/generator-bundle.ts';
import { field } from '../other-frameworks.ts';

const bundleOf = (...fields: readonly Buffer[]) => generatorBundleOf(new MemorySource(Buffer.concat(fields)));
const DETAILS = field(1, Buffer.concat([field(1, 'attention_rnn'), field(2, 'Melody RNN')]));
const CHECKPOINT = field(2, Buffer.alloc(300));

describe('a bundle', () => {
  it('says where its parts lie', () => {
    const graph = field(3, 'graph');
    expect(bundleOf(DETAILS, CHECKPOINT, graph, field(4, field(1, 'of melodies')))).toEqual({
      generator: 'attention_rnn',
      checkpoints: [{ offset: DETAILS.length + 3, length: 300 }],
      graph: { offset: DETAILS.length + CHECKPOINT.length + 2, length: 5 },
    });
  });

  it('needs neither a name nor a graph', () => {
    expect(bundleOf(CHECKPOINT)).toEqual({
      generator: undefined,
      checkpoints: [{ offset: 3, length: 300 }],
      graph: undefined,
    });
    expect(bundleOf(field(1, field(2, 'nameless')), CHECKPOINT)?.generator).toBeUndefined();
  });

  it('may hold several checkpoints', () => {
    expect(bundleOf(DETAILS, CHECKPOINT, CHECKPOINT)?.checkpoints).toHaveLength(2);
  });
});

describe('no bundle', () => {
  it.each([
    ['nothing', []],
    ['no checkpoint', [DETAILS]],
    ['a graph in its place, as in a MetaGraphDef', [DETAILS, field(2, field(1, 'node')), field(3, 'saver')]],
    ['a field that no bundle has', [DETAILS, CHECKPOINT, field(5, 'x')]],
    ['two names', [DETAILS, DETAILS, CHECKPOINT]],
    ['a thousand checkpoints', [Buffer.concat(Array(1000).fill(field(2, Buffer.alloc(2)))), Buffer.alloc(0)]],
    ['a number', [Buffer.from([0x08, 1]), CHECKPOINT]],
    ['an end before the end of a field', [DETAILS, CHECKPOINT.subarray(0, 200)]],
    ['bytes behind the last field', [DETAILS, CHECKPOINT, Buffer.from([0xff])]],
    ['a length beyond all numbers', [Buffer.from([0x12, ...Array(9).fill(0xff), 1])]],
  ])('is %s', (_, fields) => {
    expect(bundleOf(...fields)).toBeUndefined();
  });

  it('is cut anywhere, and any bytes are an answer', () => {
    const whole = Buffer.concat([DETAILS, CHECKPOINT]);
    for (let end = 0; end < whole.length; end++) {
      expect(generatorBundleOf(new MemorySource(whole.subarray(0, end)))).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.constantFrom(0x0a, 0x12), fc.uint8Array({ maxLength: 60 }), (first, rest) => {
        generatorBundleOf(new MemorySource(Uint8Array.from([first, ...rest])));
      }),
      { numRuns: 1000 },
    );
  });
});
