/** Going through tensors as facts: quickly where the map can, and for any other map the same from its pairs. */
import type { CkptError } from '../errors.ts';
import { type DType, UNKNOWN_DTYPE } from './dtype.ts';
import { NamedFacts } from './named-facts.ts';
import type { Shape } from './shape.ts';
import { isScannable, type ScannedTensor, type Tensor, type TensorMap } from './tensor.ts';

/** One tensor after another, as facts. */
class PairFacts extends NamedFacts implements ScannedTensor {
  dtype: DType = UNKNOWN_DTYPE;
  shape: Shape = [];
  byteLength = 0;
  problem: CkptError | undefined;
  readonly isPlain = false;

  constructor(public tensor: Tensor) {
    super();
  }

  set(name: string, tensor: Tensor): this {
    this.name = name;
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
