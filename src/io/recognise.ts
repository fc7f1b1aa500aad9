/**
 * What a file is when it is no checkpoint: people are handed Git LFS pointers, web pages, archives and other frameworks'
 * files under the name of a checkpoint. Told by content, from the first bytes; each has a sentence with the way out. What has
 * no magic bytes is told by recognise-closely.ts.
 */

import { readBytes } from '../bytes/source.ts';
import { decodeBytes } from '../bytes/text.ts';
import type { Store } from './store.ts';
import { withFile } from './stored.ts';

export interface Foreign {
  readonly kind: string;
  /** What it is and what to do, without the path. */
  readonly sentence: string;
}

/** So much of a file tells what it is. */
export const HEAD_BYTES = 4096;

/** The first bytes of a file. */
export function readHead(store: Store, path: string): Uint8Array {
  return withFile(store, path, (file) => readBytes(file, 0, Math.min(HEAD_BYTES, file.byteLength)));
}

/** How weights of PyTorch come to be read here. */
const BY_TORCH =
  'load it with PyTorch, if you trust it, and save its state_dict with safetensors.torch.save_file, which ckpt reads';

/** Bytes of a zip's local header before the name. */
const ZIP_HEAD = 30;

/** The name of the first member of a zip that is a file; folders take no bytes. */
function firstMember(text: string): string {
  const name = text.slice(ZIP_HEAD, ZIP_HEAD + text.charCodeAt(26) + text.charCodeAt(27) * 256);
  const next = ZIP_HEAD + name.length + text.charCodeAt(28) + text.charCodeAt(29) * 256;
  return name.endsWith('/') && text.startsWith('PK\x03\x04', next) ? firstMember(text.slice(next)) : name;
}

/** A PyTorch file is a zip with a `data.pkl` in it; the name stands in the first bytes. */
function zipSentence(text: string): Foreign {
  if (firstMember(text).endsWith('.npy')) return foreign('npz', 'a NumPy archive (.npz)');
  if (/data\.pkl|\.data\/|\/version\b/.test(text)) {
    const lightning = text.includes('pytorch-lightning_version');
    const who = lightning ? 'PyTorch Lightning checkpoint' : 'PyTorch file';
    return {
      kind: lightning ? 'lightning' : 'pytorch',
      sentence: `is a ${who} (a zip with a pickle in it), not a TensorFlow checkpoint; ${BY_TORCH}`,
    };
  }
  if (text.includes('config.json') || text.includes('model.weights.h5')) {
    return { kind: 'keras', sentence: 'is a Keras 3 archive (.keras), not a TensorFlow checkpoint' };
  }
  return { kind: 'zip', sentence: 'is a zip archive; unpack it and name the checkpoint inside' };
}

function isSafetensors(head: Uint8Array, size: number): boolean {
  if (head.length < 10 || head[8] !== 0x7b) return false;
  const length = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));
  return length > 1 && length + 8 <= size;
}

export const foreign = (kind: string, what: string): Foreign => ({
  kind,
  sentence: `is ${what}, not a TensorFlow checkpoint`,
});
const packed = (kind: string, command: string): Foreign => ({
  kind,
  sentence: `is compressed with ${kind}; unpack it with ${command}`,
});

/** Kinds of files by the bytes they begin with, as Latin-1 text. */
const BEGINNINGS: readonly (readonly [RegExp, Foreign])[] = [
  [
    /^\s*(<!doctype html|<html|<head|<\?xml)/i,
    { kind: 'html', sentence: 'is an HTML page, not a checkpoint; the download answered with a web page' },
  ],
  [/^\x1f\x8b/, packed('gzip', 'gunzip or tar xzf')],
  [/^BZh[1-9]/, packed('bzip2', 'bunzip2 or tar xjf')],
  [/^\xfd7zXZ\0/, packed('xz', 'unxz or tar xJf')],
  [/^\x28\xb5\x2f\xfd/, packed('zstd', 'unzstd')],
  [/^7z\xbc\xaf\x27\x1c/, packed('7z', '7z x')],
  [/^Rar!\x1a\x07/, packed('rar', 'unrar x')],
  [
    /^(\([dl]p\d+\n|c(copy_reg|numpy|collections|__builtin__|builtins|torch)[\w.]*\n)|^\x80(\x02\x8a\nl\xfc\x9cF\xf9 |[\x02-\x05][c}\]()\x95])/,
    {
      kind: 'pickle',
      sentence: `is a Python pickle, as PyTorch writes; it is not opened, since a pickle can run code; ${BY_TORCH}`,
    },
  ],
  // A block of its user's may lie before it.
  [/^(?:.{512}|.{1024}|.{2048})?\x89HDF\r\n\x1a\n/s, foreign('hdf5', 'an HDF5 file (Keras .h5)')],
  [/^\x93NUMPY/, foreign('npy', 'a NumPy array (.npy)')],
  [
    /^\x0c\xdb\x3a\x2a/,
    {
      kind: 'orbax',
      sentence: 'is the manifest of an Orbax checkpoint (JAX), not a TensorFlow checkpoint; name its folder',
    },
  ],
  [/^GGUF/, foreign('gguf', 'a GGUF model')],
  [/^.{4}TFL3/s, foreign('tflite', 'a TensorFlow Lite model')],
  [/^.{20,40}brain\.Event:/s, foreign('events', 'a TensorBoard event file')],
  [/^.{257}ustar/s, { kind: 'tar', sentence: 'is a tar archive; unpack it with tar xf' }],
];

/** What the first bytes say, or undefined when they say nothing. */
export function recogniseBytes(head: Uint8Array, size: number): Foreign | undefined {
  const text = decodeBytes(head);
  if (size === 0) return { kind: 'empty', sentence: 'is empty (0 bytes); the download or copy did not finish' };
  if (text.startsWith('version https://git-lfs')) {
    const bytes = /^size (\d+)$/m.exec(text)?.[1];
    const real = bytes === undefined ? '' : ` of ${bytes} bytes`;
    return {
      kind: 'lfs-pointer',
      sentence: `is a Git LFS pointer, not the file${real} itself; run 'git lfs pull' where it was cloned`,
    };
  }
  if (text.startsWith('PK\x03\x04')) return zipSentence(text);
  // An archive of nothing: what numpy writes of no arrays.
  if (text.startsWith('PK\x05\x06') && size < 100_000) return foreign('npz', 'a NumPy archive (.npz)');
  const known = BEGINNINGS.find(([beginning]) => beginning.test(text))?.[1];
  return known ?? (isSafetensors(head, size) ? foreign('safetensors', 'a safetensors file') : undefined);
}

/** What a file is, by its first bytes, when it is something known that is no checkpoint. */
export function recogniseFile(store: Store, path: string): Foreign | undefined {
  const size = store.size(path);
  return size === undefined ? undefined : recogniseBytes(readHead(store, path), size);
}
