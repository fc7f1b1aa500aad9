/** Planning a bundle: which data files, which content at which offset. Nothing is read but what the tensors carry. */
import { UnsupportedError, WriteRefusedError } from '../../errors.ts';
import { exists, isSameFile } from '../../io/paths.ts';
import { listShardFiles } from '../../io/shard-files.ts';
import { dataName, indexName } from '../../io/shard-names.ts';
import type { Tensor, TensorMap } from '../../tensor/tensor.ts';
import type { TensorSlice } from '../../tensor/tensor-slice.ts';
import type { PlannedFile, PlannedPiece, WriteOptions, WritePlan } from '../write-plan.ts';
import { bundleHolds } from './holds.ts';

interface Piece {
  readonly name: string;
  readonly slice: TensorSlice | undefined;
  readonly tensor: Tensor;
  /** Where the content comes from; memory has neither. */
  readonly from: string | undefined;
  readonly shard: number;
  readonly fromOffset: number;
}

function pieceOf(name: string, slice: TensorSlice | undefined, tensor: Tensor): Piece {
  const { stored } = tensor;
  return { name, slice, tensor, from: stored?.path, shard: stored?.shard ?? 0, fromOffset: stored?.offset ?? 0 };
}

/** Every run of content, a partitioned tensor's parts one by one; throws where a tensor cannot be written. */
function piecesOf(tensors: TensorMap): Piece[] {
  const pieces: Piece[] = [];
  for (const [name, tensor] of tensors) {
    if (tensor.problem !== undefined) throw tensor.problem;
    if (!bundleHolds(tensor.dtype)) {
      throw new UnsupportedError(`tensor ${name}: a bundle cannot hold dtype ${tensor.dtype.name}`, 'dtype');
    }
    if (tensor.parts === undefined) pieces.push(pieceOf(name, undefined, tensor));
    else for (const part of tensor.parts) pieces.push(pieceOf(name, part.slice, part.tensor));
  }
  return pieces;
}

/** Files that content comes from, in the order of their shards; those of one shard number in the order first met. */
function originsOf(pieces: readonly Piece[]): (string | undefined)[] {
  const shards = new Map<string | undefined, number>();
  for (const { from, shard } of pieces) if (!shards.has(from)) shards.set(from, shard);
  return [...shards].sort((a, b) => a[1] - b[1]).map(([from]) => from);
}

/** Sorted as the content lies in the files it comes from; what comes from memory keeps its order. */
function inStoredOrder(pieces: readonly Piece[], origins: readonly (string | undefined)[]): Piece[] {
  const rank = new Map(origins.map((origin, i) => [origin, i]));
  const rankOf = (piece: Piece): number => rank.get(piece.from) ?? 0;
  return [...pieces].sort((a, b) => rankOf(a) - rankOf(b) || a.fromOffset - b.fromOffset);
}

/** Deals the pieces out to the data files, in order. */
function dealOut(pieces: readonly Piece[], options: WriteOptions): Piece[][] {
  const origins = originsOf(pieces);
  const ordered = options.order === 'given' ? pieces : inStoredOrder(pieces, origins);
  if (options.shards === undefined || options.shards === 'keep') {
    const files = origins.map((origin) => ordered.filter(({ from }) => from === origin));
    return files.length === 0 ? [[]] : files;
  }
  const total = pieces.reduce((sum, { tensor }) => sum + tensor.byteLength, 0);
  const files: Piece[][] = Array.from({ length: options.shards }, () => []);
  let done = 0;
  for (const piece of ordered) {
    const shard = Math.min(options.shards - 1, Math.floor((done / Math.max(total, 1)) * options.shards));
    files[shard]?.push(piece);
    done += piece.tensor.byteLength;
  }
  return files.filter((file, shard) => shard === 0 || file.length > 0);
}

function layOut(path: string, pieces: readonly Piece[]): PlannedFile {
  let offset = 0;
  const planned = pieces.map(({ name, slice, tensor }): PlannedPiece => {
    const at = offset;
    offset += tensor.byteLength;
    return { name, slice, tensor, offset: at };
  });
  return { path, byteLength: offset, pieces: planned };
}

/** Throws {@link WriteRefusedError} where the write would replace something without leave, or one of its own inputs. */
function checkTargets(plan: WritePlan, older: readonly string[], pieces: readonly Piece[], force: boolean): void {
  const inTheWay = [plan.indexPath, ...older].find(exists);
  if (inTheWay !== undefined && !force) {
    throw new WriteRefusedError(
      `${inTheWay} exists already; choose another name, or overwrite it with --force`,
      inTheWay,
    );
  }
  const inputs = new Set(pieces.map(({ from }) => from).filter((from) => from !== undefined));
  for (const input of inputs) {
    if (older.some((path) => isSameFile(path, input))) {
      throw new WriteRefusedError(`${input} is read from; it cannot be overwritten by the same command`, input);
    }
  }
}

export function planBundle(path: string, tensors: TensorMap, options: WriteOptions = {}): WritePlan {
  const pieces = piecesOf(tensors);
  const files = dealOut(pieces, options);
  const data = files.map((file, shard) => layOut(dataName(path, shard, files.length), file));
  const older = listShardFiles(path).map((file) => file.path);
  const targets = new Set(data.map((file) => file.path));
  const plan: WritePlan = {
    path,
    data,
    indexPath: indexName(path),
    tensors,
    byteLength: data.reduce((sum, file) => sum + file.byteLength, 0),
    obsolete: older.filter((file) => !targets.has(file)),
  };
  checkTargets(plan, older, pieces, options.force === true);
  return plan;
}
