/** The tensors of a V1 checkpoint: what its files list, brought together by name. */

import type { ByteSource } from '../../bytes/source.ts';
import { compareText } from '../../bytes/text.ts';
import { TextMap } from '../../bytes/text-map.ts';
import { CkptError, CorruptError } from '../../errors.ts';
import { type DType, dtypeOfNumber, UNKNOWN_DTYPE } from '../../tensor/dtype.ts';
import { assembleParts } from '../../tensor/partitioned.ts';
import { elementCount, formatShape, type Shape, sameShape } from '../../tensor/shape.ts';
import type { Tensor, TensorPart } from '../../tensor/tensor.ts';
import { type Box, boxOf, formatTensorSlice, type TensorSlice } from '../../tensor/tensor-slice.ts';
import { listProblem, type SavedPlace, SavedSlice } from './saved-slice.ts';
import type { TableFile } from './table-file.ts';

/** A tensor as the files list it. */
export interface ListedTensor {
  readonly name: string;
  readonly type: number;
  readonly shape: Shape;
  /** Each place once. */
  readonly places: SavedPlace[];
  /** The places that were listed again, in the same file or another. */
  readonly repeated: SavedPlace[];
  problem: CkptError | undefined;
}

/** The elements that a slice names, however it is spelled; a slice that leaves the shape stands for itself. */
export function placeText(slice: TensorSlice, shape: Shape): string {
  const box = tryBox(slice, shape);
  return box === undefined ? `? ${formatTensorSlice(slice)}` : `${box.start} ${box.shape}`;
}

function tryBox(slice: TensorSlice, shape: Shape): Box | undefined {
  try {
    return boxOf(slice, shape, '');
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  }
}

const described = (type: number, shape: Shape): string =>
  `${dtypeOfNumber(type)?.name ?? `dtype ${type}`}${formatShape(shape)}`;

/** Every tensor that the files list, in the order of their names. */
export function listedTensors(files: readonly TableFile[]): ListedTensor[] {
  const all = new TextMap<ListedTensor>();
  /** Of tensors in several places: where they lie. */
  const seen = new Map<ListedTensor, Set<string>>();
  for (const file of files) {
    for (const { name, shape, type, slices, problem } of file.meta.tensors) {
      let listed = all.get(name);
      if (listed === undefined) {
        listed = { name, type, shape, places: [], repeated: [], problem: undefined };
        listed.problem = problem === undefined ? listProblem(name, type, shape) : undecodable(name, problem);
        all.set(name, listed);
      } else if (listed.type !== type || !sameShape(listed.shape, shape)) {
        listed.problem ??= clash(listed, described(type, shape), file);
        continue;
      }
      for (const slice of slices) {
        if (listed.places.length === 0) listed.places.push({ file, slice });
        else addPlace(listed, { file, slice }, seen);
      }
    }
  }
  for (const listed of all.values()) listed.problem ??= listed.places.length === 0 ? unplaced(listed.name) : undefined;
  return [...all.values()].sort((a, b) => compareText(a.name, b.name));
}

/** Adds a place to a tensor that has one. */
function addPlace(listed: ListedTensor, place: SavedPlace, seen: Map<ListedTensor, Set<string>>): void {
  const { shape, places, repeated } = listed;
  const known = seen.get(listed) ?? new Set(places.map(({ slice }) => placeText(slice, shape)));
  seen.set(listed, known);
  const text = placeText(place.slice, shape);
  (known.has(text) ? repeated : places).push(place);
  known.add(text);
}

function undecodable(name: string, cause: CkptError): CorruptError {
  const where = `tensor ${name}`;
  return new CorruptError(
    `${where}: it cannot be decoded in the list of its file (${cause.message})`,
    { where },
    { cause },
  );
}

function clash({ name, type, shape, places }: ListedTensor, other: string, { path }: TableFile): CorruptError {
  const where = `tensor ${name}`;
  const first = places[0]?.file.path ?? 'one place';
  return new CorruptError(`${where}: it is ${described(type, shape)} in ${first} and ${other} in ${path}`, {
    where,
    path,
  });
}

function unplaced(name: string): CorruptError {
  return new CorruptError(`tensor ${name}: its file lists it without a slice`, { where: `tensor ${name}` });
}

/** A tensor that lies in several records, or in one that is not all of it. */
class PartitionedTensor implements Tensor {
  readonly dtype: DType;
  readonly problem: CkptError | undefined;

  constructor(readonly listed: ListedTensor) {
    this.dtype = dtypeOfNumber(listed.type) ?? UNKNOWN_DTYPE;
    this.problem = listed.problem;
  }

  get shape(): Shape {
    return this.listed.shape;
  }

  get dtypeNumber(): number {
    return this.listed.type;
  }

  get byteLength(): number {
    if (this.problem !== undefined) return 0;
    if (this.dtype.width > 0) return elementCount(this.shape) * this.dtype.width;
    try {
      return this.parts.reduce((sum, { tensor }) => sum + tensor.byteLength, 0);
    } catch (error) {
      if (error instanceof CkptError) return 0;
      throw error;
    }
  }

  /** Throws {@link CorruptError} where a slice leaves the shape. */
  get parts(): readonly TensorPart[] {
    const { name, type, shape, places } = this.listed;
    return places.map((place) => {
      const box = boxOf(place.slice, shape, `tensor ${name}`);
      const title = `${name} (part ${formatTensorSlice(place.slice)})`;
      return { slice: place.slice, tensor: new SavedSlice(title, name, type, box.shape, place) };
    });
  }

  get source(): ByteSource {
    if (this.problem !== undefined) throw this.problem;
    return assembleParts(this.listed.name, this, this.parts);
  }
}

/** A listed tensor as one to read; in one piece where one record holds all of it, however its slice is spelled. */
export function tensorOf(listed: ListedTensor): Tensor {
  const { name, type, shape, places, problem } = listed;
  const [only, ...others] = places;
  if (only === undefined || others.length > 0) return new PartitionedTensor(listed);
  const box = tryBox(only.slice, shape);
  if (problem === undefined && (box === undefined || !sameShape(box.shape, shape)))
    return new PartitionedTensor(listed);
  return new SavedSlice(name, name, type, shape, only, problem);
}
