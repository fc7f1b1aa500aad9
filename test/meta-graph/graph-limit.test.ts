/** A graph that merely lies beside a checkpoint is read as far as it can be that of the checkpoint: its size is anybody's. */
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/bytes/byte-writer.ts';
import { MemorySource } from '../../src/bytes/source.ts';
import { encodeText } from '../../src/bytes/text.ts';
import { anyGraph, graphOf } from '../../src/meta-graph/graph-limit.ts';
import { readGraph } from '../../src/meta-graph/read-graph.ts';
import { writeDelimitedField } from '../../src/proto/wire.ts';

const COUNT = 2 ** 16 + 1;

const message = (write: (writer: ByteWriter) => void): Uint8Array => {
  const writer = new ByteWriter(1 << 16);
  write(writer);
  return writer.toBytes();
};
const named = (name: string, op: string): Uint8Array =>
  message((node) => {
    writeDelimitedField(node, 1, encodeText(name));
    writeDelimitedField(node, 2, encodeText(op));
  });
const many = (field: number, item: (i: number) => Uint8Array): Uint8Array =>
  message((list) => {
    for (let i = 0; i < COUNT; i++) writeDelimitedField(list, field, item(i));
  });
const INFO = message((info) => writeDelimitedField(info, 5, encodeText('1.15.0')));
const collection = (value: Uint8Array): Uint8Array =>
  message((entry) => {
    writeDelimitedField(entry, 1, encodeText('trainable_variables'));
    writeDelimitedField(entry, 2, value);
  });

/** MetaGraphDefs in which something stands more often than in any program for one variable. */
const GRAPHS: readonly (readonly [string, number, Uint8Array])[] = [
  ['nodes', 2, many(1, (i) => named(`v${i}`, 'VariableV2'))],
  [
    'names',
    4,
    collection(
      message((value) =>
        writeDelimitedField(
          value,
          1,
          many(1, (i) => encodeText(`v${i}`)),
        ),
      ),
    ),
  ],
  [
    'definitions',
    4,
    collection(
      message((value) =>
        writeDelimitedField(
          value,
          2,
          many(1, (i) => message((definition) => writeDelimitedField(definition, 1, encodeText(`v${i}`)))),
        ),
      ),
    ),
  ],
];

describe('a graph beside a checkpoint of one variable', () => {
  it.each(GRAPHS)('with too many %s is refused', async (_, field, bytes) => {
    const source = new MemorySource(
      message((meta) => {
        writeDelimitedField(meta, 1, INFO);
        writeDelimitedField(meta, field, bytes);
      }),
    );
    const beside = readGraph(source, 'm.meta', undefined, undefined, ['v0'], { unasked: true });
    await expect(beside).rejects.toThrow(/more than 65536 variables and nodes .* for a checkpoint with 1$/);
  });

  it('with empty collections without end is no graph', async () => {
    const source = new MemorySource(
      message((meta) => {
        writeDelimitedField(meta, 1, INFO);
        for (let i = 0; i < COUNT; i++) writeDelimitedField(meta, 4, new Uint8Array(0));
      }),
    );
    await expect(readGraph(source, 'm.meta', undefined)).rejects.toThrow('more than 65536 collections');
  });
});

it('keys are counted where there is need to', () => {
  let walked = 0;
  const limit = graphOf({
    *[Symbol.iterator]() {
      walked++;
      yield 'a';
    },
  });
  limit(2 ** 16);
  expect(walked).toBe(0);
  expect(() => limit(COUNT)).toThrow('for a checkpoint with 1');
  expect(walked).toBe(1);
  graphOf(Array.from({ length: 5000 }, (_, i) => `${i}`))(COUNT);
  anyGraph(2 ** 20);
  expect(() => anyGraph(2 ** 22 + 1)).toThrow('more than 4194304 variables');
});
