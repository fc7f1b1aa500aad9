/** Headers of safetensors files: those of the reference, made again to the byte, and all that the reference refuses. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteSource, MemorySource } from '../../../src/bytes/source.ts';
import { CkptError, CorruptError, UnsupportedError } from '../../../src/errors.ts';
import { readHeader } from '../../../src/formats/safetensors/header.ts';
import { inReferenceOrder, planHeader } from '../../../src/formats/safetensors/plan-header.ts';
import { fixture } from '../../fixtures.ts';

/** A file of a header text and content. */
function fileOf(header: string | Uint8Array, contentBytes = 0): Uint8Array {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, new Uint8Array(contentBytes)]);
}

const read = (bytes: Uint8Array) => readHeader(new MemorySource(bytes));
const entry = (shape: string, begin: number | string, end: number | string, dtype = 'U8'): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

describe('a header', () => {
  it.each(readdirSync(fixture('safetensors')).filter((name) => !/blanks|sharded/.test(name)))(
    'of %s is written as the reference writes it, to the byte',
    (name) => {
      const bytes = readFileSync(join(fixture('safetensors'), name, 'model.safetensors'));
      const { entries, metadata, contentStart } = read(bytes);
      const unplaced = [...entries].map((one, row) => ({ ...one, begin: 0, end: 0, row }));
      const planned = planHeader(inReferenceOrder(unplaced.reverse()), metadata);
      expect(Buffer.from(planned.bytes).toString()).toBe(bytes.subarray(0, contentStart).toString());
      expect(planned.entries).toEqual([...entries].map((one, row) => ({ ...one, row })));
    },
  );

  it('is read whatever its blanks and the order of its names', () => {
    const { entries } = read(readFileSync(fixture('safetensors/by-name-with-blanks/model.safetensors')));
    expect([...entries].map(({ name, type, begin }) => [name, type.tag, begin])).toEqual([
      ['a', 'BOOL', 0],
      ['b', 'F32', 3],
      ['7', 'I16', 11],
    ]);
  });

  it('may have fields that nobody knows, and no tensor', () => {
    expect([...read(fileOf('{}   ')).entries]).toEqual([]);
    const more = '{"a":{"dtype":"U8","shape":[2],"extra":[{}],"data_offsets":[0,2]}}';
    expect(read(fileOf(more, 2)).entries.length).toBe(1);
    expect(read(fileOf('{"__metadata__":{}}')).metadata?.size).toBe(0);
  });

  it('may have null for metadata, and parts of numbers where nobody reads them', () => {
    const text = `{"__metadata__":null,"a":${entry('[2]', 0, 2).replace('}', ',"b": [2.50,-1]}')}}`;
    const { entries, metadata } = read(fileOf(text, 2));
    expect([[...entries].length, metadata]).toEqual([1, undefined]);
  });

  it('may describe tensors of nothing between others', () => {
    const text = `{"a":${entry('[2]', 0, 2)},"n":${entry('[0,5]', 2, 2)},"b":${entry('[]', 2, 3)}}`;
    expect([...read(fileOf(text, 3)).entries].map(({ name }) => name)).toEqual(['a', 'n', 'b']);
  });
});

