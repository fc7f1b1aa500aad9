/**
 * The `checkpoint` file that a Saver leaves beside its checkpoints: which one is the latest, and which are kept. A text
 * message CheckpointState { 1 model_checkpoint_path · 2 all_model_checkpoint_paths · 3 all_model_checkpoint_timestamps ·
 * 4 last_preserved_timestamp }. Paths are absolute or relative to the file's own directory.
 * Source: tensorflow/python/training/checkpoint_state.proto.
 */
import { decodeText } from '../bytes/text.ts';
import { parseTextFormat, type TextValue } from '../proto/text-format.ts';

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
