/** Arrays in every order and dtype, read as numpy reads them; and headers that lie. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemorySource, readBytes } from '../../../src/bytes/source.ts';
import { CkptError, CorruptError, UnsupportedError } from '../../../src/errors.ts';
import { readArray } from '../../../src/formats/numpy/array-tensor.ts';
import { descrOf } from '../../../src/formats/numpy/dtypes.ts';
import { FortranSource } from '../../../src/formats/numpy/fortran-source.ts';
import { encodeNpyHeader, readNpyHeader } from '../../../src/formats/numpy/npy-header.ts';
import { DTYPES, FOREIGN_DTYPES } from '../../../src/tensor/dtype.ts';
import { elementCount, stridesOf } from '../../../src/tensor/shape.ts';
import { foreignCases } from '../../foreign-fixtures.ts';

const DIRECTORY = foreignCases('numpy').find(({ title }) => title.endsWith('/directory'));

describe('a directory of numpy', () => {
  const { path, tensors } = DIRECTORY as NonNullable<typeof DIRECTORY>;
  it.each(Object.entries(tensors))('%s', (name, { dtype, shape, sha256 }) => {
    const bytes = readFileSync(join(path, `${name}.npy`));
    const { tensor, unusedBytes } = readArray(new MemorySource(bytes), undefined);
    expect([tensor.dtype.name, tensor.shape, unusedBytes]).toEqual([dtype, shape, 0]);
    const content = readBytes(tensor.source, 0, tensor.byteLength);
    expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
  });

  it('has headers that are made again to the byte', () => {
    for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' })) {
      if (!/scalar|float32/.test(name)) continue;
      const bytes = readFileSync(join(path, name));
      const { descr, shape, contentStart } = readNpyHeader(new MemorySource(bytes));
      const made = encodeNpyHeader(descr, shape);
      expect(Buffer.from(made).toString('latin1')).toBe(bytes.subarray(0, contentStart).toString('latin1'));
    }
  });
});

describe('a header', () => {
  it('brings every dtype back', () => {
    for (const dtype of [...DTYPES, ...FOREIGN_DTYPES]) {
      const written = descrOf(dtype);
      if (written === undefined) {
        expect(dtype.width).toBe(0);
        continue;
      }
      const header = encodeNpyHeader(written.descr, [2, 0], written.remark);
      expect(header.length % 64).toBe(0);
      const { tensor } = readArray(new MemorySource(header), undefined);
      expect([tensor.dtype.name, tensor.shape]).toEqual([dtype.name, [2, 0]]);
    }
  });

  const withText = (text: string, version = 1): Uint8Array => {
    const length = version === 1 ? 2 : 4;
    const bytes = Buffer.alloc(8 + length + text.length);
    bytes.write('\x93NUMPY', 'latin1');
    bytes[6] = version;
    bytes.writeUIntLE(text.length, 8, length);
    bytes.write(text, 8 + length, 'latin1');
    return bytes;
  };
  const plain = "{'descr': '|u1', 'fortran_order': False, 'shape': (0,), }";

  it.each([
    plain,
    '{"descr": "|u1", "fortran_order": False, "shape": (0,)}\n',
    "{'shape': (0L,), 'fortran_order': False, 'descr': '|u1'}   ",
    "{ 'descr' : '|u1' , 'fortran_order' : False , 'shape' : ( 0 , ) , } # any remark",
    "{'descr': '=u1', 'fortran_order': False, 'shape': (2, 0), }",
  ])('may be spelled %j', (text) => {
    for (const version of [1, 2, 3])
      expect(readArray(new MemorySource(withText(text, version)), undefined)).toBeDefined();
  });

  it.each([
    ['', /dictionary/],
    ['{', /dictionary/],
    ["{'descr': '|u1', 'fortran_order': False}", /must have/],
    ["{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'x': 1}", /dictionary/],
    ["{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'more': True}", /must have/],
    ["{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", /dictionary/],
    ["{'descr': '|u1', 'fortran_order': 'no', 'shape': (1,)}", /neither/],
    ["{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}", /dictionary/],
    ["{'descr': '|u1', 'fortran_order': False, 'shape': (1.5,)}", /dictionary/],
    ["{'descr': '|u1', 'fortran_order': False, 'shape': 'abc'}", /tuple/],
    ["{'descr': '|u1', 'fortran_order': False, 'shape': (9007199254740993,)}", /size/],
    ["{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296)}", /elements/],
    ["{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000,)}", /cut off/],
    [`${plain} x`, /dictionary/],
    ["__import__('os')", /dictionary/],
    ['['.repeat(60_000), /dictionary/],
  ])('is refused: %j', (text, message) => {
    expect(() => readArray(new MemorySource(withText(text)), undefined)).toThrow(CorruptError);
    expect(() => readArray(new MemorySource(withText(text)), undefined)).toThrow(message);
  });

  it.each([
    ['|O', /pickle/],
    ['<M8[ns]', /dates/],
    ['<f4[s]', /none that is known/],
    ['<m8', /time spans/],
    ['<f16', /none that a tensor has/],
    ['|V16', /none/],
    ['<W4', /none/],
    ['<i3', /none/],
  ])('names a dtype that is refused: %s', (descr, message) => {
    const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (1,), }`;
    expect(() => readArray(new MemorySource(withText(text)), undefined)).toThrow(UnsupportedError);
    expect(() => readArray(new MemorySource(withText(text)), undefined)).toThrow(message);
  });

  it('names a structured dtype', () => {
    const text = "{'descr': [('a', '<f4'), ('b', [('c]', '|O')])], 'fortran_order': False, 'shape': (1,), }";
    expect(() => readArray(new MemorySource(withText(text)), undefined)).toThrow(/several fields/);
  });

  it('that is cut or changed anywhere is refused or read, and nothing else', () => {
    const bytes = Buffer.concat([encodeNpyHeader('<f4', [2, 3]), new Uint8Array(24)]);
    for (let at = 0; at < bytes.length; at++)
      expect(() => readArray(new MemorySource(bytes.subarray(0, at)), undefined)).toThrow(CkptError);
    for (let at = 0; at < 100; at++) {
      for (const change of [0x01, 0x04, 0x20, 0x80]) {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] as number) ^ change;
        try {
          readArray(new MemorySource(changed), undefined);
        } catch (error) {
          if (!(error instanceof CkptError)) throw error;
        }
      }
    }
  });
});

it('Fortran order is read row by row, whatever a band holds', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      fc.constantFrom(1, 2, 4, 8, 16),
      fc.constantFrom(1, 16, 40, 100, 1000, 100_000),
      fc.tuple(fc.nat(), fc.nat()),
      (shape, width, bandBytes, [a, b]) => {
        const count = elementCount(shape);
        const strides = stridesOf(shape);
        const rowMajor = new Uint8Array(count * width).map((_, i) => (i * 31 + (i >> 8)) & 255);
        const stored = new Uint8Array(count * width);
        for (let i = 0; i < count; i++) {
          const index = shape.map((size, axis) => Math.floor(i / (strides[axis] as number)) % size);
          const at = index.reduceRight((sum, place, axis) => sum * (shape[axis] as number) + place, 0);
          stored.set(rowMajor.subarray(i * width, (i + 1) * width), at * width);
        }
        const source = new FortranSource(new MemorySource(stored), shape, width, bandBytes);
        const [start, end] = [a % (count * width + 1), b % (count * width + 1)].sort((x, y) => x - y) as [
          number,
          number,
        ];
        expect(Buffer.compare(readBytes(source, start, end - start), rowMajor.subarray(start, end))).toBe(0);
        expect(Buffer.compare(readBytes(source, 0, source.byteLength), rowMajor)).toBe(0);
      },
    ),
  );
});
