/** A message that is not decoded yet: it can be walked field by field, or decoded when it is known to be wanted. */

import type { Cursor } from '../bytes/varint.ts';
import type { Fields, MessageOf, MessageType } from './message-type.ts';
import type { WordTable } from './word-table.ts';

/**
 * Told of a message that was looked for, the word that it was found by, and what was looked through, from a little before the
 * found one on.
 */
export type VisitFound = (word: string, found: EncodedMessage, around: EncodedMessage) => void;

export interface EncodedMessage {
  /** The messages and strings under the fields that `type` names, in the file's order; throws `CorruptError`. */
  fields<F extends Fields>(type: MessageType<F>): Iterable<readonly [keyof F & string, EncodedMessage]>;
  /** The whole message as `type` describes it; throws `CorruptError`. */
  decode<F extends Fields>(type: MessageType<F>): MessageOf<F>;
  /**
   * Visits the messages under the one field of `list` whose text in the one field of `key` is among `words`; all others are
   * passed over as quickly as they can be. `enough` ends it. Throws `CorruptError`.
   */
  find<L extends Fields, K extends Fields>(
    list: MessageType<L>,
    key: MessageType<K>,
    words: WordTable,
    visit: VisitFound,
    enough?: () => boolean,
  ): void;
  /** The message as it is encoded, borrowed until the next look; undefined where it is large, or text. */
  raw(): Cursor | undefined;
  /** The same message in memory, to be read when the source is closed; throws `CorruptError` for one that is too large. */
  kept(): EncodedMessage;
}
