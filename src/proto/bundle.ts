/**
 * The two messages of a bundle's index (tensorflow/core/protobuf/tensor_bundle.proto):
 *
 *     BundleHeaderProto  1 num_shards int32 · 2 endianness {LITTLE 0, BIG 1} · 3 version VersionDef
 *     BundleEntryProto   1 dtype · 2 shape · 3 shard_id int32 · 4 offset int64 · 5 size int64 · 6 crc32c fixed32, masked ·
 *                        7 slices repeated TensorSliceProto
 *
 * Zero values are left out when written, fields come in ascending order, unknown ones are skipped.
 */
import type { ByteOrder } from '../bytes/byte-order.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { type Cursor, readVarint } from '../bytes/varint.ts';
import type { Shape } from '../tensor/shape.ts';
import type { TensorSlice } from '../tensor/tensor-slice.ts';
import { decodeShape, decodeTensorSlice, encodeTensorSlice, writeShape } from './tensor-shape.ts';
import { decodeVersionDef, encodeProducer, type VersionDef } from './version-def.ts';
import {
  DELIMITED,
  enterDelimited,
  readDelimited,
  readFixed32,
  readTag,
  skipField,
  writeDelimitedField,
  writeVarintField,
} from './wire.ts';

export interface BundleHeader {
  readonly numShards: number;
  readonly byteOrder: ByteOrder;
  /** Absent before September 2016. */
  readonly version: VersionDef | undefined;
}

export interface BundleEntry {
  dtype: number;
  shape: Shape;
  shardId: number;
  offset: number;
  size: number;
  /** As stored: masked. */
  crc32c: number;
  /** Stored pieces of a partitioned tensor; empty for every other. */
  slices: readonly TensorSlice[];
}

const NO_SLICES: readonly TensorSlice[] = Object.freeze([]);
const NO_SHAPE: Shape = Object.freeze([]);

const varintTag = (field: number): number => field * 8;
const delimitedTag = (field: number): number => field * 8 + DELIMITED;

export function decodeBundleHeader(cursor: Cursor): BundleHeader {
  let numShards = 0;
  let byteOrder: ByteOrder = 'little';
  let version: VersionDef | undefined;
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === varintTag(1)) numShards = readVarint(cursor);
    else if (tag === varintTag(2)) byteOrder = readVarint(cursor) === 1 ? 'big' : 'little';
    else if (tag === delimitedTag(3)) version = decodeVersionDef(readDelimited(cursor));
    else skipField(cursor, tag);
  }
  return { numShards, byteOrder, version };
}

/** The version of the bundles written here (`kTensorBundleVersion`). */
const VERSION = 1;

/** The header of a new bundle: little-endian. */
export function encodeBundleHeader(numShards: number): Uint8Array {
  const writer = new ByteWriter(16);
  writeVarintField(writer, 1, numShards);
  writeDelimitedField(writer, 3, encodeProducer(VERSION));
  return writer.toBytes();
}

/** A fresh entry with proto3 defaults. */
export function emptyEntry(): BundleEntry {
  return { dtype: 0, shape: NO_SHAPE, shardId: 0, offset: 0, size: 0, crc32c: 0, slices: NO_SLICES };
}

function cleared(entry: BundleEntry): BundleEntry {
  entry.dtype = 0;
  entry.shape = NO_SHAPE;
  entry.shardId = 0;
  entry.offset = 0;
  entry.size = 0;
  entry.crc32c = 0;
  entry.slices = NO_SLICES;
  return entry;
}

function appended<T>(list: T[] | undefined, item: T): T[] {
  if (list === undefined) return [item];
  list.push(item);
  return list;
}

/** Tags of BundleEntryProto, as numbers: this is the innermost loop of a listing. */
const DTYPE = 0x08;
const SHAPE = 0x12;
const SHARD_ID = 0x18;
const OFFSET = 0x20;
const SIZE = 0x28;
const CRC32C = 0x35;
const SLICES = 0x3a;

/** Decodes an entry, into one that is used again where a walk takes one after the other. */
export function decodeBundleEntry(cursor: Cursor, into?: BundleEntry): BundleEntry {
  const entry = into === undefined ? emptyEntry() : cleared(into);
  let slices: TensorSlice[] | undefined;
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === DTYPE) entry.dtype = readVarint(cursor);
    else if (tag === SHAPE) {
      const outer = enterDelimited(cursor);
      entry.shape = decodeShape(cursor);
      cursor.end = outer;
    } else if (tag === SHARD_ID) entry.shardId = readVarint(cursor);
    else if (tag === OFFSET) entry.offset = readVarint(cursor);
    else if (tag === SIZE) entry.size = readVarint(cursor);
    else if (tag === CRC32C) entry.crc32c = readFixed32(cursor);
    else if (tag === SLICES) slices = appended(slices, decodeTensorSlice(readDelimited(cursor)));
    else skipField(cursor, tag);
  }
  if (slices !== undefined) entry.slices = slices;
  return entry;
}

/** Writes a BundleEntryProto, without a tag or a length before it. */
export function writeBundleEntry(writer: ByteWriter, entry: BundleEntry): void {
  writeVarintField(writer, 1, entry.dtype);
  writeShape(writer, 2, entry.shape);
  writeVarintField(writer, 3, entry.shardId);
  writeVarintField(writer, 4, entry.offset);
  writeVarintField(writer, 5, entry.size);
  if (entry.crc32c !== 0) writer.byte(CRC32C).uint32(entry.crc32c);
  for (const slice of entry.slices) writeDelimitedField(writer, 7, encodeTensorSlice(slice));
}
