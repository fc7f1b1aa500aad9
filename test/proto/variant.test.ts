/** Variants: what the tensors inside hold, and no more of it than their shapes take. */
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/bytes/byte-writer.ts';
import { CorruptError } from '../../src/errors.ts';
import { variantValues } from '../../src/inspect/variant-values.ts';
import { decodeVariant } from '../../src/proto/variant.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { readStrings } from '../../src/tensor/strings.ts';
import { type Tensor, tensorOfBytes } from '../../src/tensor/tensor.ts';

const field = (number: number, bytes: Uint8Array): Uint8Array =>
  new ByteWriter()
    .varint(number * 8 + 2)
    .varint(bytes.length)
    .bytes(bytes)
    .toBytes();

const STRING = Uint8Array.of(8, 7);
const shape = (...sizes: number[]): Uint8Array =>
  field(2, Buffer.concat(sizes.map((size) => field(2, new ByteWriter().varint(8).varint(size).toBytes()))));
const strings = (count: number, text = ''): Uint8Array =>
  Buffer.concat(Array.from({ length: count }, () => field(8, Buffer.from(text))));

/** A variant of one element with these tensors. */
const variantOf = (...tensors: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat([field(1, Buffer.from('x')), ...tensors.map((tensor) => field(3, tensor))]);

function valuesIn(variant: Uint8Array): readonly Tensor[] {
  const content = new ByteWriter().varint(variant.length).bytes(variant).uint32(0).toBytes();
  return [...variantValues(tensorOfBytes(dtypeOf('variant'), [], content))].flatMap(({ tensors }) => tensors);
}

const textsOf = ({ source, shape }: Tensor): string[] =>
  readStrings(
    source,
    shape.reduce((product, size) => product * size, 1),
  ).map((bytes) => Buffer.from(bytes).toString());

describe('strings in a variant', () => {
  it('are read, and the last one stands for those that are missing', () => {
    const [three, prolonged, none] = valuesIn(
      variantOf(
        Buffer.concat([STRING, shape(3), strings(1, 'a'), strings(2, 'bc')]),
        Buffer.concat([STRING, strings(1, 'a'), strings(1, 'z'), shape(4)]),
        Buffer.concat([STRING, shape(0)]),
      ),
    ) as [Tensor, Tensor, Tensor];
    expect([textsOf(three), textsOf(prolonged), textsOf(none)]).toEqual([['a', 'bc', 'bc'], ['a', 'z', 'z', 'z'], []]);
  });

  it('beyond what the shape takes are counted no further', () => {
    const message = Buffer.concat([STRING, strings(100_000)]);
    expect(decodeVariant(variantOf(message)).tensors[0]?.strings?.count).toBe(2);
    expect(valuesIn(variantOf(message))[0]?.problem).toBeInstanceOf(CorruptError);
  });

  it('of a shape that no file can hold are a problem', () => {
    const [tensor] = valuesIn(variantOf(Buffer.concat([STRING, shape(2 ** 40), strings(1, 'a')])));
    expect(tensor?.problem).toBeInstanceOf(CorruptError);
  });
});

it('more tensors than any program puts into a variant are refused', () => {
  const bomb = Buffer.concat(Array.from({ length: 131_073 }, () => Buffer.from([0x1a, 0])));
  expect(() => decodeVariant(bomb)).toThrow(/more than 131072 tensors/);
});
