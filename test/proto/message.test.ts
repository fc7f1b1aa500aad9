/** Messages described once and read from both encodings: what protobufjs and a plain text writer make of generated values. */
import fc from 'fast-check';
import protobuf from 'protobufjs/light.js';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../src/bytes/source.ts';
import { CkptError, CorruptError } from '../../src/errors.ts';
import { BinaryMessage } from '../../src/proto/binary-message.ts';
import {
  bool,
  bytes,
  enumeration,
  int,
  MessageType,
  message,
  part,
  repeated,
  text,
} from '../../src/proto/message-type.ts';
import { TextMessage } from '../../src/proto/text-message.ts';

const COLOURS = new Map([
  ['RED', 1],
  ['GREEN', 7],
]);
const INNER = new MessageType({ name: text(1), sizes: repeated(int(2)) });
const OUTER = new MessageType({
  variableName: text(1),
  isSet: bool(2),
  content: bytes(3),
  number: int(4),
  colour: enumeration(5, COLOURS),
  inner: message(6, INNER),
  many: repeated(message(7, INNER)),
  words: repeated(text(300)),
});

const ORACLE = protobuf.Root.fromJSON({
  nested: {
    Inner: { fields: { name: { id: 1, type: 'string' }, sizes: { id: 2, type: 'int64', rule: 'repeated' } } },
    Outer: {
      fields: {
        variableName: { id: 1, type: 'string' },
        isSet: { id: 2, type: 'bool' },
        content: { id: 3, type: 'bytes' },
        number: { id: 4, type: 'int64' },
        colour: { id: 5, type: 'int32' },
        inner: { id: 6, type: 'Inner' },
        many: { id: 7, type: 'Inner', rule: 'repeated' } as protobuf.IField,
        words: { id: 300, type: 'string', rule: 'repeated' } as protobuf.IField,
        unknown: { id: 9, type: 'bytes' },
        other: { id: 10, type: 'fixed64' },
      },
    },
  },
} as protobuf.INamespace).lookupType('Outer');

const safe = fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 });
const words = fc.string({ unit: 'grapheme', maxLength: 8 });
const inner = fc.record({ name: words, sizes: fc.array(safe, { maxLength: 4 }) });
const outer = fc.record({
  variableName: words,
  isSet: fc.boolean(),
  content: fc.uint8Array({ maxLength: 6 }),
  number: safe,
  colour: fc.constantFrom(0, 1, 7, 3),
  inner: fc.option(inner, { nil: undefined }),
  many: fc.array(inner, { maxLength: 3 }),
  words: fc.array(words, { maxLength: 3 }),
});
const extras = fc.record({ unknown: fc.uint8Array({ maxLength: 20 }), other: fc.nat() });

function binary(value: object): Uint8Array {
  return ORACLE.encode(ORACLE.fromObject(value)).finish();
}

const octal = (content: Uint8Array): string =>
  `"${[...content].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}"`;
const quoted = (value: string): string => octal(new TextEncoder().encode(value));

/** A message in text, lists in brackets or field by field. */
function inText(value: Record<string, unknown>, brackets: boolean): string {
  return Object.entries(value)
    .flatMap(([name, field]) => {
      const spelled = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      if (Array.isArray(field) && brackets && field.length > 0)
        return [`${spelled}: [${field.map((item) => valueText(item, brackets)).join(', ')}]`];
      const items: unknown[] = Array.isArray(field) ? field : field === undefined ? [] : [field];
      return items.map(
        (item) => `${spelled}: ${name === 'colour' && item === 7 ? 'GREEN' : valueText(item, brackets)}`,
      );
    })
    .join('\n');
}

function valueText(value: unknown, brackets: boolean): string {
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Uint8Array) return octal(value);
  if (typeof value === 'object') return `{ # a comment }\n ${inText(value as Record<string, unknown>, brackets)} }`;
  return String(value);
}

