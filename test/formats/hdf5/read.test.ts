/** HDF5 files of h5py and Keras, against what h5py read from them. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource, readBytes } from '../../../src/bytes/source.ts';
import { Structure } from '../../../src/formats/hdf5/address-space.ts';
import { filtersOf } from '../../../src/formats/hdf5/filters.ts';
import { readHdf5 } from '../../../src/formats/hdf5/read.ts';
import { readStrings } from '../../../src/tensor/strings.ts';
import type { Tensor } from '../../../src/tensor/tensor.ts';
import { REPOSITORY } from '../../fixtures.ts';

interface Expected {
  readonly file: string;
  readonly note: string;
  readonly tensors: Readonly<Record<string, { dtype: string; shape: number[]; sha256: string }>>;
}

const FOLDER = join(REPOSITORY, 'fixtures/hdf5');
const CASES = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

function expectedOf(name: string): Expected {
  return JSON.parse(readFileSync(join(FOLDER, name, 'expected.json'), 'utf8')) as Expected;
}

const contentOf = (name: string) => readHdf5(new MemorySource(readFileSync(join(FOLDER, name, expectedOf(name).file))));

function sha256(tensor: Tensor): string {
  const hash = createHash('sha256');
  if (tensor.dtype.kind !== 'string') return hash.update(readBytes(tensor.source, 0, tensor.byteLength)).digest('hex');
  for (const text of readStrings(
    tensor.source,
    tensor.shape.reduce((a, b) => a * b, 1),
  )) {
    hash.update(new Uint8Array(BigUint64Array.of(BigInt(text.length)).buffer)).update(text);
  }
  return hash.digest('hex');
}

describe('an HDF5 file', () => {
  it.each(CASES.filter((name) => !['virtual', 'external', 'unread'].includes(name)))(
    'reads as h5py reads it: %s',
    (name) => {
      const tensors = [...contentOf(name).tensors].map(([path, tensor]) => [
        path,
        { dtype: tensor.dtype.name, shape: [...tensor.shape], sha256: sha256(tensor) },
      ]);
      expect(Object.fromEntries(tensors)).toEqual(expectedOf(name).tensors);
    },
  );

  it('reads the same where something was put before it afterwards', () => {
    const bytes = readFileSync(join(FOLDER, 'latest', expectedOf('latest').file));
    const { tensors } = readHdf5(new MemorySource(Buffer.concat([Buffer.alloc(1024), bytes])));
    const digests = [...tensors].map(([path, tensor]) => [path, sha256(tensor)]);
    const expected = Object.entries(expectedOf('latest').tensors).map(([path, tensor]) => [path, tensor.sha256]);
    expect(digests.sort()).toEqual(expected.sort());
  });

  it('names what is put together from others or lies elsewhere, and reads what is beside it', () => {
    const { tensors } = contentOf('virtual');
    expect(tensors.get('put-together')?.problem?.message).toContain(
      'it is a virtual dataset, put together from others',
    );
    expect(tensors.get('outside')?.problem?.message).toBe(
      'dataset outside: its content lies in another file, and nothing outside the file is read',
    );
    expect(tensors.get('bomb')?.problem?.message).toMatch(/^dataset bomb: it claims 4000000000000 bytes in a file of/);
    expect(sha256(tensors.get('plain') as Tensor)).toBe(expectedOf('virtual').tensors.plain?.sha256);
  });

  it('names a filter that is not undone, and what is', () => {
    // Of version 2: one filter, 32001, its name of six bytes, no flags, no values.
    const message = Uint8Array.of(2, 1, 0x01, 0x7d, 6, 0, 0, 0, 0, 0, ...new TextEncoder().encode('blosc\0'));
    expect(() => filtersOf(Structure.of(message, 'filters', 0))).toThrow(
      'it is packed with blosc; gzip, lzf, szip, nbit, scaleoffset, shuffle and fletcher32 are read; h5repack -f GZIP=4 makes it so',
    );
  });

  it('gives texts of attributes in heaps', () => {
    const attributes = contentOf('latest').attributes.get('links');
    expect(attributes?.get('text29')).toEqual(['value 29']);
    expect(attributes?.get('layer_names')).toHaveLength(900);
    expect(attributes?.get('layer_names')?.[899]).toBe('layer_899');
  });

  it('refuses links that leave the file', () => {
    expect(() => contentOf('external')).toThrow(
      'elsewhere is a link to another file, and nothing outside the file is read',
    );
  });

  it('gives the texts that Keras keeps of its layers', () => {
    const { attributes } = contentOf('keras-legacy');
    expect(attributes.get('model_weights')?.get('layer_names')).toEqual(['only']);
    expect(attributes.get('')?.get('model_config')?.[0]).toContain('"class_name": "Sequential"');
    expect(contentOf('keras-weights').attributes.get('layers/dense/vars')?.get('name')).toEqual(['hidden']);
  });

  it('is refused in words when it is something else', () => {
    expect(() => readHdf5(new MemorySource(new Uint8Array(4096)))).toThrow('the file does not begin as HDF5 does');
  });
});
