/**
 * The header of an .npy file (numpy/lib/format.py): `\x93NUMPY`, two bytes of version, the length of the text in 2 bytes
 * (version 1) or 4 (2 and 3), little-endian, and a Python dictionary as text, with blanks up to a multiple of 64 and a line
 * feed at its end: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 5), }`.
 */
import { type ByteSource, readBytes } from '../../bytes/source.ts';
import { decodeText, encodeText } from '../../bytes/text.ts';
import { CorruptError } from '../../errors.ts';
import { checkShape, type Shape } from '../../tensor/shape.ts';
import { parsePythonDictionary } from './python-literal.ts';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Magic and version. */
const PREFIX_BYTES = 8;
const ALIGNMENT = 64;
/** No array of plain elements takes more; numpy itself refuses 10,000 unless it is told to trust the file. */
const MOST_TEXT_BYTES = 1 << 20;
/** A header with a dictionary of the usual length, which numpy fills up to a multiple of 64. */
const USUAL_BYTES = 128;

export interface NpyHeader {
  /** What the dictionary says; of a structured dtype, `structured`. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: Shape;
  /** What a comment behind the dictionary says: our own remark of the dtype, where numpy's says too little. */
  readonly remark: string | undefined;
  /** Where the elements start. */
  readonly contentStart: number;
}

/** Whether bytes begin as an .npy file does. */
export function isNpy(head: Uint8Array): boolean {
  return MAGIC.every((byte, i) => head[i] === byte);
}

function damaged(message: string): CorruptError {
  return new CorruptError(message, { where: 'npy header', offset: 0 });
}

/** Reads the header at the start of a source; throws {@link CorruptError} for bytes that are none. */
export function readNpyHeader(source: ByteSource): NpyHeader {
  const head = readBytes(source, 0, Math.min(USUAL_BYTES, source.byteLength));
  if (!isNpy(head)) throw damaged('it does not begin as an .npy file does');
  const version = head[6] as number;
  if (version < 1 || version > 3) throw damaged(`its version ${version} is not known; 1 to 3 are`);
  const lengthBytes = version === 1 ? 2 : 4;
  if (head.length < PREFIX_BYTES + lengthBytes) throw damaged('it ends before its header');
  const view = new DataView(head.buffer);
  const length = version === 1 ? view.getUint16(PREFIX_BYTES, true) : view.getUint32(PREFIX_BYTES, true);
  const start = PREFIX_BYTES + lengthBytes;
  if (length > MOST_TEXT_BYTES || start + length > source.byteLength) {
    throw damaged(`its header claims ${length} bytes, and ${source.byteLength - start} follow`);
  }
  const contentStart = start + length;
  const whole = contentStart <= head.length ? head : readBytes(source, 0, contentStart);
  const { values, remark } = parsePythonDictionary(decodeText(whole.subarray(start, contentStart)));
  return { ...checkFields(values), remark, contentStart };
}

function checkFields(values: ReadonlyMap<string, unknown>): Pick<NpyHeader, 'descr' | 'fortranOrder' | 'shape'> {
  const [descr, fortranOrder, shape] = ['descr', 'fortran_order', 'shape'].map((key) => values.get(key));
  if (values.size !== 3 || descr === undefined) throw damaged('its header must have descr, fortran_order and shape');
  if (typeof fortranOrder !== 'boolean') throw damaged('its fortran_order is neither True nor False');
  if (!Array.isArray(shape) || !shape.every((size) => typeof size === 'number')) throw damaged('its shape is no tuple');
  checkShape(shape, 'npy header');
  return { descr: typeof descr === 'string' ? descr : 'structured', fortranOrder, shape };
}

/** Python's spelling of a tuple. */
const tupleText = (shape: Shape): string => (shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`);

/** The header that `numpy.save` writes; a remark stands behind the dictionary as a comment, which Python passes over. */
export function encodeNpyHeader(descr: string, shape: Shape, remark?: string): Uint8Array {
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tupleText(shape)}, }`;
  const text = encodeText(remark === undefined ? dictionary : `${dictionary} # ${remark}`);
  // numpy leaves room to grow the first axis to any 64-bit number.
  const grown = remark === undefined && shape.length > 0 ? 21 - String(shape[0]).length : 0;
  const wanted = text.length + grown + 1;
  const version = wanted + PREFIX_BYTES + 2 > 0xffff ? 2 : 1;
  const start = PREFIX_BYTES + (version === 1 ? 2 : 4);
  // As numpy counts: where the text would fit exactly, a whole further line of blanks.
  const end = (Math.floor((start + wanted) / ALIGNMENT) + 1) * ALIGNMENT;
  const bytes = new Uint8Array(end).fill(0x20);
  bytes.set(MAGIC);
  bytes.set([version, 0], MAGIC.length);
  const view = new DataView(bytes.buffer);
  if (version === 1) view.setUint16(PREFIX_BYTES, end - start, true);
  else view.setUint32(PREFIX_BYTES, end - start, true);
  bytes.set(text, start);
  bytes[end - 1] = 0x0a;
  return bytes;
}
