/** Members of a header, each checked as the reference checks it. */

import { checkDepth, MOST_DEPTH, membersOf } from '../../bytes/strict-json.ts';
import { TextMap } from '../../bytes/text-map.ts';
import { CorruptError, UnsupportedError } from '../../errors.ts';
import { formatShape, MAX_RANK, type Shape } from '../../tensor/shape.ts';
import { dtypeOfTag, type SafetensorsDType } from './dtypes.ts';
import type { HeaderEntry } from './header-entries.ts';

export const METADATA_KEY = '__metadata__';

/** A shape or an offset as the reference takes none: 2.0, 2e0, -0. */
export const NO_WHOLE_NUMBER = /"(?:shape|data_offsets)"\s*:\s*\[[^\]]*[-.eE]/;
export function damaged(message: string, offset?: number): CorruptError {
  return new CorruptError(message, offset === undefined ? { where: 'header' } : { where: 'header', offset });
}

/** The reference takes null as none. */
export function parseMetadata(value: unknown): ReadonlyMap<string, string> | undefined {
  if (value === null) return undefined;
  const texts = new TextMap<string>();
  for (const [key, text] of membersOf(value, METADATA_KEY)) {
    if (typeof text !== 'string')
      throw damaged(`${METADATA_KEY} holds texts alone, and ${JSON.stringify(key)} is none`);
    texts.set(key, text);
  }
  return texts;
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const HALF_PAIR = /[\ud800-\udfff]/u;

/** Whether an entry has members that are passed over; no list of them is made, for there are as many entries as tensors. */
function hasFurther(entry: Readonly<Record<string, unknown>>): boolean {
  for (const name in entry) if (name !== 'dtype' && name !== 'shape' && name !== 'data_offsets') return true;
  return false;
}

export function parseEntry(name: string, value: unknown): HeaderEntry {
  if (HALF_PAIR.test(name)) throw damaged(`the name ${JSON.stringify(name)} holds half of a surrogate pair`);
  if (!isObject(value)) throw damaged(`tensor ${name} is no JSON object`);
  if (hasFurther(value)) checkDepth(value, MOST_DEPTH - 1, 'the header');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw damaged(`tensor ${name}: the header gives it no dtype`);
  const type = dtypeOfTag(dtype);
  if (type === undefined) {
    throw new UnsupportedError(
      `tensor ${name}: dtype ${JSON.stringify(dtype)} is none that this version knows`,
      'dtype',
    );
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw damaged(
      `tensor ${name}: ${JSON.stringify(shape)?.slice(0, 80)} is no shape; it takes whole numbers from 0 on`,
    );
  }
  if (shape.length > MAX_RANK)
    throw damaged(`tensor ${name}: the shape has ${shape.length} dimensions, the most is ${MAX_RANK}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    throw damaged(
      `tensor ${name}: ${JSON.stringify(offsets)?.slice(0, 80)} are no data_offsets; they take two whole numbers from 0 on`,
    );
  }
  const begin = offsets[0] as number;
  const end = offsets[1] as number;
  checkSize(name, type, shape, end - begin);
  return { name, type, shape, begin, end };
}

/** The bytes of a tensor fill its shape exactly; a product that is not exact is refused, as the reference refuses overflow. */
export function checkSize(name: string, { bits, tag }: SafetensorsDType, shape: Shape, bytes: number): void {
  let elements = 1;
  for (let axis = 0; axis < shape.length; axis++) {
    elements *= shape[axis] as number;
    if (elements * bits > Number.MAX_SAFE_INTEGER) {
      throw damaged(`tensor ${name}: the shape ${formatShape(shape)} has more elements than can be counted`);
    }
  }
  const wanted = (elements * bits) / 8;
  if (bytes === wanted) return;
  if (!Number.isInteger(wanted)) {
    throw damaged(`tensor ${name}: ${tag}${formatShape(shape)} does not end at a whole byte`);
  }
  throw damaged(
    `tensor ${name}: its data_offsets span ${bytes} bytes, and ${tag}${formatShape(shape)} takes ${wanted}`,
  );
}
