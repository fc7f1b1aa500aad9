/** What the bytes of a file look like: zeros, line ends that were changed, text where no text should be. */

import { type ByteSource, chunksOf, readBytes } from '../bytes/source.ts';
import { type Foreign, readHead, recogniseFile } from '../io/recognise.ts';
import type { Store } from '../io/store.ts';

const LOOK_BYTES = 1 << 16;

/** How many bytes at the end of a source are zero: all of them, or those behind the last byte that is not. */
export function zeroTail(source: ByteSource): number {
  for (let end = source.byteLength; end > 0; end -= LOOK_BYTES) {
    const start = Math.max(0, end - LOOK_BYTES);
    const chunk = readBytes(source, start, end - start);
    for (let i = chunk.length - 1; i >= 0; i--) if (chunk[i] !== 0) return source.byteLength - (start + i + 1);
  }
  return source.byteLength;
}

export interface Patterns {
  /** CR LF. */
  readonly crlf: number;
  /** LF without a CR before it. */
  readonly bareLf: number;
  /** EF BF BD, the character that stands for bytes which are no text. */
  readonly replaced: number;
}

/** Counts what a treatment as text leaves behind; reads the whole source. */
export function textPatterns(source: ByteSource): Patterns {
  let [crlf, bareLf, replaced] = [0, 0, 0];
  let [last, beforeLast] = [0, 0];
  for (const chunk of chunksOf(source)) {
    for (const byte of chunk) {
      if (byte === 0x0a) {
        if (last === 0x0d) crlf++;
        else bareLf++;
      } else if (byte === 0xbd && last === 0xbf && beforeLast === 0xef) replaced++;
      beforeLast = last;
      last = byte;
    }
  }
  return { crlf, bareLf, replaced };
}

/** The bytes with every CR LF as the LF that it was. */
export function withPlainLineEnds(bytes: Uint8Array): Uint8Array {
  const plain = new Uint8Array(bytes.length);
  let length = 0;
  for (const [i, byte] of bytes.entries()) if (byte !== 0x0d || bytes[i + 1] !== 0x0a) plain[length++] = byte;
  return plain.subarray(0, length);
}

/** Whether the bytes are those of a text: printable throughout, with the usual controls. */
function isText(text: string): boolean {
  return text.length > 0 && !/[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(text);
}

/** A node of a graph comes first: its name, then its operation. */
const GRAPH_DEF = /^\n.{1,5}\n.[\w./-]+\x12.[A-Z][A-Za-z0-9]+/s;
/** Version of the schema, then a graph with its tags. */
const SAVED_MODEL = /^\x08\x01\x12.{1,5}\n/s;
/** Version of the format, then the name of the program that wrote it. */
const ONNX_MODEL = /^\x08[\x01-\x1f]\x12[\x02-\x30][\w. -]{2,}/;

/** What a file is that is no checkpoint: by its first bytes, and by a closer look that a listing has no time for. */
export function kindOf(store: Store, path: string): Foreign | undefined {
  const known = recogniseFile(store, path);
  if (known !== undefined || store.size(path) === undefined) return known;
  const text = String.fromCharCode(...readHead(store, path));
  const is = (kind: string, what: string): Foreign => ({ kind, sentence: `is ${what}, not a TensorFlow checkpoint` });
  if (ONNX_MODEL.test(text)) return is('onnx', 'an ONNX model');
  if (GRAPH_DEF.test(text)) return is('graph', 'a TensorFlow graph (GraphDef, .pb)');
  if (SAVED_MODEL.test(text)) return is('graph', 'the graph of a SavedModel');
  if (!isText(text)) return undefined;
  return /^\s*[{[]/.test(text) ? is('json', 'a JSON text') : is('text', 'a text');
}

/** What a web page or an error in XML says of itself. */
export function pageTitle(store: Store, path: string): string | undefined {
  const text = String.fromCharCode(...readHead(store, path));
  return /<(title|Code)>\s*([^<]{1,120}?)\s*<\/\1>/i.exec(text)?.[2];
}
