/** What can be saved of a damaged checkpoint: every tensor whose content matches its checksum to the last byte. */
import { encodeText } from '../bytes/text.ts';
import { CkptError } from '../errors.ts';
import { type OpenedCheckpoint, openDamagedCheckpoint } from '../formats/checkpoint.ts';
import type { DamagedCheckpoint } from '../formats/format.ts';
import { checkStored } from '../inspect/digest.ts';
import { drop } from '../surgery/subset.ts';
import { decodeSliceKey } from '../tensor/slice-key.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';

export interface LostTensor {
  readonly name: string;
  /** Why, as a sentence. */
  readonly reason: string;
}

export interface Salvage {
  /** Keeps the files open that the sound tensors are read from. */
  readonly checkpoint: OpenedCheckpoint;
  readonly sound: TensorMap;
  readonly lost: readonly LostTensor[];
  /** Damaged parts of the index, a sentence each; what they held is not known, not even by name. */
  readonly damage: readonly string[];
}

export interface SalvageOptions {
  /** Called after each tensor with the bytes that were looked at and all there are. */
  readonly onProgress?: ((progress: { readonly bytesDone: number; readonly bytesTotal: number }) => void) | undefined;
}

/**
 * Opens the checkpoint that a path leads to as far as it can be and reads every tensor. A partitioned tensor is sound when
 * all of its parts are. Throws a {@link CkptError} when nothing of the index can be trusted.
 */
export async function salvage(path: string, { onProgress }: SalvageOptions = {}): Promise<Salvage> {
  const checkpoint: OpenedCheckpoint & DamagedCheckpoint = await openDamagedCheckpoint(path);
  const lost: LostTensor[] = [];
  let bytesTotal = 0;
  for (const { byteLength } of checkpoint.tensors.values()) bytesTotal += byteLength;
  let bytesDone = 0;
  for (const [name, tensor] of checkpoint.tensors) {
    const reason = problemWith(name, tensor);
    if (reason !== undefined) lost.push({ name, reason });
    bytesDone += tensor.byteLength;
    onProgress?.({ bytesDone, bytesTotal });
  }
  const gone = new Set(lost.map(({ name }) => name));
  const sound = drop(checkpoint.tensors, (name) => gone.has(name));
  return { checkpoint, sound, lost, damage: checkpoint.damage.map(({ message }) => message) };
}

/** Why a tensor cannot be trusted; undefined when it can. */
function problemWith(name: string, tensor: Tensor): string | undefined {
  const owner = name.startsWith('\0') ? ownerOf(name) : undefined;
  if (owner !== undefined) return `it is a part of ${owner}, whose entry is lost`;
  try {
    if (tensor.problem !== undefined) return tensor.problem.message;
    checkStored(name, tensor);
    void tensor.source;
    return undefined;
  } catch (error) {
    if (error instanceof CkptError) return error.message;
    throw error;
  }
}

/** The tensor of a stored part that no tensor lists any more. */
function ownerOf(name: string): string | undefined {
  try {
    return decodeSliceKey(encodeText(name)).name;
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  }
}
