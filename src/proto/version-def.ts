/**
 * VersionDef { 1 producer int32 · 2 min_consumer int32 · 3 bad_consumers repeated int32 }: who wrote a file, and who may
 * read it. Source: tensorflow/core/framework/versions.proto.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { type Cursor, readVarint } from '../bytes/varint.ts';
import { DELIMITED, readDelimited, readTag, skipField, writeVarintField } from './wire.ts';

export interface VersionDef {
  readonly producer: number;
  readonly minConsumer: number;
  readonly badConsumers: readonly number[];
}

const PRODUCER = 0x08;
const MIN_CONSUMER = 0x10;
const BAD_CONSUMER = 0x18;
const BAD_CONSUMERS_PACKED = 0x1a;

/** Reads a repeated int32, packed or not. */
function readRepeated(cursor: Cursor, tag: number, into: number[]): void {
  if ((tag & 7) !== DELIMITED) {
    into.push(readVarint(cursor));
    return;
  }
  const packed = readDelimited(cursor);
  while (packed.at < packed.end) into.push(readVarint(packed));
}

export function decodeVersionDef(cursor: Cursor): VersionDef {
  let producer = 0;
  let minConsumer = 0;
  const badConsumers: number[] = [];
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === PRODUCER) producer = readVarint(cursor);
    else if (tag === MIN_CONSUMER) minConsumer = readVarint(cursor);
    else if (tag === BAD_CONSUMER || tag === BAD_CONSUMERS_PACKED) readRepeated(cursor, tag, badConsumers);
    else skipField(cursor, tag);
  }
  return { producer, minConsumer, badConsumers };
}

/** The version of a new file: this producer, and any reader. */
export function encodeProducer(producer: number): Uint8Array {
  const writer = new ByteWriter(2);
  writeVarintField(writer, 1, producer);
  return writer.toBytes();
}