const BAD: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['too few bytes', Buffer.from('1234567'), /too few/],
  ['a length of 2^63', Buffer.from('0000000000000080', 'hex'), /claims a length of 9223372036854775808/],
  ['a length of all ones', Buffer.alloc(16, 0xff), /claims a length/],
  ['a length past the end', Buffer.concat([Buffer.from('1000000000000000', 'hex'), Buffer.from('{}')]), /16 bytes/],
  ['no bracket', fileOf(' {}'), /begin with/],
  ['no UTF-8', fileOf(Buffer.from('{"\xff":1}', 'latin1')), /UTF-8/],
  ['no JSON', fileOf('{"a":'), /JSON/],
  ['an array', fileOf('[]'), /begin with/],
  ['a name twice', fileOf(`{"a":${entry('[1]', 0, 1)},"a":${entry('[1]', 0, 1)}}`, 1), /twice/],
  ['a key twice in an entry', fileOf('{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}', 1), /twice/],
  ['deep JSON', fileOf(`{"a":${'['.repeat(100_000)}`), /deep/],
  ['half a surrogate pair', fileOf(`{"\\ud800":${entry('[1]', 0, 1)}}`, 1), /surrogate/],
  ['an overlap', fileOf(`{"a":${entry('[4]', 0, 4)},"b":${entry('[4]', 2, 6)}}`, 6), /b.*begins inside a/],
  ['a gap', fileOf(`{"a":${entry('[4]', 0, 4)},"b":${entry('[4]', 5, 9)}}`, 9), /gap of 1 bytes/],
  ['a gap at the front', fileOf(`{"a":${entry('[4]', 1, 5)}}`, 5), /gap/],
  ['bytes behind the last', fileOf(`{"a":${entry('[4]', 0, 4)}}`, 5), /1 bytes belong to none/],
  ['content that is cut off', fileOf(`{"a":${entry('[4]', 0, 4)}}`, 3), /1 bytes are missing/],
  ['offsets that run back', fileOf(`{"a":${entry('[0]', 4, 0)}}`, 4), /span -4/],
  ['offsets beyond 2^53', fileOf(`{"a":${entry('[1]', 0, '9007199254740993')}}`, 1), /data_offsets/],
  ['a negative offset', fileOf(`{"a":${entry('[1]', -1, 0)}}`, 0), /data_offsets/],
  ['three offsets', fileOf('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}', 1), /data_offsets/],
  ['no offsets', fileOf('{"a":{"dtype":"U8","shape":[1]}}', 1), /data_offsets/],
  ['a negative size', fileOf(`{"a":${entry('[-1,-1]', 0, 1)}}`, 1), /shape/],
  ['a size that is no whole number', fileOf(`{"a":${entry('[1.5]', 0, 1)}}`, 1), /shape/],
  ['a size as text', fileOf(`{"a":${entry('["1"]', 0, 1)}}`, 1), /shape/],
  ['no shape', fileOf('{"a":{"dtype":"U8","data_offsets":[0,1]}}', 1), /shape/],
  ['a shape that overflows', fileOf(`{"a":${entry('[4294967296,4294967296,4294967296]', 0, 0)}}`, 0), /counted/],
  ['one that overflows before its zero', fileOf(`{"a":${entry('[9007199254740991,4096,0]', 0, 0)}}`, 0), /counted/],
  ['bytes that do not fit the shape', fileOf(`{"a":${entry('[3]', 0, 4)}}`, 4), /span 4 bytes, and U8\[3\] takes 3/],
  ['half a byte', fileOf(`{"a":${entry('[3]', 0, 2, 'F4')}}`, 2), /whole byte/],
  ['too many dimensions', fileOf(`{"a":${entry(`[${Array(300).fill(1)}]`, 0, 1)}}`, 1), /300 dimensions/],
  ['no dtype', fileOf('{"a":{"shape":[1],"data_offsets":[0,1]}}', 1), /dtype/],
  ['an entry that is none', fileOf('{"a":5}', 1), /object/],
  ['metadata that is no text', fileOf('{"__metadata__":{"a":1}}'), /texts alone/],
  ['metadata that is no object', fileOf('{"__metadata__":[]}'), /object/],
  ['metadata twice', fileOf('{"__metadata__":null,"__metadata__":{}}'), /twice/],
  ['a size with a point', fileOf(`{"a":${entry('[2.0]', 0, 2)}}`, 2), /not written as a whole one/],
  ['a size with an exponent', fileOf(`{"a": ${entry('[2e0]', 0, 2)}}`, 2), /not written as a whole one/],
  ['an offset below zero by its sign', fileOf(`{"a":${entry('[0]', '-0', 0)}}`), /not written as a whole one/],
  [
    'deep JSON that nobody reads',
    fileOf(`{"a":${entry('[1]', 0, 1).replace('}', `,"b":${'['.repeat(200)}${']'.repeat(200)}}`)}}`, 1),
    /deep/,
  ],
];

