/** Planning a bundle: which data files, which content at which offset. Nothing is read but what the tensors carry. */
import { WriteRefusedError } from '../../errors.ts';
import { fileSize } from '../../io/file-source.ts';
import { exists, isSameFile } from '../../io/paths.ts';
import { listShardFiles } from '../../io/shard-files.ts';
import { dataName, indexName } from '../../io/shard-names.ts';
import type { TensorMap } from '../../tensor/tensor.ts';
import type { PlannedFile, PlannedPiece, WriteOptions, WritePlan } from '../write-plan.ts';
import { dealOut, type Piece, piecesOf } from './deal-out.ts';

/** The file that a data file will equal byte for byte, when it takes all that one holds from where it lies. */
function wholeFile(pieces: readonly Piece[], planned: readonly PlannedPiece[], byteLength: number): string | undefined {
  const from = pieces[0]?.from;
  if (from === undefined || fileSize(from) !== byteLength) return undefined;
  const same = pieces.every(
    (piece, i) => piece.from === from && piece.fromOffset === planned[i]?.offset && piece.tensor.crc32c !== undefined,
  );
  return same ? from : undefined;
}

function layOut(path: string, pieces: readonly Piece[]): PlannedFile {
  let offset = 0;
  const planned = pieces.map(({ name, slice, tensor }): PlannedPiece => {
    const at = offset;
    offset += tensor.byteLength;
    return { name, slice, tensor, offset: at };
  });
  return { path, byteLength: offset, pieces: planned, whole: wholeFile(pieces, planned, offset) };
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
