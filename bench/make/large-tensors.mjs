/**
 * Makes a checkpoint of 32 float32 tensors through the library itself: normally distributed weights, one random mebibyte
 * again and again, numbered, so that no page is like another and none is empty. Shifted by
 * some pages, every number is another.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { normalFloats } from './normal-floats.mjs';

const [root, prefix, bytes, shift = '0'] = process.argv.slice(2);
const { dtypeOf, writeCheckpoint } = await import(pathToFileURL(join(root, 'dist/index.js')).href);

const TENSORS = 32;
const COLUMNS = 1024;
const PAGE = 4096;
const BLOCK = 2 ** 20;

const block = new Uint8Array(normalFloats(BLOCK / 4).buffer);

/** Content of one tensor: its pages follow each other in the block, and each starts with its number in the checkpoint. */
class Weights {
  constructor(byteLength, firstPage) {
    this.byteLength = byteLength;
    this.firstPage = firstPage;
  }

  readInto(target, offset) {
    if (offset % PAGE !== 0) throw new Error('the content is made in whole pages');
    const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
    for (let at = 0; at < target.length; at += PAGE) {
      const from = (offset + at + Number(shift) * PAGE) % BLOCK;
      const length = Math.min(PAGE, target.length - at);
      target.set(block.subarray(from, from + length), at);
      view.setFloat32(at, this.firstPage + (offset + at) / PAGE, true);
    }
  }
}

const each = Number(bytes) / TENSORS;
const tensors = new Map();
for (let i = 0; i < TENSORS; i++) {
  const source = new Weights(each, (i * each) / PAGE + Number(shift));
  const name = `encoder/layer_${String(i).padStart(2, '0')}/kernel`;
  tensors.set(name, { dtype: dtypeOf('float32'), shape: [each / 4 / COLUMNS, COLUMNS], byteLength: each, source });
}
await writeCheckpoint(prefix, tensors);
