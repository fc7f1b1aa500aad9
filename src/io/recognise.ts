/**
 * What a file is when it is no checkpoint: people are handed Git LFS pointers, web pages, archives and other frameworks'
 * files under the name of a checkpoint. Told by content, from the first bytes; each has a sentence with the way out.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { fileSize } from './file-source.ts';

export interface Foreign {
  readonly kind: string;
  /** What it is and what to do, without the path. */
  readonly sentence: string;
}

const HEAD_BYTES = 4096;

/** The first bytes of a file. */
export function readHead(path: string): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES);
  const fd = openSync(path, 'r');
  try {
    return bytes.subarray(0, readSync(fd, bytes, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(fd);
  }
}

function startsWith(head: Uint8Array, ...bytes: number[]): boolean {
  return bytes.every((byte, i) => head[i] === byte);
}

/** A PyTorch file is a zip with a `data.pkl` in it; the name stands in the first bytes. */
function zipSentence(text: string): Foreign {
  if (/data\.pkl|\.data\/|\/version\b/.test(text)) {
    return { kind: 'pytorch', sentence: 'is a PyTorch file (a zip with a pickle in it), not a TensorFlow checkpoint' };
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

const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const TORCH_MAGIC = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20];

/** What the first bytes say, or undefined when they say nothing. */
export function recogniseBytes(head: Uint8Array, size: number): Foreign | undefined {
  const text = new TextDecoder('latin1').decode(head);
  if (size === 0) return { kind: 'empty', sentence: 'is empty (0 bytes); the download or copy did not finish' };
  if (text.startsWith('version https://git-lfs')) {
    const bytes = /^size (\d+)$/m.exec(text)?.[1];
    const real = bytes === undefined ? '' : ` of ${bytes} bytes`;
    return {
      kind: 'lfs-pointer',
      sentence: `is a Git LFS pointer, not the file${real} itself; run 'git lfs pull' where it was cloned`,
    };
  }
  if (/^\s*(<!doctype html|<html|<head|<\?xml)/i.test(text)) {
    return { kind: 'html', sentence: 'is an HTML page, not a checkpoint; the download answered with a web page' };
  }
  if (startsWith(head, 0x50, 0x4b, 0x03, 0x04)) return zipSentence(text);
  if (startsWith(head, 0x1f, 0x8b))
    return { kind: 'gzip', sentence: 'is compressed with gzip; unpack it with gunzip or tar xzf' };
  if (startsWith(head, ...TORCH_MAGIC) || (startsWith(head, 0x80) && /^\x80[\x02-\x05][c}\]()\x95]/.test(text))) {
    return {
      kind: 'pickle',
      sentence: 'is a Python pickle, as PyTorch writes; it is not opened, since a pickle can run code',
    };
  }
  if (startsWith(head, ...HDF5)) {
    return { kind: 'hdf5', sentence: 'is an HDF5 file (Keras .h5), not a TensorFlow checkpoint' };
  }
  if (isSafetensors(head, size))
    return { kind: 'safetensors', sentence: 'is a safetensors file, not a TensorFlow checkpoint' };
  if (text.slice(257, 262) === 'ustar') return { kind: 'tar', sentence: 'is a tar archive; unpack it with tar xf' };
  return undefined;
}

/** What a file is, by its first bytes, when it is something known that is no checkpoint. */
export function recogniseFile(path: string): Foreign | undefined {
  const size = fileSize(path);
  return size === undefined ? undefined : recogniseBytes(readHead(path), size);
}
