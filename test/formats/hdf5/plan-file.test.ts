/** HDF5 files laid out and read again; h5py and Keras read them too where they are at hand. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemorySource, readBytes } from '../../../src/bytes/source.ts';
import { hdf5Holds } from '../../../src/formats/hdf5/datatype.ts';
import { type OutgoingAttributes, planHdf5 } from '../../../src/formats/hdf5/plan-file.ts';
import { type Hdf5Content, readHdf5 } from '../../../src/formats/hdf5/read.ts';
import { dtypeOf } from '../../../src/tensor/dtype.ts';
import { type Tensor, type TensorMap, tensorOfBytes } from '../../../src/tensor/tensor.ts';
import { NUMERIC_DTYPES, tensors } from '../../generated.ts';

const HELD = NUMERIC_DTYPES.filter(hdf5Holds);
const PATH = fc.stringMatching(/^[a-z]{1,4}(\/[a-z_0-9é]{1,6}){0,3}$/);

/** The whole file in memory. */
function written(datasets: TensorMap, groups: ReadonlyMap<string, OutgoingAttributes> = new Map()): Uint8Array {
  const { metadata, offsets, byteLength } = planHdf5({ datasets, groups });
  const bytes = new Uint8Array(byteLength);
  bytes.set(metadata);
  for (const [path, { source }] of datasets) bytes.set(readBytes(source, 0, source.byteLength), offsets.get(path));
  return bytes;
}

const readAgain = (datasets: TensorMap, groups?: ReadonlyMap<string, OutgoingAttributes>): Hdf5Content =>
  readHdf5(new MemorySource(written(datasets, groups)));

function shown(map: ReadonlyMap<string, Tensor>): object {
  const rows = [...map].map(([path, { dtype, shape, source }]) => [
    path,
    `${dtype.name} ${shape} ${Buffer.from(readBytes(source, 0, source.byteLength)).toString('hex')}`,
  ]);
  return Object.fromEntries(rows);
}

/** No path leads through a dataset. */
function isForest(paths: readonly string[]): boolean {
  return !paths.some((path) => paths.some((other) => other.startsWith(`${path}/`)));
}

describe('an HDF5 file that is laid out', () => {
  it('holds every map of tensors', () => {
    const maps = fc
      .array(fc.tuple(PATH, tensors(HELD, false)), { maxLength: 40 })
      .map((entries) => new Map(entries))
      .filter((map) => isForest([...map.keys()]));
    fc.assert(
      fc.property(maps, (map) => {
        expect(shown(readAgain(map).tensors)).toEqual(shown(map));
      }),
    );
  });

  it.each([0, 1, 8, 9, 256, 257, 9000])('holds a group of %i names', (count) => {
    const scalar = (i: number): Tensor => tensorOfBytes(dtypeOf('int32'), [], new Uint8Array(Int32Array.of(i).buffer));
    const map = new Map(Array.from({ length: count }, (_, i) => [`scope/v${i}`, scalar(i)]));
    expect(shown(readAgain(map, new Map([['scope', {}]])).tensors)).toEqual(shown(map));
  });

  it('holds texts and lists of texts beside every group', () => {
    const groups = new Map<string, OutgoingAttributes>([
      ['', { backend: 'tensorflow' }],
      ['a/b', { names: ['x', 'é', ''], long: 'y'.repeat(200_000) }],
    ]);
    const { attributes } = readAgain(new Map(), groups);
    expect(attributes.get('')?.get('backend')).toEqual(['tensorflow']);
    expect(attributes.get('a/b')?.get('names')).toEqual(['x', 'é', '']);
    expect(attributes.get('a/b')?.get('long')?.[0]).toHaveLength(200_000);
  });

  it('refuses what HDF5 cannot hold', () => {
    const scalar = tensorOfBytes(dtypeOf('int32'), [], new Uint8Array(4));
    const qint = tensorOfBytes(dtypeOf('qint8'), [1], new Uint8Array(1));
    expect(() =>
      written(
        new Map([
          ['a', scalar],
          ['a/b', scalar],
        ]),
      ),
    ).toThrow('a cannot be both a tensor and the scope of a/b');
    expect(() => written(new Map([['a//b', scalar]]))).toThrow(
      'the name a//b cannot be a path in HDF5; rename it first',
    );
    expect(() => written(new Map([['q', qint]]))).toThrow('tensor q: HDF5 has no type for qint8');
  });
});
