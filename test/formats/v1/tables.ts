/** V1 files made field by field, so that they can be wrong in any way. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ByteWriter } from '../../../src/bytes/byte-writer.ts';
import { MemorySink } from '../../../src/bytes/source.ts';
import { compareBytes } from '../../../src/bytes/text.ts';
import { encodeRecordHead, encodeSavedMeta, encodeSliceName } from '../../../src/proto/saved-slices.ts';
import { TableWriter } from '../../../src/sstable/table-writer.ts';
import { encodeSliceKey } from '../../../src/tensor/slice-key.ts';
import type { TensorSlice } from '../../../src/tensor/tensor-slice.ts';
import { scratch } from '../../scratch.ts';

export const whole = (rank: number): TensorSlice =>
  Array.from({ length: rank }, () => ({ start: 0, length: undefined }));
export const part = (...pairs: (readonly [number, number])[]): TensorSlice =>
  pairs.map(([start, length]) => ({ start, length }));

/** A field of bytes. */
export function field(number: number, bytes: Uint8Array): Uint8Array {
  return new ByteWriter()
    .varint(number * 8 + 2)
    .varint(bytes.length)
    .bytes(bytes)
    .toBytes();
}

export const floats = (...values: number[]): Uint8Array => field(5, new Uint8Array(Float32Array.from(values).buffer));

export interface Listed {
  readonly name: string;
  readonly type?: number;
  readonly shape: readonly number[];
  readonly slices: readonly TensorSlice[];
  /** The TensorProto of each slice; undefined for a record that is not there. */
  readonly values: readonly (Uint8Array | undefined)[];
}

/** A record as it should be. */
export function record(name: string, slice: TensorSlice, values: Uint8Array): Uint8Array {
  const head = encodeRecordHead(encodeSliceName(name, slice), values.length);
  return new ByteWriter().bytes(head).bytes(values).toBytes();
}

/** The bytes of a table of these entries, in the order of their keys. */
export function tableOf(entries: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array {
  const sink = new MemorySink();
  const table = new TableWriter(sink);
  for (const [key, value] of [...entries].sort((a, b) => compareBytes(a[0], b[0]))) table.add(key, value);
  table.finish();
  return sink.toBytes();
}

/** A V1 file of these tensors. */
export function fileOf(tensors: readonly Listed[]): Uint8Array {
  const meta = encodeSavedMeta(tensors.map(({ name, shape, type = 1, slices }) => ({ name, shape, type, slices })));
  const records = tensors.flatMap(({ name, slices, values }) =>
    slices.flatMap((slice, i): [Uint8Array, Uint8Array][] => {
      const proto = values[i];
      return proto === undefined ? [] : [[encodeSliceKey(name, slice), record(name, slice, proto)]];
    }),
  );
  return tableOf([[new Uint8Array(0), meta], ...new Map(records.map((entry) => [`${entry[0]}`, entry])).values()]);
}

/** Writes files into a new directory; returns the path of the first, or of what `path` names there. */
export function written(files: Readonly<Record<string, Uint8Array>>, path = Object.keys(files)[0] as string): string {
  const directory = scratch();
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(directory, name), bytes);
  return join(directory, path);
}
