/** What a file without magic bytes is, told by its structure; and that plain numbers are nothing known. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tableBeginning } from '../../src/formats/table-kind.ts';
import { recogniseHead } from '../../src/io/recognise-closely.ts';
import {
  DARKNET,
  FLAX,
  field,
  floats,
  messagePack,
  mindspore,
  OLD_DARKNET,
  T5X,
  tfRecord,
  words,
} from '../other-frameworks.ts';

const kindOf = (bytes: Uint8Array, size = bytes.length): string | undefined =>
  recogniseHead(Uint8Array.from(bytes).subarray(0, 4096), size)?.kind;
const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('a file', () => {
  it.each([
    ['flax', FLAX],
    ['flax', messagePack({ a: { __msgpack_chunked_array__: true, shape: { 0: 3 } } })],
    ['t5x', T5X],
    ['orbax', messagePack({ params: { kernel: 'PLACEHOLDER://params.kernel' } })],
    ['orbax', ascii('\x0c\xdb:*\0\0\0\0')],
    ['orbax', ascii('{"tree_metadata": {}}')],
    ['msgpack', messagePack({ config: { layers: 3, hidden: 256 }, name: 'of nothing known' })],
    ['mindspore', mindspore('conv1.weight', [64, 3, 7, 7], 'Float32', 37632)],
    ['mindspore', mindspore('epoch', [], 'Int32', 4)],
    ['mindspore', mindspore('a/long/name'.repeat(20), [300, 70000], 'BFloat16', 2 ** 20)],
    ['darknet', DARKNET],
    ['darknet', OLD_DARKNET],
    ['tfrecord', tfRecord('an example')],
    ['tfrecord', tfRecord('')],
    ['magenta', Buffer.concat([field(1, field(1, 'attention_rnn')), field(2, ascii('\0\0\x33\n1 and no end'))])],
    ['graph', ascii('\n\x1f\n\x05input\x12\x0bPlaceholder')],
    ['tfjs-model', ascii('{"format": "layers-model", "modelTopology": {}}')],
    ['json', ascii('{"a": 1}')],
    ['text', ascii('weights 10x4')],
    ['gzip', ascii('\x1f\x8b\b')],
  ])('that is %s', (kind, bytes) => {
    expect(kindOf(bytes)).toBe(kind);
  });

  it.each([
    ['floats that begin with 1', floats(1, 1, 1, 1)],
    ['floats that begin with 0', floats(0, 0.5, 0.25, 1)],
    ['zeros', Buffer.alloc(64)],
    ['integers', words(0, 2, 70, 9, 0, 1)],
    ['a record whose length has another checksum', Buffer.concat([words(8, 0, 1234), Buffer.alloc(12)])],
    ['a map without keys that are texts', Buffer.from([0x82, 1, 2, 3, 4])],
    ['a map with one short key', Buffer.from([0x81, 0xa1, 0x61, 0xc0])],
  ])('of %s is nothing known', (_, bytes) => {
    expect(kindOf(bytes)).toBeUndefined();
    expect(tableBeginning(bytes)).toBeUndefined();
  });
});

describe('numbers of a model', () => {
  const weights = fc.array(fc.oneof(fc.constant(0), fc.constant(1), fc.float({ min: -4, max: 4, noNaN: true })), {
    minLength: 16,
    maxLength: 200,
  });

  it('are neither a file of another framework nor an index', () => {
    fc.assert(
      fc.property(weights, (values) => {
        const bytes = floats(...values);
        expect(tableBeginning(bytes)).toBeUndefined();
        expect(kindOf(bytes)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });
});

describe('any bytes', () => {
  it('have an answer, whatever they begin with', () => {
    const beginnings = [FLAX, T5X, DARKNET, tfRecord('x'), mindspore('w', [1], 'Float32', 4), Buffer.alloc(2)];
    const bytes = fc.tuple(fc.constantFrom(...beginnings), fc.nat(40), fc.uint8Array({ maxLength: 200 }));
    fc.assert(
      fc.property(bytes, fc.nat(), ([beginning, kept, tail], size) => {
        const head = Uint8Array.from(Buffer.concat([beginning.subarray(0, kept), tail]));
        recogniseHead(head, size);
        tableBeginning(head);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the beginning of a table', () => {
  const V2 = Buffer.from([0, 0, 6, 0x08, 1, 0x1a, 2, 0x08, 1]);
  const V1 = Buffer.from([0, 0, 0x33, 0x0a, 0x31, 0x0a, 0x2b]);

  it('is that of an index, or of a V1 checkpoint', () => {
    expect(tableBeginning(V2)).toBe('v2');
    expect(tableBeginning(V1)).toBe('v1');
  });

  it('is none when a byte of it is another', () => {
    const others = (table: Buffer, at: number): Buffer => {
      const copy = Buffer.from(table);
      copy[at] = 0xff;
      return copy;
    };
    for (const at of [0, 1, 2, 3, 5]) expect(tableBeginning(others(V2, at))).toBeUndefined();
    for (const at of [0, 1, 2, 3, 4, 5]) expect(tableBeginning(others(V1, at))).toBeUndefined();
  });
});
