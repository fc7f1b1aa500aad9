/**
 * A Magenta bundle (`.mag`): one message with a checkpoint of TensorFlow in it, as Saver wrote the file, and the graph beside it.
 *
 *     1  the generator: 1 its name, 2 what it does      3  the .meta of the checkpoint
 *     2  the checkpoint; more than one was never written 4  what the bundle is
 *
 * Source: GeneratorBundle in magenta's protobuf/generator.proto.
 */
import { type ByteSource, type Run, readBytes } from '../bytes/source.ts';
import { SourceReader } from '../bytes/source-reader.ts';
import { decodeText } from '../bytes/text.ts';
import { CkptError } from '../errors.ts';
import { DELIMITED, readDelimited, readTag, skipField } from './wire.ts';

export interface GeneratorBundle {
  /** What its generator is called, where it says so. */
  readonly generator: string | undefined;
  /** Where the checkpoint lies in the file, or several. */
  readonly checkpoints: readonly Run[];
  /** Where the MetaGraphDef lies. */
  readonly graph: Run | undefined;
}

const GENERATOR = 1;
const CHECKPOINT = 2;
const GRAPH = 3;
const DESCRIPTION = 4;

/** What a message can begin with: the tag of the generator, or of a checkpoint. */
const FIRST_BYTES = [GENERATOR, CHECKPOINT].map((number) => number * 8 + DELIMITED);

/** Whether a file may be a bundle, by its first byte. */
export const mayBeBundle = (file: ByteSource): boolean =>
  file.byteLength >= 2 && FIRST_BYTES.includes(readBytes(file, 0, 1)[0] as number);

/** None has more checkpoints than this: one is all that was ever written. */
const MOST_CHECKPOINTS = 100;
/** No name is longer than this. */
const MOST_NAME_BYTES = 1 << 16;

/** The fields of a message that are runs of bytes, and nothing but known ones to its very end; undefined for another message. */
function runsOf(file: ByteSource): Map<number, Run[]> | undefined {
  const runs = new Map<number, Run[]>();
  const reader = new SourceReader(file);
  while (reader.position < file.byteLength) {
    const tag = reader.varint();
    const number = tag >>> 3;
    if ((tag & 7) !== DELIMITED || number < GENERATOR || number > DESCRIPTION) return undefined;
    const length = reader.varint();
    const known = runs.get(number) ?? [];
    if (known.length >= (number === CHECKPOINT ? MOST_CHECKPOINTS : 1)) return undefined;
    known.push({ offset: reader.position, length });
    runs.set(number, known);
    reader.skip(length);
  }
  return runs;
}

/** Whether a run begins as a table does, with the empty key: a MetaGraphDef has the same fields, and a graph for the second. */
function isTable(file: ByteSource, { offset, length }: Run): boolean {
  return length >= 2 && readBytes(file, offset, 2).every((byte) => byte === 0);
}

function nameIn(file: ByteSource, { offset, length }: Run): string | undefined {
  if (length > MOST_NAME_BYTES) return undefined;
  const bytes = readBytes(file, offset, length);
  const cursor = { bytes, at: 0, end: length };
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === GENERATOR * 8 + DELIMITED) {
      const { at, end } = readDelimited(cursor);
      return decodeText(bytes.subarray(at, end));
    }
    skipField(cursor, tag);
  }
  return undefined;
}

/** What a bundle holds; undefined for a file that is none. Most are told by their first byte. */
export function generatorBundleOf(file: ByteSource): GeneratorBundle | undefined {
  if (!mayBeBundle(file)) return undefined;
  try {
    const runs = runsOf(file);
    const checkpoints = runs?.get(CHECKPOINT) ?? [];
    if (runs === undefined || checkpoints.length === 0) return undefined;
    if (!checkpoints.every((run) => isTable(file, run))) return undefined;
    const [generator] = runs.get(GENERATOR) ?? [];
    const name = generator === undefined ? undefined : nameIn(file, generator);
    return { generator: name, checkpoints, graph: runs.get(GRAPH)?.[0] };
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  }
}
