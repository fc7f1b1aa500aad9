/** Makes a checkpoint with the index of a very deep BERT: sixteen variables a layer, each with two slots of Adam. */
import { bertLayer, SLOTS, writeIndex } from './bert.mjs';

const [root, prefix, count] = process.argv.slice(2);
const FLOAT32 = 1;

const tensors = [];
for (let layer = 0; tensors.length < Number(count); layer++) {
  const scope = `model/bert/encoder/layer_${String(layer).padStart(6, '0')}`;
  for (const [name, shape] of bertLayer(scope)) {
    for (const slot of SLOTS) if (tensors.length < Number(count)) tensors.push([name + slot, shape, FLOAT32]);
  }
}
await writeIndex(root, prefix, tensors);
