/** Writing a `checkpoint` state file, byte for byte as TensorFlow does. */
import { decodeText, encodeText } from '../bytes/text.ts';
import { writeFileAtOnce } from '../io/write-file.ts';
import type { CheckpointState } from './state-file.ts';

const SHORT: Readonly<Record<string, string>> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '"': '\\"',
  "'": "\\'",
  '\\': '\\\\',
};
/** What stands escaped: controls, quotes, the backslash, and bytes that are no text. */
const ESCAPED = /[\0-\x1f\x7f"'\\\udc80-\udcff]/gu;

function escapeCharacter(character: string): string {
  return SHORT[character] ?? `\\${(character.charCodeAt(0) & 0xff).toString(8).padStart(3, '0')}`;
}

/** A string as protobuf's text format prints it: quoted, text beyond ASCII raw. */
function quoted(text: string): string {
  const known = decodeText(encodeText(text));
  return `"${known.replace(ESCAPED, escapeCharacter)}"`;
}

/** A double as Python prints it, which is what TensorFlow's file holds: `1.0`, `1e+16`, `1e-05`, `inf`. */
function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (power < -4 || power >= 16) {
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  const plain = String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

/**
 * The text of a state file, byte for byte as TensorFlow writes it (`text_format.MessageToString` of a CheckpointState in
 * tensorflow/python/checkpoint/checkpoint_management.py). `parseCheckpointState` gives the state back.
 */
export function formatCheckpointState({ latest, all, timestamps, lastPreserved }: CheckpointState): string {
  const lines = [
    ...(latest === undefined || latest === '' ? [] : [`model_checkpoint_path: ${quoted(latest)}`]),
    ...all.map((path) => `all_model_checkpoint_paths: ${quoted(path)}`),
    ...timestamps.map((seconds) => `all_model_checkpoint_timestamps: ${pythonFloat(seconds)}`),
    ...(lastPreserved === undefined || Object.is(lastPreserved, 0)
      ? []
      : [`last_preserved_timestamp: ${pythonFloat(lastPreserved)}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** Writes a state file in the place of an older one, in one atomic step. */
export function writeCheckpointState(path: string, state: CheckpointState): void {
  writeFileAtOnce(path, encodeText(formatCheckpointState(state)));
}
