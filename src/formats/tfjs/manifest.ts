/**
 * The weights manifest of TensorFlow.js: groups of weights, each group's bytes end to end in some shards.
 *
 *     [{"paths": ["group1-shard1of2.bin", "group1-shard2of2.bin"],
 *       "weights": [{"name": "dense/kernel", "shape": [8, 4], "dtype": "float32",
 *                    "quantization": {"dtype": "uint8", "scale": 0.02, "min": -2.5, "original_dtype": "float32"}}]}]
 *
 * It stands alone (`weights_manifest.json`), or as `weightsManifest` in a `model.json`.
 * Source: tfjs-core/src/io/types.ts, tfjs-converter/python/tensorflowjs/write_weights.py.
 */

import { membersOf, parseStrictJson } from '../../bytes/strict-json.ts';
import { TextMap, TextSet } from '../../bytes/text-map.ts';
import { CorruptError, UnsupportedError } from '../../errors.ts';
import { type DType, dtypeOf } from '../../tensor/dtype.ts';
import { checkShape, elementCount, type Shape } from '../../tensor/shape.ts';

export type QuantizedName = 'uint8' | 'uint16' | 'float16';

/** How stored numbers become values: `value * scale + min`, or float16 as it is. */
export interface Quantization {
  readonly dtype: QuantizedName;
  readonly scale: number;
  readonly min: number;
}

export interface ManifestWeight {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly quantization: Quantization | undefined;
}

export interface WeightGroup {
  /** Shards, as paths below the folder of the manifest. */
  readonly paths: readonly string[];
  readonly weights: readonly ManifestWeight[];
}

export interface Manifest {
  readonly groups: readonly WeightGroup[];
  /** What a model.json holds beside the manifest, by its name; undefined for a bare manifest. */
  readonly model: ReadonlyMap<string, unknown> | undefined;
}

/** Names of dtypes that weights have in a manifest. */
const DTYPE_NAMES = ['float32', 'int32', 'bool', 'string', 'complex64', 'uint8', 'uint16', 'float16'] as const;
const QUANTIZED = new Map<unknown, QuantizedName>([
  ['uint8', 'uint8'],
  ['uint16', 'uint16'],
  ['float16', 'float16'],
]);
const MOST_FLOAT32 = 3.4028235677973366e38;
const MOST_INT32 = 2 ** 31;
/** Far more than the topology of any model takes. */
export const MOST_MANIFEST_BYTES = 512 << 20;

function damaged(message: string): CorruptError {
  return new CorruptError(message, { where: 'weights manifest' });
}

/** Reads a manifest; throws a `CkptError` for one that is none, that leads out of its folder, or that says a name twice. */
export function parseManifest(text: string): Manifest {
  const value = parseStrictJson(text, 'the manifest');
  const model = Array.isArray(value) ? undefined : new TextMap(membersOf(value, 'the manifest'));
  const list = model === undefined ? value : model.get('weightsManifest');
  if (!Array.isArray(list)) throw damaged('it has no weightsManifest');
  const groups = list.map((group, i) => parseGroup(group, `group ${i + 1}`));
  const names = new TextSet();
  for (const { name } of groups.flatMap(({ weights }) => weights)) {
    if (names.has(name)) throw damaged(`it gives the name ${JSON.stringify(name)} twice`);
    names.add(name);
  }
  return { groups, model };
}

function parseGroup(value: unknown, where: string): WeightGroup {
  const { paths, weights } = Object.fromEntries(membersOf(value, where));
  if (!Array.isArray(paths) || !Array.isArray(weights)) throw damaged(`${where} has no lists of paths and weights`);
  for (const path of paths) checkPath(path, where);
  return { paths, weights: weights.map((weight, i) => parseWeight(weight, `weight ${i + 1} of ${where}`)) };
}

/** Nothing outside the folder is read, and nothing is fetched, whatever a manifest says. */
function checkPath(path: unknown, where: string): void {
  const steps = typeof path === 'string' ? path.split('/') : [''];
  const plain = steps.every((step) => step !== '' && step !== '.' && step !== '..' && !/[\\:\0?#]/.test(step));
  if (plain) return;
  throw damaged(
    `${where} has a shard at ${JSON.stringify(path)?.slice(0, 200)}, which is no file in the folder of the manifest`,
  );
}

function parseWeight(value: unknown, place: string): ManifestWeight {
  const { name, shape, dtype, quantization } = Object.fromEntries(membersOf(value, place));
  if (typeof name !== 'string' || name === '') throw damaged(`${place} has no name`);
  const where = `weight ${name}`;
  if (!Array.isArray(shape) || !shape.every((size) => typeof size === 'number')) throw damaged(`${where} has no shape`);
  checkShape(shape as number[], where);
  const known = DTYPE_NAMES.find((candidate) => candidate === dtype);
  if (known === undefined) {
    throw new UnsupportedError(`${where}: TensorFlow.js has no dtype ${JSON.stringify(dtype)?.slice(0, 80)}`, 'dtype');
  }
  const type = dtypeOf(known);
  return { name, dtype: type, shape: shape as number[], quantization: parseQuantization(quantization, type, where) };
}

function parseQuantization(value: unknown, original: DType, where: string): Quantization | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = Object.fromEntries(membersOf(value, `the quantization of ${where}`));
  const dtype = QUANTIZED.get(fields.dtype);
  if (dtype === undefined)
    throw damaged(`${where}: nothing is quantized to ${JSON.stringify(fields.dtype)?.slice(0, 80)}`);
  if (original.name !== 'float32' && (original.name !== 'int32' || dtype === 'float16')) {
    throw damaged(`${where}: ${original.name} cannot be quantized to ${dtype}`);
  }
  if (dtype === 'float16') return { dtype, scale: 1, min: 0 };
  const { scale, min } = fields;
  if (!Number.isFinite(scale) || !Number.isFinite(min))
    throw damaged(`${where}: its quantization has no scale and min that are numbers`);
  const most = dtype === 'uint8' ? 0xff : 0xffff;
  const range = [min as number, (scale as number) * most + (min as number)];
  const limit = original.name === 'int32' ? MOST_INT32 : MOST_FLOAT32;
  if (range.some((value) => !(Math.abs(value) <= limit))) {
    throw damaged(`${where}: its quantization reaches from ${range.join(' to ')}, further than ${original.name} does`);
  }
  return { dtype, scale: scale as number, min: min as number };
}

/** Bytes that a weight takes in its group; undefined for strings, whose lengths stand among their bytes. */
export function storedBytes({ dtype, shape, quantization }: ManifestWeight): number | undefined {
  if (dtype.kind === 'string') return undefined;
  return elementCount(shape) * (quantization === undefined ? dtype.width : dtypeOf(quantization.dtype).width);
}
