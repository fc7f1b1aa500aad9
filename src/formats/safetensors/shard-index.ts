/**
 * `model.safetensors.index.json`: which tensor of a model in several files lies in which, as huggingface_hub writes it:
 * {"metadata": {"total_size": bytes, ...}, "weight_map": {name: file name}}.
 */

import { membersOf, parseStrictJson } from '../../bytes/strict-json.ts';
import { encodeText } from '../../bytes/text.ts';
import { TextMap } from '../../bytes/text-map.ts';
import { CorruptError } from '../../errors.ts';

/** Far more than an index of a million tensors takes. */
export const MOST_INDEX_BYTES = 256 << 20;

export interface ShardIndex {
  /** File names, in order. */
  readonly files: readonly string[];
  /** The file of each tensor, as a number in `files`. */
  readonly fileOf: ReadonlyMap<string, number>;
}

/** Reads an index; throws {@link CorruptError} for one that is none, or that leads out of its folder. */
export function parseShardIndex(text: string): ShardIndex {
  const where = 'the index';
  const members = new TextMap(membersOf(parseStrictJson(text, where), where));
  if (!members.has('weight_map')) throw new CorruptError(`${where} has no weight_map`, { where });
  const pairs = membersOf(members.get('weight_map'), 'weight_map');
  const numbers = new Map<string, number>();
  for (const [name, file] of pairs) checkFileName(name, file);
  for (const file of [...new Set(pairs.map(([, file]) => file as string))].sort()) numbers.set(file, numbers.size);
  const fileOf = new TextMap(pairs.map(([name, file]) => [name, numbers.get(file as string) as number]));
  return { files: [...numbers.keys()], fileOf };
}

/** Nothing outside the folder is read, whatever an index says. */
function checkFileName(name: string, file: unknown): void {
  const plain = typeof file === 'string' && file !== '' && !/[/\\\0]|^\.{1,2}$|^[a-z]:/i.test(file);
  if (plain) return;
  const where = 'the index';
  throw new CorruptError(
    `${where} places ${JSON.stringify(name)} in ${JSON.stringify(file)?.slice(0, 200)}, which is no file beside it`,
    { where },
  );
}

/** The bytes of an index, laid out as huggingface_hub lays it out: two blanks a level, names as they are given. */
export function encodeShardIndex(
  fileOf: Iterable<readonly [name: string, file: string]>,
  totalBytes: number,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const weightMap = Object.fromEntries(fileOf);
  const index = { metadata: { ...Object.fromEntries(metadata), total_size: totalBytes }, weight_map: weightMap };
  return encodeText(`${JSON.stringify(index, undefined, 2)}\n`);
}
