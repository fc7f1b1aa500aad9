/** A message that is not decoded yet: it can be walked field by field, or decoded when it is known to be wanted. */
import type { Fields, MessageOf, MessageType } from './message-type.ts';

export interface EncodedMessage {
  /** The messages and strings under the fields that `type` names, in the file's order; throws `CorruptError`. */
  fields<F extends Fields>(type: MessageType<F>): Iterable<readonly [keyof F & string, EncodedMessage]>;
  /** The whole message as `type` describes it; throws `CorruptError`. */
  decode<F extends Fields>(type: MessageType<F>): MessageOf<F>;
}
