/** Going through tensors as facts: quickly where the map can, and for any other map the same from its pairs. */
import { encodeAsciiInto, encodeText } from '../bytes/text.ts';
import type { CkptError } from '../errors.ts';
import { type DType, UNKNOWN_DTYPE } from './dtype.ts';
import type { Shape } from './shape.ts';
import { isScannable, type ScannedTensor, type Tensor, type TensorMap } from './tensor.ts';

/** What needs an escape somewhere: control characters, what is beyond ASCII, quotes and the backslash. */
const SPECIAL = /[^\x20-\x7e]|["'\\]/;
const MOST_SHORT_BYTES = 512;

/** One tensor after another, as facts. */
class PairFacts implements ScannedTensor {
  nameBytes: Uint8Array = new Uint8Array(MOST_SHORT_BYTES);
  nameLength = 0;
  nameIsSimple = true;
  readonly nameShared = 0;
  readonly position = -1;
  dtype: DType = UNKNOWN_DTYPE;
  shape: Shape = [];
  byteLength = 0;
  problem: CkptError | undefined;
  readonly isPlain = false;
  readonly #short = this.nameBytes;

  constructor(public tensor: Tensor) {}

  set(name: string, tensor: Tensor): this {
    this.nameIsSimple = !SPECIAL.test(name);
    if (encodeAsciiInto(name, this.#short)) {
      this.nameBytes = this.#short;
      this.nameLength = name.length;
    } else {
      this.nameBytes = encodeText(name);
      this.nameLength = this.nameBytes.length;
    }
    this.tensor = tensor;
    this.dtype = tensor.dtype;
    this.shape = tensor.shape;
    this.byteLength = tensor.byteLength;
    this.problem = tensor.problem;
    return this;
  }
}

/** Shows named tensors one after the other. */
export function scanPairs(
  pairs: Iterable<readonly [string, Tensor, ...unknown[]]>,
  visit: (facts: ScannedTensor) => void,
): void {
  let facts: PairFacts | undefined;
  for (const [name, tensor] of pairs) {
    facts ??= new PairFacts(tensor);
    visit(facts.set(name, tensor));
  }
}

/** Shows every tensor of a map, in its order. */
export function scanTensors(tensors: TensorMap, visit: (facts: ScannedTensor) => void): void {
  if (isScannable(tensors)) tensors.scan(visit);
  else scanPairs(tensors, visit);
}
