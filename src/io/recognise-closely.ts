/**
 * What a file is by the structure of its beginning, where no magic bytes tell: messages, records, plain numbers, texts. For
 * who has found no checkpoint in it; {@link recogniseFile} is the look that every listing has time for.
 */

import { crc32c, maskCrc } from '../bytes/crc32c.ts';
import { decodeBytes } from '../bytes/text.ts';
import { messagePackOf } from './message-pack.ts';
import { type Foreign, foreign, readHead, recogniseBytes } from './recognise.ts';
import type { Store } from './store.ts';

/** A node of a graph comes first: its name, then its operation. */
const GRAPH_DEF = /^\n.{1,5}\n.[\w./-]+\x12.[A-Z][A-Za-z0-9]+/s;
/** Version of the schema, then a graph with its tags. */
const SAVED_MODEL = /^\x08\x01\x12.{1,5}\n/s;
/** Version of the format, then the name of the program that wrote it. */
const ONNX_MODEL = /^\x08[\x01-\x1f]\x12[\x02-\x30][\w. -]{2,}/;
/** What the graph needs, a list of operations, comes first in a MetaGraphDef; or its version, then the list. */
const META_GRAPH = /^\n.{1,5}(\n.{1,40})?\x12.{1,5}\n.{1,5}\n.[A-Z][A-Za-z0-9]+[\n\x12\x1a"]/s;
/** Name of a generator and what it does, then the bytes of a checkpoint: magenta's generator.proto, fields 1 and 2. */
const MAGENTA_BUNDLE = /^\n.{1,2}\n.[\w./ -]+(\x12.{1,2}[ -\x7e]*)?\x12[\x80-\xff]*[\0-\x7f]\0\0/s;
/**
 * A name, then a tensor: dimensions, the dtype as a word (MindSpore's checkpoint.proto). Lengths are varints of up to five bytes,
 * dimensions of any length.
 */
const MINDSPORE =
  /^\n[\x80-\xff]{0,4}[\0-\x7f]\n[\x80-\xff]?[\0-\x7f][\w./:-]+\x12[\x80-\xff]{0,4}[\0-\x7f](\x08[\x80-\xff]{0,9}[\0-\x7f])*\x12.(Bool|U?Int\d+|B?Float\d+|Complex\d+|[Ss]tr(ing)?)[\x1a"]/s;

/** A record of TFRecord: its length, and the masked CRC-32C of these eight bytes. */
function isTfRecord(head: DataView, size: number): boolean {
  if (head.byteLength < 16 || head.getBigUint64(0, true) > BigInt(size - 16)) return false;
  const length = new Uint8Array(head.buffer, head.byteOffset, 8);
  return maskCrc(crc32c(length)) === head.getUint32(8, true);
}

/** Numbers of this size are those of a model; small integers, taken for floats, are far smaller. */
const isWeight = (value: number): boolean =>
  value === 0 || (Number.isFinite(value) && Math.abs(value) < 1e9 && Math.abs(value) > 1e-37);

/** So many of the numbers behind a header are looked at. */
const LOOKED_AT = 64;

/**
 * Darknet writes versions (0, 1 or 2, up to 5), the number of images seen (of eight bytes from 0.2 on), then float32 of all
 * layers (save_weights_upto in darknet's parser.c).
 */
function isDarknet(head: DataView, size: number): boolean {
  if (head.byteLength < 20) return false;
  const [major, minor, revision] = [0, 4, 8].map((at) => head.getUint32(at, true)) as [number, number, number];
  if (major !== 0 || minor < 1 || minor > 2 || revision > 9) return false;
  const start = minor === 2 ? 20 : 16;
  if (minor === 2 && head.getUint32(16, true) > 0xffff) return false;
  if ((size - start) % 4 !== 0 || size < start + 4) return false;
  const end = Math.min(head.byteLength - 3, start + LOOKED_AT * 4);
  for (let at = start; at < end; at += 4) if (!isWeight(head.getFloat32(at, true))) return false;
  return true;
}

/** Whether bytes, here as Latin-1, are those of a text: printable throughout, with the usual controls, in UTF-8 or Latin-1. */
function isText(text: string, head: Uint8Array): boolean {
  if (text.length === 0 || /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(text)) return false;
  return !/[\x80-\x9f]/.test(text) || isUtf8(head);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** What JSON of other frameworks says of itself. */
const JSON_KINDS: readonly (readonly [RegExp, Foreign])[] = [
  [
    /"(tree_metadata|item_handlers|init_timestamp_nsecs)"/,
    {
      kind: 'orbax',
      sentence: 'is the description of an Orbax checkpoint (JAX), not a TensorFlow checkpoint; name its folder',
    },
  ],
  [
    /"format"\s*:\s*"(layers|graph)-model"|"modelTopology"/,
    {
      kind: 'tfjs-model',
      sentence: 'is a model of TensorFlow.js without a list of its weights; name the model.json that has one',
    },
  ],
];

function textKind(text: string, head: Uint8Array): Foreign | undefined {
  if (!isText(text, head)) return undefined;
  if (!/^\s*[{[]/.test(text)) return foreign('text', 'a text');
  return JSON_KINDS.find(([pattern]) => pattern.test(text))?.[1] ?? foreign('json', 'a JSON text');
}

/** What keys look like; three of them are no chance. */
const KEY = /^[A-Za-z_][\w./-]+$/;

/** What MessagePack is: Flax's arrays, the description that T5X writes, or a map of anything. */
function packedKind(head: Uint8Array): Foreign | undefined {
  const packed = messagePackOf(head);
  if (packed === undefined) return undefined;
  const { extensions, strings } = packed;
  if (strings.includes('driver') && strings.includes('zarr')) {
    return {
      kind: 't5x',
      sentence: `is the description of a T5X checkpoint (JAX), whose arrays lie in the folders beside it, not a TensorFlow checkpoint; ${JAX_WAY}`,
    };
  }
  if (strings.some((one) => one.startsWith('PLACEHOLDER://'))) {
    return { kind: 'orbax', sentence: `is part of an Orbax checkpoint (JAX), not a TensorFlow checkpoint; ${JAX_WAY}` };
  }
  const isFlax = extensions.some((type) => type >= 1 && type <= 3) || strings.includes('__msgpack_chunked_array__');
  if (!isFlax)
    return strings.filter((one) => KEY.test(one)).length < 3 ? undefined : foreign('msgpack', 'a MessagePack file');
  return {
    kind: 'flax',
    sentence: `is a Flax checkpoint (MessagePack, JAX), not a TensorFlow checkpoint; ${JAX_WAY}`,
  };
}

/** How weights of JAX come to be read here. */
export const JAX_WAY = 'load it with JAX and save its arrays with safetensors.flax.save_file, which ckpt reads';

const MESSAGES: readonly (readonly [RegExp, Foreign])[] = [
  [
    MAGENTA_BUNDLE,
    {
      kind: 'magenta',
      sentence: 'is a Magenta bundle (.mag) whose checkpoint is damaged or cut off; get the bundle again',
    },
  ],
  [
    MINDSPORE,
    {
      kind: 'mindspore',
      sentence:
        'is a MindSpore checkpoint, not a TensorFlow checkpoint; load it with MindSpore and save its parameters with mindspore.save_checkpoint(..., format="safetensors"), which ckpt reads',
    },
  ],
  [META_GRAPH, { kind: 'graph', sentence: 'is the graph of a checkpoint (.meta), and holds no values' }],
  [ONNX_MODEL, foreign('onnx', 'an ONNX model')],
  [GRAPH_DEF, foreign('graph', 'a TensorFlow graph (GraphDef, .pb)')],
  [SAVED_MODEL, foreign('graph', 'the graph of a SavedModel')],
];

/** What the first bytes of a file of `size` bytes are, by magic and by structure; undefined when they say nothing. */
export function recogniseHead(head: Uint8Array, size: number): Foreign | undefined {
  const known = recogniseBytes(head, size);
  if (known !== undefined) return known;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (isTfRecord(view, size)) {
    return { kind: 'tfrecord', sentence: 'is a TFRecord file (data to train on), not a checkpoint' };
  }
  if (isDarknet(view, size)) {
    return {
      kind: 'darknet',
      sentence:
        'is a Darknet weights file (YOLO), not a TensorFlow checkpoint; its layers are told by a .cfg file, and converters for YOLO turn both into Keras or TensorFlow',
    };
  }
  const text = decodeBytes(head);
  return MESSAGES.find(([beginning]) => beginning.test(text))?.[1] ?? packedKind(head) ?? textKind(text, head);
}

/** What a file is that is no checkpoint, by all that its beginning tells. */
export function recogniseClosely(store: Store, path: string): Foreign | undefined {
  const size = store.size(path);
  return size === undefined ? undefined : recogniseHead(readHead(store, path), size);
}

/** As TensorFlow.js's converter calls the files of weights beside a model.json. */
const TFJS_SHARD = /(^|[\\/])group\d+-shard\d+of\d+(\.bin)?$/;

/** What a file is by its name, where its bytes are numbers that may be anything's. */
export function recogniseByName(path: string): Foreign | undefined {
  if (!TFJS_SHARD.test(path)) return undefined;
  return {
    kind: 'data-file',
    sentence:
      'is a data file of TensorFlow.js, and the model.json that lists its weights is not beside it; get that as well',
  };
}
