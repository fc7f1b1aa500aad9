/** The beginnings of other frameworks' files, made by what their formats say: no framework is needed, and no file is large. */

import { checksumBytes } from '../src/bytes/checksum.ts';
import { maskCrc } from '../src/bytes/crc32c.ts';

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

/** What an array is to Flax: an extension of type 1 around its shape, dtype and bytes. */
export class FlaxArray {
  constructor(readonly shape: readonly number[]) {}
}

type Packed = string | number | boolean | FlaxArray | readonly Packed[] | { readonly [key: string]: Packed };

function withLength(code: number, length: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = code;
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

/** A value in MessagePack. */
export function messagePack(value: Packed): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([Buffer.from(text.length < 32 ? [0xa0 | text.length] : [0xd9, text.length]), text]);
  }
  if (typeof value === 'number') return value < 128 ? Buffer.from([value]) : withLength(0xce, value);
  if (typeof value === 'boolean') return Buffer.from([value ? 0xc3 : 0xc2]);
  if (value instanceof FlaxArray) {
    const bytes = Buffer.alloc(value.shape.reduce((a, b) => a * b, 1) * 4);
    const inside = [messagePack(value.shape), messagePack('float32'), withLength(0xc6, bytes.length), bytes];
    const payload = Buffer.concat([Buffer.from([0x93]), ...inside]);
    return Buffer.concat([withLength(0xc9, payload.length), Buffer.from([1]), payload]);
  }
  if (Array.isArray(value)) return Buffer.concat([Buffer.from([0x90 | value.length]), ...value.map(messagePack)]);
  const pairs = Object.entries(value).flatMap(([key, one]) => [messagePack(key), messagePack(one)]);
  return Buffer.concat([Buffer.from([0x80 | (pairs.length / 2)]), ...pairs]);
}

export const FLAX = messagePack({
  params: { Dense_0: { kernel: new FlaxArray([30, 50]), bias: new FlaxArray([50]) } },
});

export const T5X = messagePack({
  version: 3,
  optimizer: {
    target: { decoder: { kernel: { driver: 'zarr', kvstore: { driver: 'file', path: 'target.kernel' } } } },
  },
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** A delimited field of a message. */
export const field = (number: number, content: Uint8Array | string): Buffer => {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
};

/** A parameter of MindSpore. */
export function mindspore(name: string, shape: readonly number[], dtype: string, bytes: number): Buffer {
  const dimensions = shape.map((size) => Buffer.concat([Buffer.from([0x08]), varint(size)]));
  const tensor = Buffer.concat([...dimensions, field(2, dtype), field(3, Buffer.alloc(bytes, 1))]);
  return field(1, Buffer.concat([field(1, name), field(2, tensor)]));
}

/** Little-endian words, integers or floats. */
export const words = (...values: readonly (number | { readonly float: number })[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) {
    if (typeof value === 'number') bytes.writeInt32LE(value, i * 4);
    else bytes.writeFloatLE(value.float, i * 4);
  }
  return bytes;
};

export const floats = (...values: readonly number[]): Buffer => words(...values.map((float) => ({ float })));

/** Weights of YOLO: versions 0.2.5 with images seen in 64 bits, or 0.1.0 with 32. */
export const DARKNET = Buffer.concat([words(0, 2, 5, 32013312, 0), floats(0.1, -0.2, 3.5)]);
export const OLD_DARKNET = Buffer.concat([words(0, 1, 0, 32013312), floats(0.1, -0.2, 3.5)]);

/** One record of TFRecord. */
export function tfRecord(content: string): Buffer {
  const data = ascii(content);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  const sum = (bytes: Uint8Array): Buffer => words(maskCrc(checksumBytes(bytes)) | 0);
  return Buffer.concat([length, sum(length), data, sum(data)]);
}
