/**
 * The `checkpoint` file that a Saver leaves beside its checkpoints: which one is the latest, and which are kept. A text
 * message CheckpointState { 1 model_checkpoint_path · 2 all_model_checkpoint_paths · 3 all_model_checkpoint_timestamps ·
 * 4 last_preserved_timestamp }. Paths are absolute or relative to the file's own directory.
 * Source: tensorflow/python/training/checkpoint_state.proto.
 */
import { decodeText } from '../bytes/text.ts';
import { parseTextFormat, type TextValue } from '../proto/text-format.ts';

export interface CheckpointState {
  /** As written; undefined when the file names none. */
  readonly latest: string | undefined;
  /** As written, oldest first. */
  readonly all: readonly string[];
}

function textOf(value: TextValue): string | undefined {
  if (value.kind === 'bytes') return decodeText(value.bytes);
  return value.kind === 'word' ? value.word : undefined;
}

/** Decodes a state file; throws `CorruptError` for text that is no message. */
export function parseCheckpointState(text: string): CheckpointState {
  const fields = parseTextFormat(text);
  const pathsOf = (wanted: string): string[] =>
    fields.filter(({ name }) => name === wanted).map(({ value }) => textOf(value) ?? '');
  return {
    latest: pathsOf('model_checkpoint_path').at(-1),
    all: pathsOf('all_model_checkpoint_paths'),
  };
}
