/**
 * Makes a checkpoint of TF2 that goes by objects: a model of layers of sixteen variables, and an optimizer with two slots for
 * each, with the object graph that tells so, or with `keys` without it. Only the graph has content in the data file; beside it
 * lies the same in a file of its own, as what must be read.
 */
import { writeFileSync } from 'node:fs';
import { bertLayer, writeIndex } from './bert.mjs';
import { source } from './source.mjs';

const [root, prefix, count, graph] = process.argv.slice(2);
const { encodeObjectGraph } = await source(root, 'object-graph/encode-object-graph.ts');

const FLOAT32 = 1;
const INT64 = 9;
const VALUE = '.ATTRIBUTES/VARIABLE_VALUE';

const nodes = [];
const tensors = [];
const add = (attributes = []) => {
  const children = [];
  nodes.push({ children, attributes, slotVariables: [], hasCheckpointValues: true });
  return nodes.length - 1;
};
const variable = (checkpointKey, fullName, shape, dtype = FLOAT32) => {
  tensors.push([checkpointKey, shape, dtype]);
  return add([{ name: 'VARIABLE_VALUE', fullName, checkpointKey }]);
};
const child = (of, localName) => {
  const known = nodes[of].children.find((reference) => reference.localName === localName);
  if (known !== undefined) return known.nodeId;
  const nodeId = add();
  nodes[of].children.push({ nodeId, localName });
  return nodeId;
};

const top = add();
const model = child(top, 'model');
const optimizer = child(top, 'optimizer');
for (const setting of ['iter', 'decay', 'learning_rate']) {
  const dtype = setting === 'iter' ? INT64 : FLOAT32;
  const nodeId = variable(`optimizer/${setting}/${VALUE}`, `Adam/${setting}`, [], dtype);
  nodes[optimizer].children.push({ nodeId, localName: setting });
}
for (let layer = 0; tensors.length < Number(count); layer++) {
  const label = `layer-${String(layer).padStart(6, '0')}`;
  const layerNode = add();
  nodes[model].children.push({ nodeId: layerNode, localName: label });
  for (const [name, shape] of bertLayer('')) {
    if (tensors.length >= Number(count)) break;
    const path = `model/${label}${name}`;
    const [last, ...scopes] = name.slice(1).split('/').reverse();
    const owner = scopes.reverse().reduce(child, layerNode);
    const id = variable(`${path}/${VALUE}`, `${label}${name}`, shape);
    nodes[owner].children.push({ nodeId: id, localName: last });
    for (const slotName of ['m', 'v']) {
      if (tensors.length >= Number(count)) break;
      const slot = variable(
        `${path}/.OPTIMIZER_SLOT/optimizer/${slotName}/${VALUE}`,
        `Adam/${label}${name}/${slotName}`,
        shape,
      );
      nodes[optimizer].slotVariables.push({ originalVariableNodeId: id, slotName, slotVariableNodeId: slot });
    }
  }
}
const encoded = graph === 'keys' ? [] : [['_CHECKPOINTABLE_OBJECT_GRAPH', encodeObjectGraph({ nodes })]];
for (const [, bytes] of encoded) writeFileSync(`${prefix}.pb`, bytes);
await writeIndex(root, prefix, tensors, encoded);
