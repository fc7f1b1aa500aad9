/** Object headers and their messages, written. */
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { encodeText } from '../../bytes/text.ts';
import { UnsupportedError } from '../../errors.ts';
import type { Shape } from '../../tensor/shape.ts';
import { encodeDataspace } from './dataspace.ts';
import { fixedTextType, variableTextType } from './datatype.ts';
import { padded } from './file-image.ts';
import { MESSAGE } from './layout.ts';
import { uint16, uint64 } from './words.ts';

export interface OutgoingMessage {
  readonly type: number;
  readonly flags?: number;
  readonly data: Uint8Array;
}

/** What an attribute holds: one text, or a list of them. */
export type AttributeValue = string | readonly string[];
/** Puts texts into a global heap; gives for each the 16 bytes that point to it. */
export type StoreText = (text: Uint8Array) => Uint8Array;

const MOST_MESSAGE_BYTES = 0xffff;
/** What a list of texts may take, so that its name and its type fit beside it. */
const MOST_FIXED_BYTES = 64_512;
const IS_CONSTANT = 1;
/** What stands before the messages of an object header, before the data of a message, and before the address in a layout. */
const HEADER_PREFIX_BYTES = 16;
const MESSAGE_PREFIX_BYTES = 8;
const LAYOUT_PREFIX_BYTES = 2;
/** What most headers take. */
const FIRST_HEADER_BYTES = 256;

/** An object header of version 1. */
export function objectHeader(messages: readonly OutgoingMessage[]): Uint8Array {
  const body = new ByteWriter(FIRST_HEADER_BYTES);
  for (const { type, flags = 0, data } of messages) {
    const size = padded(data.length);
    body
      .bytes(uint16(type))
      .bytes(uint16(size))
      .bytes(Uint8Array.of(flags, 0, 0, 0))
      .bytes(data)
      .zeros(size - data.length);
  }
  const header = new ByteWriter(HEADER_PREFIX_BYTES + body.length)
    .bytes(Uint8Array.of(1, 0))
    .bytes(uint16(messages.length))
    .uint32(1)
    .uint32(body.length)
    .uint32(0);
  return header.append(body).view();
}

/** Where the address of the content is in the object header of a dataset, which begins with its messages. */
export function addressPlace([space, type, fill]: readonly OutgoingMessage[]): number {
  let place = HEADER_PREFIX_BYTES;
  for (const message of [space, type, fill]) place += MESSAGE_PREFIX_BYTES + padded(message?.data.length ?? 0);
  return place + MESSAGE_PREFIX_BYTES + LAYOUT_PREFIX_BYTES;
}

/** What makes a dataset: its shape, its type, no fill value of its own, and where its content lies (nowhere without any). */
export function datasetMessages(
  shape: Shape,
  type: Uint8Array,
  address: number,
  byteLength: number,
): OutgoingMessage[] {
  const place = byteLength === 0 ? undefined : address;
  const layout = new ByteWriter().bytes(Uint8Array.of(3, 1)).bytes(uint64(place)).bytes(uint64(byteLength));
  return [
    { type: MESSAGE.dataspace, data: encodeDataspace(shape) },
    { type: MESSAGE.datatype, flags: IS_CONSTANT, data: type },
    { type: MESSAGE.fillValue, flags: IS_CONSTANT, data: Uint8Array.of(2, 2, 2, 1, 0, 0, 0, 0) },
    { type: MESSAGE.layout, data: layout.toBytes() },
  ];
}

/** Lists are texts of one size, as numpy writes them and Keras 2 reads them, where they fit into a message so. */
export function isFixedList(value: AttributeValue): value is readonly string[] {
  return typeof value !== 'string' && value.length * widthOf(value) <= MOST_FIXED_BYTES;
}

function widthOf(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, encodeText(text).length), 1);
}

/** A list end to end, each text filled up with zeros. */
function fixedTexts(texts: readonly string[]): Uint8Array {
  const width = widthOf(texts);
  const bytes = new Uint8Array(texts.length * width);
  for (const [i, text] of texts.entries()) bytes.set(encodeText(text), i * width);
  return bytes;
}

/** An attribute of text in UTF-8. Throws {@link UnsupportedError} for a list too long for a message. */
export function attributeMessage(name: string, value: AttributeValue, store: StoreText): OutgoingMessage {
  const texts = typeof value === 'string' ? [value] : value;
  const nameBytes = encodeText(`${name}\0`);
  const isFixed = isFixedList(value);
  const type = isFixed ? fixedTextType(widthOf(value)) : variableTextType();
  const space = encodeDataspace(typeof value === 'string' ? [] : [value.length]);
  const message = new ByteWriter().bytes(Uint8Array.of(1, 0));
  for (const part of [nameBytes, type, space]) message.bytes(uint16(part.length));
  for (const part of [nameBytes, type, space])
    message.bytes(part).bytes(new Uint8Array(padded(part.length) - part.length));
  if (isFixed) message.bytes(fixedTexts(value));
  else for (const text of texts) message.bytes(store(encodeText(text)));
  if (message.length > MOST_MESSAGE_BYTES) {
    throw new UnsupportedError(
      `the attribute ${name} would take ${message.length} bytes, and HDF5 allows ${MOST_MESSAGE_BYTES}`,
      'HDF5 attribute size',
    );
  }
  return { type: MESSAGE.attribute, data: message.toBytes() };
}
