/** Attributes as Keras uses them: texts and lists of texts. */

import { decodeText } from '../../bytes/text.ts';
import { withoutZeros } from '../../bytes/without-zeros.ts';
import type { AddressSpace, Structure } from './address-space.ts';
import { dimensionsOf } from './dataspace.ts';
import { decodeType } from './datatype.ts';
import { denseAttributes } from './dense.ts';
import type { GlobalHeap } from './global-heap.ts';
import { MESSAGE } from './layout.ts';
import type { Message } from './object-header.ts';
import { type TextType, textIn } from './texts.ts';
import type { AttributeValue } from './write-messages.ts';

/** The texts of an attribute, one for each element. */
export type Attributes = ReadonlyMap<string, readonly string[]>;

const NONE: Attributes = new Map();

/** A list of one text and a text are told apart by what Keras reads as lists. */
export function outgoingAttributes(attributes: Attributes): Record<string, AttributeValue> {
  const value = ([key, texts]: readonly [string, readonly string[]]): [string, AttributeValue] => [
    key,
    texts.length === 1 && !/_names\d*$/.test(key) ? (texts[0] as string) : texts,
  ];
  return Object.fromEntries([...attributes].map(value));
}

/** The attributes of an object that are text; others say nothing that is asked for. */
export function attributesOf(messages: readonly Message[], heap: GlobalHeap, file: AddressSpace): Attributes {
  const attributes = new Map<string, readonly string[]>();
  const info = messages.find(({ type }) => type === MESSAGE.attributeInfo)?.data;
  const inObject = messages.filter(({ type }) => type === MESSAGE.attribute).map(({ data }) => data);
  if (info === undefined && inObject.length === 0) return NONE;
  for (const data of [...inObject, ...(info === undefined ? [] : denseAttributes(file, info))]) {
    const found = decodeAttribute(data, heap);
    if (found !== undefined) attributes.set(found.name, found.values);
  }
  return attributes;
}

/** Parts of an attribute of version 1 are padded to eight bytes; later versions pad nothing. */
function decodeAttribute(data: Structure, heap: GlobalHeap): { name: string; values: string[] } | undefined {
  const version = data.u8(0);
  const isShared = version > 1 && data.u8(1) !== 0;
  if (isShared) return undefined;
  const unit = version === 1 ? 8 : 1;
  const padded = (length: number): number => Math.ceil(length / unit) * unit;
  const [nameSize, typeSize, spaceSize] = [data.u16(2), data.u16(4), data.u16(6)];
  let at = version === 3 ? 9 : 8;
  const name = textOf(data.slice(at, nameSize).bytes);
  at += padded(nameSize);
  const type = decodeType(data.slice(at, typeSize));
  at += padded(typeSize);
  const count = dimensionsOf(data.slice(at, spaceSize)).reduce((product, size) => product * size, 1);
  at += padded(spaceSize);
  if (type.kind !== 'text' && type.kind !== 'variable-text') return undefined;
  return { name, values: decodeTexts(data.slice(at, data.length - at), type, count, heap).map(textOf) };
}

/** The elements of a text type: each `type.size` bytes, or a pointer into the heap. */
function decodeTexts(data: Structure, type: TextType, count: number, heap: GlobalHeap): Uint8Array[] {
  if (count * type.size > data.length) throw data.damaged(`${count} texts do not fit into it`);
  return Array.from({ length: type.size === 0 ? 0 : count }, (_, i) =>
    type.kind === 'variable-text'
      ? heap.valueAt(data, i * type.size)
      : textIn(data.slice(i * type.size, type.size).bytes, type.padding),
  );
}

function textOf(bytes: Uint8Array): string {
  return decodeText(withoutZeros(bytes));
}
