/** Ranges of bytes in files, and where each of them goes; column by column, since there may be a million. */
import { SmallColumn, WideColumn } from '../bytes/column.ts';

/** The number of no file: what comes from memory, or goes nowhere. */
export const NO_FILE = -1;
/** No checksum is known: of bytes that no tensor claims, or of content that is yet to be summed. */
export const NO_CHECKSUM = -1;

export class RangeTable {
  /** The files that ranges lie in. */
  readonly paths: string[] = [];
  /** Which of {@link paths} a range lies in; {@link NO_FILE} for none. */
  readonly file = new SmallColumn();
  readonly offset = new WideColumn();
  readonly length = new WideColumn();
  /** CRC-32C of the bytes, unmasked; {@link NO_CHECKSUM} where none is known. */
  readonly crc32c = new WideColumn();
  /** Where a range goes: the number of the file that is written, and the offset in it. */
  readonly target: SmallColumn;
  readonly place: WideColumn;

  /** With `inPlace`, each range goes to where it lies, in the file of the same number: a copy of whole files. */
  constructor(inPlace = false) {
    this.target = inPlace ? this.file : new SmallColumn();
    this.place = inPlace ? this.offset : new WideColumn();
  }

  get count(): number {
    return this.file.length;
  }
}
