/** The formats, in the order in which they are tried: where both lie under one name, TensorFlow reads V2. */
import { UsageError } from '../errors.ts';
import { HEAD_BYTES, recogniseBytes } from '../io/recognise.ts';
import type { Format } from './format.ts';
import type { FormatName } from './format-name.ts';
import { hdf5 } from './hdf5/index.ts';
import { npy, npz } from './numpy/index.ts';
import { safetensors } from './safetensors/index.ts';
import { tfjs } from './tfjs/index.ts';
import { v1 } from './v1/index.ts';
import { v2 } from './v2/index.ts';

export const FORMATS: readonly Format[] = [v2, v1, safetensors, npz, hdf5, tfjs, npy];

/** The formats that TensorFlow saves and restores, of which a state file speaks. */
export const TENSORFLOW_FORMATS: readonly Format[] = FORMATS.filter(({ can }) => can.tensorflow);

/** The format of a name; without one, what is written where nobody says otherwise. */
export function formatOf(name: FormatName = v2.name): Format {
  const format = FORMATS.find((one) => one.name === name);
  if (format !== undefined) return format;
  throw new UsageError(`there is no format ${name}; there are ${FORMATS.map((one) => one.name).join(', ')}`);
}

/** The format of a file that begins with these bytes; undefined for none, or one that more than a file tells. */
export function formatOfHead(head: Uint8Array): Format | undefined {
  const kind = recogniseBytes(head.subarray(0, HEAD_BYTES), Number.MAX_SAFE_INTEGER)?.kind;
  return FORMATS.find(({ name }) => name === kind);
}

/** The format that the ending of a path asks for; undefined for one that says nothing, as the prefixes of TensorFlow. */
export function formatOfPath(path: string): Format | undefined {
  return FORMATS.find(({ endings }) => endings.some((ending) => path.endsWith(ending)));
}
