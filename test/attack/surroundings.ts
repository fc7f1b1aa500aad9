/** What lies in and beside a checkpoint and tells of it: object graphs, `.meta` files, SavedModels, state files; each may lie. */
import { bundle, type Files, stringScalar } from './bundles.ts';
import { anyMessage, bytesField, type Chance, joined, nameBytes, number, numberField, spoilt, text } from './chance.ts';

const KEYS = ['a', 'a/b', 'layer/.ATTRIBUTES/VARIABLE_VALUE', 'model/kernel/.ATTRIBUTES/VARIABLE_VALUE', '__proto__'];
const CHILDREN = ['model', 'optimizer', 'layer', 'kernel', '_variables', '0', 'm', '__proto__', '../x', 'a/b', '.S'];

const child = (chance: Chance): Uint8Array =>
  bytesField(1, joined(numberField(1, number(chance, 5), chance), bytesField(2, text(chance.of(CHILDREN)))));

const attribute = (chance: Chance): Uint8Array =>
  bytesField(
    2,
    joined(
      bytesField(1, text(chance.once(4) ? 'OBJECT_CONFIG_JSON' : 'VARIABLE_VALUE')),
      bytesField(2, nameBytes(chance)),
      bytesField(3, chance.once(4) ? nameBytes(chance) : text(chance.of(KEYS))),
    ),
  );

const slot = (chance: Chance): Uint8Array =>
  bytesField(
    3,
    joined(
      numberField(1, number(chance, 5)),
      bytesField(2, text(chance.of(['m', 'v', '../x']))),
      numberField(3, number(chance, 5)),
    ),
  );

/** An object graph, with cycles, with references that lead nowhere, or of anything. */
function objectGraph(chance: Chance): Uint8Array {
  if (chance.once(10)) return anyMessage(chance);
  const nodes = chance.list(6, () =>
    bytesField(
      1,
      spoilt(
        joined(
          ...chance.list(4, () => child(chance)),
          ...chance.list(2, () => attribute(chance)),
          ...chance.list(2, () => slot(chance)),
          ...(chance.once(6)
            ? [bytesField(4, joined(bytesField(1, nameBytes(chance)), bytesField(2, nameBytes(chance))))]
            : []),
          ...(chance.once(3) ? [bytesField(5, numberField(1, 1n))] : []),
        ),
        chance,
      ),
    ),
  );
  return joined(...nodes);
}

/** A checkpoint of objects. */
export function ofObjects(prefix: string, chance: Chance): Files {
  const { entry, content } = stringScalar('_CHECKPOINTABLE_OBJECT_GRAPH', objectGraph(chance));
  return bundle(prefix, chance, [entry], content);
}

const shape = (chance: Chance): Uint8Array =>
  joined(...chance.list(3, () => bytesField(2, numberField(1, number(chance, 4), chance))));

const attr = (key: string, value: Uint8Array): Uint8Array =>
  bytesField(5, joined(bytesField(1, text(key)), bytesField(2, value)));

/** A node of a graph: a variable, the operation that saves, a constant of names, or anything. */
function node(chance: Chance): Uint8Array {
  if (chance.once(6)) return bytesField(1, anyMessage(chance, 3));
  const op = chance.of(['VariableV2', 'VarHandleOp', 'SaveV2', 'Const', 'Identity', 'RestoreV2', 'NoOp']);
  const name = chance.once(3)
    ? text(chance.of(['save/SaveV2', 'save/SaveV2/tensor_names', 'a', 'a/b']))
    : nameBytes(chance);
  const strings = joined(...chance.list(5, () => bytesField(8, nameBytes(chance))));
  const tensor = joined(numberField(1, 7n), bytesField(2, shape(chance)), strings);
  return bytesField(
    1,
    spoilt(
      joined(
        bytesField(1, name),
        bytesField(2, text(op)),
        ...chance.list(4, () =>
          bytesField(
            3,
            chance.once(2) ? text(chance.of(['save/Const', 'save/SaveV2/tensor_names', 'a', '^a'])) : nameBytes(chance),
          ),
        ),
        attr('shape', bytesField(7, shape(chance))),
        attr('dtype', numberField(6, number(chance, 25))),
        ...(op === 'Const' ? [attr('value', bytesField(8, tensor))] : []),
      ),
      chance,
    ),
  );
}

