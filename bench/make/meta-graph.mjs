/**
 * Makes a checkpoint of TF1 as BERT's training leaves it: so many layers of sixteen variables, each with two slots of Adam,
 * and beside it the `.meta` of the program: for every variable its initializer and what reads it, the forward and backward
 * pass as nodes without content, the saver, and the collections of variables. The data file has its length and no content.
 */
import { writeFileSync } from 'node:fs';
import { bertLayer, INNER, SLOTS, WIDTH, writeIndex } from './bert.mjs';
import { source } from './source.mjs';

const [root, prefix, layers, nodes, withMeta] = process.argv.slice(2);
const { ByteWriter, writeDelimitedField, writeVarintField } = await source(
  root,
  'bytes/byte-writer.ts',
  'proto/wire.ts',
);

const FLOAT32 = 1;
const FLOAT32_REF = 101;
const INT64 = 9;
const encoder = new TextEncoder();

/** A message of fields in the order in which they are given: numbers as varints, texts and bytes as what they are. */
function message(...fields) {
  const writer = new ByteWriter();
  for (const [field, value] of fields) {
    if (typeof value === 'number') writeVarintField(writer, field, value);
    else writeDelimitedField(writer, field, typeof value === 'string' ? encoder.encode(value) : value);
  }
  return writer.toBytes();
}

const shapeMessage = (shape) => message(...shape.map((size) => [2, message([1, size])]));
const typeValue = (dtype) => message([6, dtype]);
const attributes = (values) => Object.entries(values).map(([key, value]) => [5, message([1, key], [2, value])]);
const node = (name, op, inputs, values) =>
  message([1, name], [2, op], ...inputs.map((input) => [3, input]), ...attributes(values));
const strings = (name, list) =>
  node(name, 'Const', [], {
    dtype: typeValue(7),
    value: message([8, message([1, 7], [2, shapeMessage([list.length])], ...list.map((text) => [8, text]))]),
  });

const classOf = (name) => message([1, message([2, `loc:@${name}`])]);

/** A variable as TF1 makes it: its value drawn, kept, assigned and read. */
function* variableNodes(name, shape, dtype) {
  const type = typeValue(dtype);
  const init = `${name}/Initializer/truncated_normal`;
  const of = { _class: classOf(name), dtype: type };
  yield node(`${init}/shape`, 'Const', [], { ...of, value: message([8, shapeMessage(shape)]) });
  yield node(`${init}/mean`, 'Const', [], { ...of, value: message([8, message([1, dtype], [5, new Uint8Array(4)])]) });
  yield node(`${init}/TruncatedNormal`, 'TruncatedNormal', [`${init}/shape`], { ...of, T: typeValue(3) });
  yield node(`${init}/mul`, 'Mul', [`${init}/TruncatedNormal`, `${init}/stddev`], { T: type, _class: classOf(name) });
  yield node(init, 'Add', [`${init}/mul`, `${init}/mean`], { T: type, _class: classOf(name) });
  yield node(name, 'VariableV2', [], {
    _class: classOf(name),
    container: message([2, '']),
    dtype: type,
    shape: message([7, shapeMessage(shape)]),
    shared_name: message([2, '']),
  });
  yield node(`${name}/Assign`, 'Assign', [name, init], {
    T: type,
    _class: classOf(name),
    use_locking: message([5, 1]),
  });
  yield node(`${name}/read`, 'Identity', [name], { T: type, _class: classOf(name) });
}

/** Nodes of the two passes, which nobody who looks for variables wants. */
function* passNodes(count) {
  const type = typeValue(FLOAT32);
  for (let i = 0; i < count; i++) {
    const scope = `bert/encoder/layer_${i % Number(layers)}/attention/self/MatMul_${i}`;
    const inputs = [`${scope}/transpose`, `gradients/${scope}/Reshape_1`];
    yield node(`gradients/${scope}_grad/tuple/control_dependency`, i % 3 === 0 ? 'Identity' : 'BatchMatMul', inputs, {
      T: type,
      _class: classOf(scope),
    });
  }
}

function* saverNodes(names) {
  yield strings('save/SaveV2/tensor_names', names);
  yield strings(
    'save/SaveV2/shape_and_slices',
    names.map(() => ''),
  );
  const inputs = ['save/Const', 'save/SaveV2/tensor_names', 'save/SaveV2/shape_and_slices', ...names];
  yield node('save/SaveV2', 'SaveV2', inputs, { dtypes: message([1, message([6, typeValue(FLOAT32)])]) });
  yield node('save/control_dependency', 'Identity', ['save/Const', '^save/SaveV2'], { T: typeValue(7) });
  for (const name of names) {
    yield node(`save/Assign_${name}`, 'Assign', [name, 'save/RestoreV2'], { T: typeValue(FLOAT32_REF) });
  }
}

function collection(name, variables) {
  const definitions = variables.map((variable) =>
    message(
      [1, `${variable}:0`],
      [2, `${variable}/Assign`],
      [3, `${variable}/read:0`],
      [6, `${variable}/Initializer/truncated_normal:0`],
    ),
  );
  return message([1, name], [2, message([2, message(...definitions.map((definition) => [1, definition]))])]);
}

function metaGraph(tensors, trained) {
  const names = tensors.map(([name]) => name);
  const graph = message(
    ...[...tensors].flatMap(([name, shape, dtype]) =>
      [...variableNodes(name, shape, dtype)].map((bytes) => [1, bytes]),
    ),
    ...[...passNodes(Number(nodes))].map((bytes) => [1, bytes]),
    ...[...saverNodes(names)].map((bytes) => [1, bytes]),
  );
  return message(
    [1, message([4, 'train'], [5, '1.15.0'])],
    [2, graph],
    [3, message([1, 'save/Const:0'], [2, 'save/control_dependency:0'], [3, 'save/restore_all'])],
    [4, collection('trainable_variables', trained)],
    [4, collection('variables', names)],
  );
}

const EMBEDDINGS = [
  ['bert/embeddings/word_embeddings', [30522, WIDTH]],
  ['bert/embeddings/position_embeddings', [512, WIDTH]],
  ['bert/embeddings/token_type_embeddings', [2, WIDTH]],
  ['bert/embeddings/LayerNorm/gamma', [WIDTH]],
  ['bert/embeddings/LayerNorm/beta', [WIDTH]],
  ['bert/pooler/dense/kernel', [WIDTH, WIDTH]],
  ['bert/pooler/dense/bias', [WIDTH]],
  ['cls/predictions/transform/dense/kernel', [WIDTH, INNER]],
  ['cls/predictions/transform/dense/bias', [WIDTH]],
  ['cls/predictions/transform/LayerNorm/beta', [WIDTH]],
  ['cls/predictions/transform/LayerNorm/gamma', [WIDTH]],
  ['cls/predictions/output_bias', [30522]],
  ['cls/seq_relationship/output_weights', [2, WIDTH]],
  ['cls/seq_relationship/output_bias', [2]],
];

const variables = EMBEDDINGS.slice(0, Number(layers) < 2 ? 0 : EMBEDDINGS.length);
for (let layer = 0; layer < Number(layers); layer++) variables.push(...bertLayer(`bert/encoder/layer_${layer}`));
const tensors = variables.flatMap(([name, shape]) => SLOTS.map((slot) => [name + slot, shape, FLOAT32]));
tensors.push(['global_step', [], INT64]);
await writeIndex(root, prefix, tensors);
if (withMeta === 'meta') {
  writeFileSync(
    `${prefix}.meta`,
    metaGraph(
      tensors,
      variables.map(([name]) => name),
    ),
  );
}
