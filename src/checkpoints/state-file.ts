/**
 * The `checkpoint` file that a Saver leaves beside its checkpoints: which one is the latest, and which are kept. A text
 * message CheckpointState { 1 model_checkpoint_path · 2 all_model_checkpoint_paths · 3 all_model_checkpoint_timestamps ·
 * 4 last_preserved_timestamp }. Paths are absolute or relative to the file's own directory.
 * Source: tensorflow/python/training/checkpoint_state.proto.
 */
import { readBytes } from '../bytes/source.ts';
import { decodeText } from '../bytes/text.ts';
import type { Store } from '../io/store.ts';
import { withFile } from '../io/stored.ts';
import { parseTextFormat, type TextField, type TextValue } from '../proto/text-format.ts';

/** Far more than any state file takes. */
export const MOST_STATE_BYTES = 1 << 20;

export interface CheckpointState {
  /** As written; undefined when the file names none. */
  readonly latest: string | undefined;
  /** As written, oldest first. */
  readonly all: readonly string[];
  /** When each of `all` was saved, in seconds since 1970; none where the writer kept none, as a Saver does. */
  readonly timestamps: readonly number[];
  /** When the last of those was saved that are kept for good, in seconds since 1970; undefined where none was noted. */
  readonly lastPreserved: number | undefined;
}

function textOf(value: TextValue): string {
  if (value.kind === 'bytes') return decodeText(value.bytes);
  return value.kind === 'word' ? value.word : '';
}

/** `1.5`, `1e+20`, `1f`, `inf`, `-Infinity`; NaN for what is no number. */
function numberOf(value: TextValue): number {
  const text = textOf(value);
  const infinite = /^([-+]?)inf(?:inity)?f?$/i.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return text === '' ? Number.NaN : Number(text.replace(/^([-+]?[\d.]+(?:e[-+]?\d+)?)f$/i, '$1'));
}

/** Decodes a state file; fields that it does not know are skipped. Throws `CorruptError` for text that is no message. */
export function parseCheckpointState(text: string): CheckpointState {
  const fields = parseTextFormat(text);
  const valuesOf = (wanted: string): TextValue[] =>
    fields.filter(({ name }) => name === wanted).map(({ value }) => value);
  const latest = valuesOf('model_checkpoint_path').at(-1);
  const preserved = valuesOf('last_preserved_timestamp').at(-1);
  return {
    latest: latest === undefined ? undefined : textOf(latest) || undefined,
    all: valuesOf('all_model_checkpoint_paths').map(textOf),
    timestamps: valuesOf('all_model_checkpoint_timestamps').map(numberOf),
    lastPreserved: preserved === undefined ? undefined : numberOf(preserved),
  };
}

/** After comments, one of the fields. */
const FIELD = /^\s*(?:#[^\n]*\n\s*)*(?:(?:all_)?model_checkpoint_(?:paths?|timestamps)|last_preserved_timestamp)\s*:/;

/** Whether a text is that of a state file, by what it begins with. */
export function isStateText(text: string): boolean {
  return FIELD.test(text);
}

/** The text of a state file, be it in UTF-8 or, as some editors leave it, in UTF-16; undefined for a file too large to be one. */
export function readStateText(store: Store, path: string): string | undefined {
  if ((store.size(path) ?? 0) > MOST_STATE_BYTES) return undefined;
  const bytes = withFile(store, path, (file) => readBytes(file, 0, file.byteLength));
  const encoding = utf16Of(bytes);
  return encoding === undefined ? decodeText(bytes) : new TextDecoder(encoding).decode(bytes);
}

function utf16Of([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

const PATHS = ['model_checkpoint_path', 'all_model_checkpoint_paths'];
const TIMES = ['all_model_checkpoint_timestamps', 'last_preserved_timestamp'];
/** Python takes `\u` and `\U` for the number of a character, as in a path of Windows whose backslashes are not doubled. */
const BARE_UNICODE = /(?<!\\)(?:\\\\)*\\[uU](?![\da-fA-F]{4})/;

/** What a field says that TensorFlow does not take. */
function refusedField({ name, value }: TextField): string | undefined {
  if (PATHS.includes(name)) {
    if (value.kind === 'word') return `the path ${value.word} is not in quotes`;
    const isText = value.kind === 'bytes' && !/[\udc80-\udcff]/.test(decodeText(value.bytes));
    return isText ? undefined : `a path in ${name} is no text in UTF-8`;
  }
  if (!TIMES.includes(name)) return `${name} is no field of it`;
  if (value.kind === 'word' && (!Number.isNaN(numberOf(value)) || value.word === 'nan')) return undefined;
  return `${name} is no number`;
}

/**
 * Why TensorFlow does not read a state file that is read here; undefined where it does. It takes UTF-8 without a byte-order
 * mark, and of the text format no more than the fields of the message, paths in quotes (google.protobuf.text_format).
 */
export function refusedByTensorFlow(store: Store, path: string): string | undefined {
  const bytes = withFile(store, path, (file) => readBytes(file, 0, Math.min(file.byteLength, MOST_STATE_BYTES)));
  if (utf16Of(bytes) !== undefined) return 'it is in UTF-16, and not in UTF-8';
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'it begins with a byte-order mark';
  const text = decodeText(bytes);
  if (BARE_UNICODE.test(text)) return 'backslashes in a path are not doubled';
  for (const field of parseTextFormat(text)) {
    const refused = refusedField(field);
    if (refused !== undefined) return refused;
  }
  return undefined;
}
