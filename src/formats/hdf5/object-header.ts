/** An object header, of version 1 or of the newer version 2: the messages that say what an object is. */
import { UnsupportedError } from '../../errors.ts';
import type { AddressSpace, Structure } from './address-space.ts';
import { MESSAGE } from './layout.ts';
import { checkSum } from './lookup3.ts';
import { numberAt } from './words.ts';

export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly data: Structure;
}

const PREFIX_BYTES = 16;
const MESSAGE_PREFIX_BYTES = 8;
/** More continuations than any writer makes: they would be a circle. */
const MOST_BLOCKS = 4096;
/** A flag: the message lies elsewhere and is shared by several objects. */
const IS_SHARED = 2;

/** The messages of the object at an address, in order. Throws a `CkptError` where they cannot be read. */
export function messagesAt(file: AddressSpace, address: number): Message[] {
  const prefix = file.structure(address, PREFIX_BYTES, 'object header');
  if (prefix.isSigned('OHDR')) return resolved(file, newerMessages(file, address));
  if (prefix.u8(0) !== 1) throw prefix.damaged(`its version is ${prefix.u8(0)}, not 1`);
  const blocks = [{ address: address + PREFIX_BYTES, length: prefix.u32(8) }];
  const messages: Message[] = [];
  for (let i = 0; i < blocks.length; i++) {
    if (i > MOST_BLOCKS) throw prefix.damaged('its continuations never end');
    const { address: start, length } = blocks[i] as { address: number; length: number };
    const block = file.structure(start, length, 'object header');
    for (let at = 0; at + MESSAGE_PREFIX_BYTES <= length; ) {
      const type = block.u16(at);
      const size = block.u16(at + 2);
      const flags = block.u8(at + 4);
      const data = block.slice(at + MESSAGE_PREFIX_BYTES, size);
      at += MESSAGE_PREFIX_BYTES + size;
      if (type === MESSAGE.continuation) blocks.push({ address: data.u64(0), length: data.u64(8) });
      else if (type !== 0) messages.push({ type, flags, data });
    }
  }
  return resolved(file, messages);
}

/** Flags of a header of version 2: times, limits of attributes, and the creation order of messages are there. */
const [HAS_ORDER, HAS_LIMITS, HAS_TIMES] = [4, 16, 32];
const CHECKSUM_BYTES = 4;
const SIGNATURE_BYTES = 4;

/**
 * Version 2: `OHDR`, version, flags, [times], [limits], length of the first block, its messages, checksum; further blocks are
 * `OCHK`, messages, checksum. A message is type, size, flags, [creation order], data; what is too short for one is a gap.
 */
function newerMessages(file: AddressSpace, address: number): Message[] {
  const prefix = file.structure(address, 6, 'object header');
  const flags = prefix.u8(5);
  if (prefix.u8(4) !== 2) throw prefix.damaged(`its version is ${prefix.u8(4)}, not 2`);
  const sizeAt = 6 + ((flags & HAS_TIMES) !== 0 ? 16 : 0) + ((flags & HAS_LIMITS) !== 0 ? 4 : 0);
  const width = 1 << (flags & 3);
  const first = sizeAt + width;
  const length = numberAt(file.structure(address, first, 'object header'), sizeAt, width);
  const blocks = [{ address, from: first, length: first + length + CHECKSUM_BYTES }];
  const headBytes = (flags & HAS_ORDER) !== 0 ? 6 : 4;
  const messages: Message[] = [];
  for (let i = 0; i < blocks.length; i++) {
    if (i > MOST_BLOCKS) throw prefix.damaged('its continuations never end');
    const { address: start, from, length: bytes } = blocks[i] as (typeof blocks)[number];
    const block = file.structure(start, bytes, 'object header');
    if (i > 0 && !block.isSigned('OCHK')) throw block.damaged('its continuation does not begin with OCHK');
    checkSum(block);
    for (let at = from; at + headBytes <= bytes - CHECKSUM_BYTES; ) {
      const [type, size, messageFlags] = [block.u8(at), block.u16(at + 1), block.u8(at + 3)];
      const data = block.slice(at + headBytes, size);
      at += headBytes + size;
      if (type === MESSAGE.continuation) {
        blocks.push({ address: data.u64(0), from: SIGNATURE_BYTES, length: data.u64(8) });
      } else if (type !== 0) messages.push({ type, flags: messageFlags, data });
    }
  }
  return messages;
}

/** A datatype that is an object of its own stands in place of what leads to it. */
function resolved(file: AddressSpace, messages: readonly Message[]): Message[] {
  return messages.map((message) => {
    const { type, flags, data } = message;
    if (type !== MESSAGE.datatype || (flags & IS_SHARED) === 0) return message;
    const version = data.u8(0);
    // Versions 1 and 2 lead to an object; of version 3 kind 2 does, and kind 1 to a heap that few writers make.
    if (version === 3 && data.u8(1) !== 2) return message;
    const own = messagesAt(file, data.u64(version === 1 ? 8 : 2)).find((one) => one.type === MESSAGE.datatype);
    if (own === undefined || (own.flags & IS_SHARED) !== 0) throw data.damaged('it leads to no datatype');
    return own;
  });
}

/** The data of the first message of a type; undefined where there is none. Throws where it is shared with other objects. */
export function messageOf(messages: readonly Message[], type: number): Structure | undefined {
  const found = messages.find((message) => message.type === type);
  if (found === undefined) return undefined;
  if ((found.flags & IS_SHARED) !== 0) {
    throw new UnsupportedError('messages that several objects share in a heap cannot be read', 'HDF5 shared message');
  }
  return found.data;
}