describe('messages', () => {
  it('come back from binary, whatever else is in them', () => {
    fc.assert(
      fc.property(outer, extras, (value, more) => {
        const source = new MemorySource(binary({ ...value, ...more }));
        expect(BinaryMessage.of(source, 'test').decode(OUTER)).toEqual(value);
      }),
    );
  });

  it('come back from text, whatever else is in them', () => {
    fc.assert(
      fc.property(outer, extras, fc.boolean(), (value, more, brackets) => {
        const spelled = inText({ strange: { deep: more }, ...value, ...more }, brackets);
        expect(TextMessage.of(spelled, 'test').decode(OUTER)).toEqual(value);
      }),
    );
  });

  it('that are large are read field by field, to the same result', () => {
    const value = {
      variableName: 'x'.repeat(100_000),
      isSet: true,
      content: new Uint8Array(70_000).fill(7),
      number: -5,
      colour: 7,
      inner: { name: 'n', sizes: Array.from({ length: 30_000 }, (_, i) => i * 1000) },
      many: Array.from({ length: 3000 }, (_, i) => ({ name: `item ${i}`, sizes: [i] })),
      words: Array.from({ length: 3000 }, (_, i) => `word ${i}`),
    };
    const source = new MemorySource(binary({ ...value, unknown: new Uint8Array(200_000) }));
    expect(BinaryMessage.of(source, 'test').decode(OUTER)).toEqual(value);
  });

  it('take numbers that are packed and numbers that are not', () => {
    const packed = Uint8Array.of(0x12, 2, 1, 2, 0x10, 3, 0x12, 1, 4);
    expect(BinaryMessage.of(new MemorySource(packed), 'test').decode(INNER).sizes).toEqual([1, 2, 3, 4]);
  });

  it('pass over a field of another wire type', () => {
    const bytesOf = Uint8Array.of(0x08, 5, 0x15, 1, 2, 3, 4, 0x10, 9);
    expect(BinaryMessage.of(new MemorySource(bytesOf), 'test').decode(INNER)).toEqual({ name: '', sizes: [9] });
  });

  it('are walked to their parts in either encoding', () => {
    const WALK = new MessageType({ many: part(7) });
    const value = {
      many: [
        { name: 'a', sizes: [] },
        { name: 'b', sizes: [1] },
      ],
    };
    const both = [BinaryMessage.of(new MemorySource(binary(value)), 'b'), TextMessage.of(inText(value, false), 't')];
    for (const encoded of both) {
      expect([...encoded.fields(WALK)].map(([, item]) => item.decode(INNER))).toEqual(value.many);
    }
  });

  it.each([
    ['a length past the end', Uint8Array.of(0x0a, 200, 1, 1)],
    ['a length of 2^62', Uint8Array.of(0x0a, 255, 255, 255, 255, 255, 255, 255, 255, 63)],
    ['a length below zero', Uint8Array.of(0x0a, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1)],
    ['a varint without an end', new Uint8Array(20).fill(255)],
    ['a field number 0', Uint8Array.of(0x02, 0)],
    ['an inner message that runs past the outer', Uint8Array.of(0x32, 3, 0x0a, 9, 65, 0x0a, 3, 65, 65, 65)],
    ['groups inside groups', new Uint8Array(50_000).fill(0x53)],
  ])('refuse %s', (_, content) => {
    const encoded = BinaryMessage.of(new MemorySource(content), 'some.meta');
    expect(() => encoded.decode(OUTER)).toThrow(CorruptError);
    expect(() => encoded.decode(OUTER)).toThrow(/^some\.meta: /);
  });

  it.each([
    ['a word for a string', 'variable_name: x'],
    ['a string for a message', 'inner: "x"'],
    ['a word that is no number', 'number: five'],
    ['a message that does not end', 'inner {'],
    ['braces that do not match', 'inner { name: "x" >'],
    ['braces without end', 'inner {'.repeat(100_000)],
    ['a string that does not end', `variable_name: "${'x'.repeat(1_000_000)}`],
  ])('refuse %s', (_, content) => {
    const encoded = TextMessage.of(content, 'some.pbtxt');
    expect(() => encoded.decode(OUTER)).toThrow(CorruptError);
    expect(() => encoded.decode(OUTER)).toThrow(/^some\.pbtxt: /);
  });

  it('answer any bytes with a message or a CkptError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (content) => {
        for (const encoded of [
          BinaryMessage.of(new MemorySource(content), 'x'),
          TextMessage.of(String.fromCharCode(...content), 'x'),
        ]) {
          try {
            encoded.decode(OUTER);
          } catch (error) {
            expect(error).toBeInstanceOf(CkptError);
          }
        }
      }),
      { numRuns: 700 },
    );
  });
});
