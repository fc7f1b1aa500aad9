/**
 * Whether a graph saves its variables under their own names, as nearly every one does. Then the collections tell all that a
 * listing asks, and of a graph of ten thousand nodes only the save operation is read. Where it is not plain that it is so,
 * save-op-tensors.ts finds out.
 */

import { decodeText } from '../bytes/text.ts';
import { TextMap, TextSet } from '../bytes/text-map.ts';
import type { Cursor } from '../bytes/varint.ts';
import { CkptError } from '../errors.ts';
import type { EncodedMessage } from '../proto/encoded-message.ts';
import { enterDelimited, readTag, skipField } from '../proto/wire.ts';
import { WordTable } from '../proto/word-table.ts';
import { operationName, SAVE_OPS } from './graph-nodes.ts';
import { GRAPH, NODE, NODE_NAME, NODE_OP } from './meta-graph-types.ts';

const SAVES = new WordTable(SAVE_OPS.keys());
/** How TensorFlow calls what reads a resource variable for its saver. */
const READ = '/Read/ReadVariableOp';

/** Fields of NodeDef, AttrValue and TensorProto; of a map, an entry is a message of key and value. */
const ATTR = 5;
const KEY = 1;
const VALUE = 2;
const TENSOR = 8;
const STRING_VAL = 8;

/** Calls `visit` with the cursor narrowed to each length-delimited field of a number, and leaves it at the end. */
function eachField(cursor: Cursor, field: number, visit: () => void): void {
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag !== field * 8 + 2) {
      skipField(cursor, tag);
      continue;
    }
    const outer = enterDelimited(cursor);
    const { end } = cursor;
    visit();
    cursor.at = end;
    cursor.end = outer;
  }
}

/** The strings of a string constant, where it has them one by one; it may hold fewer than its shape says. */
function stringsIn(node: Cursor | undefined): string[] {
  const strings: string[] = [];
  if (node === undefined) return strings;
  eachField(node, ATTR, () => {
    const { at } = node;
    let isValue = false;
    eachField(node, KEY, () => {
      isValue = decodeText(node.bytes, node.at, node.end) === 'value';
    });
    if (!isValue) return;
    node.at = at;
    eachField(node, VALUE, () =>
      eachField(node, TENSOR, () =>
        eachField(node, STRING_VAL, () => strings.push(decodeText(node.bytes, node.at, node.end))),
      ),
    );
  });
  return strings;
}

/** The string constants of some names; those that lie close before what asks for them are found first. */
function constantsOf(graphs: readonly EncodedMessage[], names: readonly string[]): Map<string, string[]> {
  const constants = new TextMap<string[]>();
  const words = new WordTable(names);
  for (const graph of graphs) {
    graph.find(
      GRAPH,
      NODE_NAME,
      words,
      (name, node) => constants.set(name, stringsIn(node.raw())),
      () => constants.size === words.size,
    );
    if (constants.size === words.size) break;
  }
  return constants;
}

/**
 * Keys that a graph's one save operation writes, each of which is the name of what it writes: of a variable, if there is one of
 * that name. None where the graph saves nothing; undefined where it is not plain.
 */
export function keysThatAreNames(graph: EncodedMessage): readonly string[] | undefined {
  try {
    const saves: { readonly op: string; readonly input: readonly string[]; readonly around: EncodedMessage }[] = [];
    graph.find(
      GRAPH,
      NODE_OP,
      SAVES,
      (op, node, around) => saves.push({ op, input: node.decode(NODE).input, around }),
      () => saves.length > 1,
    );
    const [save] = saves;
    if (save === undefined) return [];
    const places = SAVE_OPS.get(save.op);
    if (saves.length > 1 || places?.slices === undefined) return undefined;
    const [names = '', slices = ''] = [1, places.slices].map((place) => operationName(save.input[place] ?? ''));
    const constants = constantsOf([save.around, graph], [names, slices]);
    const keys = constants.get(names) ?? [];
    const tensors = save.input.slice(places.tensors);
    if (keys.length === 0 || keys.length !== tensors.length) return undefined;
    if (constants.get(slices)?.some((slice) => slice !== '') !== false || new TextSet(keys).size < keys.length)
      return undefined;
    const isOwn = (key: string, at: number): boolean => {
      const tensor = tensors[at] as string;
      return tensor === key || tensor === key + READ;
    };
    return keys.every(isOwn) ? keys : undefined;
  } catch (error) {
    if (error instanceof CkptError) return undefined;
    throw error;
  }
}