const variable = (chance: Chance): Uint8Array =>
  bytesField(
    1,
    spoilt(
      joined(bytesField(1, nameBytes(chance)), bytesField(3, nameBytes(chance)), numberField(7, number(chance, 1))),
      chance,
    ),
  );

const collection = (chance: Chance): Uint8Array =>
  bytesField(
    4,
    joined(
      bytesField(1, text(chance.of(['variables', 'trainable_variables', 'savers', '__proto__']))),
      bytesField(
        2,
        chance.once(3)
          ? bytesField(1, bytesField(1, nameBytes(chance)))
          : bytesField(2, joined(...chance.list(4, () => variable(chance)))),
      ),
    ),
  );

/** A MetaGraphDef. */
function metaGraph(chance: Chance): Uint8Array {
  return joined(
    bytesField(1, joined(bytesField(4, text('serve')), bytesField(5, nameBytes(chance)))),
    bytesField(2, spoilt(joined(...chance.list(8, () => node(chance))), chance)),
    bytesField(3, bytesField(2, chance.once(2) ? text('save/control_dependency:0') : nameBytes(chance))),
    ...chance.list(3, () => collection(chance)),
    ...(chance.once(3) ? [bytesField(7, bytesField(1, objectGraph(chance)))] : []),
  );
}

const WORDS = [
  'graph_def',
  'node',
  'name',
  ':',
  '{',
  '}',
  '<',
  '>',
  '[',
  ']',
  '"a"',
  "'b'",
  '"\\377\\x0',
  'op',
  '-1',
  '1e999',
  '#',
  '\n',
  ',',
  ';',
  'true',
  '"Const"',
  'attr',
  'key',
  'value',
  'collection_def',
  '\\',
  '\0',
];

/** A text encoding, more or less. */
const anyText = (chance: Chance): Uint8Array =>
  text(
    `meta_info_def { }\ngraph_def { node { name: "a" op: "VariableV2" } ${chance.list(40, () => chance.of(WORDS)).join(' ')}`,
  );

/** A checkpoint with a `.meta`. */
export function withMeta(prefix: string, chance: Chance): Files {
  const meta = chance.once(4) ? anyText(chance) : spoilt(metaGraph(chance), chance);
  return { ...bundle(prefix, chance), [`${prefix}.meta`]: meta };
}

/** A SavedModel. */
export function savedModel(directory: string, chance: Chance): Files {
  const graphs = chance.list(2, () => bytesField(2, metaGraph(chance)));
  const message = spoilt(joined(numberField(1, number(chance, 1)), ...graphs), chance);
  const name = chance.once(4) ? 'saved_model.pbtxt' : 'saved_model.pb';
  const files = chance.once(2)
    ? ofObjects(`${directory}/variables/variables`, chance)
    : bundle(`${directory}/variables/variables`, chance);
  return {
    ...files,
    [`${directory}/${name}`]: name.endsWith('txt') ? anyText(chance) : message,
    ...(chance.once(3) ? { [`${directory}/keras_metadata.pb`]: anyMessage(chance) } : {}),
  };
}

const PATHS = [
  'm',
  './m',
  '../x',
  '/tmp/../m',
  'C:\\\\model\\\\m',
  'm-?????-of-00002',
  '*a*a*a*a*a*a*a*a*b',
  '**/**/**/**/**/x',
  'm.index',
  '',
  '\\000',
  '\\377\\376',
  'a\\nb',
  '\\033[6n',
  '\\u202e',
  'x'.repeat(5000),
];

/** A directory with a state file. */
export function withState(directory: string, chance: Chance): Files {
  const path = (): string => `"${chance.of(PATHS)}"`;
  const lines = chance.list(12, () =>
    chance.of([
      `model_checkpoint_path: ${path()}`,
      `all_model_checkpoint_paths: ${path()}`,
      `all_model_checkpoint_timestamps: ${chance.of(['1.5', '-inf', 'nan', '1e999', '0x1', '--1'])}`,
      'last_preserved_timestamp: 3',
      `x { y: ${path()} }`,
      '{',
      'model_checkpoint_path: m',
    ]),
  );
  const body = text(lines.join(chance.once(5) ? '\r\n' : '\n'));
  const state = chance.once(8)
    ? joined(Uint8Array.of(0xef, 0xbb, 0xbf), body)
    : chance.once(12)
      ? joined(Buffer.from(Buffer.from(body).toString(), 'utf16le'))
      : spoilt(body, chance);
  return { ...bundle(`${directory}/m`, chance), [`${directory}/checkpoint`]: state };
}