describe('a long header', () => {
  /** Columns by what they say, as a short header and as a long one. */
  const both = (bytes: Uint8Array) =>
    [undefined, 0].map((shortBytes) => {
      const { entries, metadata } = readHeader(new MemorySource(bytes), shortBytes);
      const rows = [...entries.byName()].map((row) => entries.entry(row));
      const found = rows.map(({ name }) => entries.name(entries.rowOf(name) as number));
      return { entries: [...entries], rows, found, metadata };
    });

  const NAMES = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 6 }),
    fc.constantFrom('a', 'b/c', 'é', '"', '\\', ''),
  );
  const ROW = fc.record({ size: fc.nat(3), rank: fc.nat(2), tag: fc.constantFrom('U8', 'F32', 'F8_E4M3', 'BF16') });

  it('says what a short one says, however it is written', () => {
    const maps = fc.dictionary(
      NAMES.filter((name) => name !== '__metadata__' && name !== '__proto__'),
      ROW,
      { maxKeys: 20 },
    );
    fc.assert(
      fc.property(maps, fc.nat(3), fc.boolean(), (map, blanks, shuffled) => {
        let at = 0;
        const widths = { U8: 1, F32: 4, F8_E4M3: 1, BF16: 2 } as const;
        const members = Object.entries(map).map(([name, { size, rank, tag }]): [string, object] => {
          const shape = Array.from({ length: rank }, () => size);
          const begin = at;
          at += size ** rank * widths[tag as keyof typeof widths];
          const offsets = { data_offsets: [begin, at] };
          return [name, shuffled ? { ...offsets, dtype: tag, shape } : { dtype: tag, shape, ...offsets }];
        });
        const header = { __metadata__: { format: 'pt "x"' }, ...Object.fromEntries(members) };
        const [short, long] = both(fileOf(JSON.stringify(header, undefined, blanks), at));
        expect(long).toEqual(short);
      }),
    );
  });

  it('sorts names whatever their order', () => {
    const names = Array.from({ length: 999 }, (_, i) => `v${(i * 571) % 999}`);
    const text = names.map((name, i) => `"${name}":${entry('[]', i, i + 1)}`).join();
    const [short, long] = both(fileOf(`{${text}}`, 999));
    expect(long?.rows.map(({ name }) => name)).toEqual([...names].sort());
    expect(long).toEqual(short);
  });

  it.each(BAD.filter(([, bytes]) => bytes.length > 8))('is refused as a short one: %s', (_, bytes, message) => {
    expect(() => readHeader(new MemorySource(bytes), 0)).toThrow(message);
  });

  it('ends in a CkptError, or is read, whichever byte is changed', () => {
    const bytes = readFileSync(fixture('safetensors/reference/model.safetensors'));
    for (let at = 8; at < read(bytes).contentStart; at++) {
      for (const change of [0x01, 0x20, 0x80, 0xff]) {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] as number) ^ change;
        const outcomes = [undefined, 0].map((shortBytes) => {
          try {
            return [...readHeader(new MemorySource(changed), shortBytes).entries];
          } catch (error) {
            if (!(error instanceof CkptError)) throw error;
            return error.code;
          }
        });
        expect(outcomes[1]).toEqual(outcomes[0]);
      }
    }
  });
});

describe('refuses, as the reference does,', () => {
  it.each(BAD)('%s', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(CorruptError);
    expect(() => read(bytes)).toThrow(message);
  });

  it('a dtype that is not known', () => {
    expect(() => read(fileOf(`{"a":${entry('[1]', 0, 1, 'I4')}}`, 1))).toThrow(UnsupportedError);
  });

  it('every cut and every changed byte of a header that matters, with a CkptError', () => {
    const bytes = readFileSync(fixture('safetensors/reference/model.safetensors'));
    const { contentStart } = read(bytes);
    for (let at = 0; at < bytes.length; at++) expect(() => read(bytes.subarray(0, at))).toThrow(CkptError);
    for (let at = 0; at < contentStart; at++) {
      for (const change of [0x01, 0x20, 0x80, 0xff]) {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] as number) ^ change;
        try {
          read(changed);
        } catch (error) {
          if (!(error instanceof CkptError)) throw error;
        }
      }
    }
  });

  it('a header of 100 MB that is not there, without reading it', () => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(99_999_999n);
    const source: ByteSource = {
      byteLength: 50,
      readInto: (target, offset) => {
        expect(offset + target.length).toBeLessThanOrEqual(8);
        target.set(length.subarray(0, target.length));
      },
    };
    expect(() => readHeader(source)).toThrow(/99999999/);
  });
});
