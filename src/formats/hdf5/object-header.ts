/** An object header of version 1: the messages that say what an object is. */
import { UnsupportedError } from '../../errors.ts';
import type { AddressSpace, Structure } from './address-space.ts';
import { MESSAGE } from './layout.ts';

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
  if (prefix.isSigned('OHDR')) {
    throw new UnsupportedError('objects of the newer HDF5 layout (libver="latest") cannot be read', 'HDF5 libver');
  }
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
  return messages;
}

/** The data of the first message of a type; undefined where there is none. Throws where it is shared with other objects. */
export function messageOf(messages: readonly Message[], type: number): Structure | undefined {
  const found = messages.find((message) => message.type === type);
  if (found === undefined) return undefined;
  if ((found.flags & IS_SHARED) !== 0) {
    throw new UnsupportedError(
      'a datatype that is an object of its own (committed) cannot be read',
      'HDF5 committed datatype',
    );
  }
  return found.data;
}
