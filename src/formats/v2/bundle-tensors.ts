/** The tensors of a bundle as a map that decodes its index as it is walked: nothing is held for a tensor not looked at. */
import { encodeText } from '../../bytes/text.ts';
import { CkptError, CorruptError } from '../../errors.ts';
import { type BundleEntry, decodeBundleEntry } from '../../proto/bundle.ts';
import type { BlockCursor } from '../../sstable/block.ts';
import { DerivedMap } from '../../tensor/derived-map.ts';
import { dtypeOfNumber, UNKNOWN_DTYPE } from '../../tensor/dtype.ts';
import { brokenTensor } from '../../tensor/partitioned.ts';
import type { ScannableMap, Tensor, TensorFacts } from '../../tensor/tensor.ts';
import type { BundleIndex } from './bundle-index.ts';
import { type BundleFiles, BundleTensor, isPlainlySound } from './bundle-tensor.ts';

export class BundleTensors extends DerivedMap implements ScannableMap {
  constructor(
    readonly index: BundleIndex,
    readonly files: BundleFiles,
  ) {
    super();
  }

  #tensorAt(name: string, cursor: BlockCursor): Tensor {
    try {
      return new BundleTensor(name, decodeBundleEntry(cursor.value()), this.files);
    } catch (error) {
      return brokenTensor(entryProblem(name, error));
    }
  }

  override *entries(): MapIterator<[string, Tensor]> {
    for (const cursor of this.index.blockCursors()) {
      while (cursor.next()) {
        if (!this.index.isTensorAt(cursor)) continue;
        const name = cursor.keyText();
        yield [name, this.#tensorAt(name, cursor)];
      }
    }
  }

  scan(visit: (facts: TensorFacts) => void): void {
    const facts: TensorFacts = {
      nameBytes: new Uint8Array(0),
      nameLength: 0,
      nameIsSimple: true,
      dtype: UNKNOWN_DTYPE,
      shape: [],
      byteLength: 0,
      problem: undefined,
    };
    for (const cursor of this.index.blockCursors()) {
      while (cursor.next()) {
        if (!this.index.isTensorAt(cursor)) continue;
        facts.nameBytes = cursor.key;
        facts.nameLength = cursor.keyLength;
        facts.nameIsSimple = cursor.keyIsSimple;
        this.#fill(facts, cursor);
        visit(facts);
      }
    }
  }

  /** The quick way for an entry with nothing odd about it; any other becomes a tensor that answers. */
  #fill(facts: TensorFacts, cursor: BlockCursor): void {
    const entry = plainEntry(cursor);
    const dtype = entry === undefined ? undefined : dtypeOfNumber(entry.dtype);
    if (entry !== undefined && dtype !== undefined && isPlainlySound(dtype, entry)) {
      facts.dtype = dtype;
      facts.shape = entry.shape;
      facts.byteLength = entry.size;
      facts.problem = undefined;
      return;
    }
    const tensor = this.#tensorAt(cursor.keyText(), cursor);
    facts.dtype = tensor.dtype;
    facts.shape = tensor.shape;
    facts.byteLength = tensor.byteLength;
    facts.problem = tensor.problem;
  }

  override *keys(): MapIterator<string> {
    for (const cursor of this.index.tensorEntries()) yield cursor.keyText();
  }

  override get(name: string): Tensor | undefined {
    const key = encodeText(name);
    if (key.length === 0 || this.index.isSliceKey(key)) return undefined;
    try {
      const entry = this.index.entryOf(key);
      return entry === undefined ? undefined : new BundleTensor(name, entry, this.files);
    } catch (error) {
      return brokenTensor(entryProblem(name, error));
    }
  }
}

function plainEntry(cursor: BlockCursor): BundleEntry | undefined {
  try {
    return decodeBundleEntry(cursor.value());
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  }
}

/** What made an entry undecodable, told with its tensor's name; anything that is no {@link CkptError} is a bug and thrown on. */
export function entryProblem(name: string, error: unknown): CkptError {
  if (!(error instanceof CkptError)) throw error;
  const where = `entry of ${name}`;
  return new CorruptError(
    `tensor ${name}: its entry in the index cannot be decoded (${error.message})`,
    { where },
    { cause: error },
  );
}
